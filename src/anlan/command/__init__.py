"""Duty desk, incidents, official reports, responses, tasks."""
