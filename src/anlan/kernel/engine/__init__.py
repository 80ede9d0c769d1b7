"""The engine: one process that links the audit chain, publishes the outbox, runs reactions, deadlines and jobs."""
