"""一键通: one press runs a prepared set of calls, orders and shares."""
