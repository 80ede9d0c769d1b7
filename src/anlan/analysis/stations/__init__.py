"""What an officer sees of stations: the course of one, the levels that apply to it, its neighbours, and the ledger of all."""
