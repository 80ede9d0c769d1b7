"""The base database: what exists."""
