"""Dispatch, shelters in use, evacuation."""
