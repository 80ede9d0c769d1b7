"""Regions, organisations, posts, people: who and where, and who sees what."""
