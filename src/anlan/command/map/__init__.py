"""The command map: one incident in focus, what lies around it, what people draw on it, what was known and what is planned."""
