"""Facts that messaging works by."""
