"""Reaching people: contacts, channels, deliveries, receipts, ladders."""
