"""How things are done: context, scope, clock, closed loops, outbox, audit, live updates, documents. No domain words here."""
