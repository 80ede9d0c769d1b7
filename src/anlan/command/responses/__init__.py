"""Responses in force, their orders and the tasks that come back answered."""
