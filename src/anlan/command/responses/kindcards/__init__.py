"""处置卡: the card of an incident's kind, given out in one press."""
