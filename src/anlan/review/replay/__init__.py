"""Recorded events played again: scenario, feeding, simulated players, pace."""
