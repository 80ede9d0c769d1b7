"""Criteria, signals, grading: what the figures mean."""
