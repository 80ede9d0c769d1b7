"""Public opinion 舆情: what is said about events in public, gathered into topics, verified, replied to."""
