"""Live updates: server-sent events, filtered by scope and world, resumed exactly after a lost connection."""
