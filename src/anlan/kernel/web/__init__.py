"""Web adapters that every room shares: refusals, loop pages, attachments."""
