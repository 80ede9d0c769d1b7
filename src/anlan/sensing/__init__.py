"""Observations and reports arriving."""
