"""Digital plans, response levels, proposals with their reasons."""
