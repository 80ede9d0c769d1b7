"""The book of criteria: what ships, what a region or a station has of its own, version by version."""
