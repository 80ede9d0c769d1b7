"""值班: rosters, shifts, swaps, signing on, handing over, the 24-hour log, a calendar for each person."""
