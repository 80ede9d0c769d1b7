"""Other systems are told of events by HTTP POST: at least once, in order for each subscription, and nobody hears of what is not theirs.

A room says in its `webhooks.py` which of its events may leave the house, and by which right they may be seen.
"""

from .offers import Offer, offer, offer_of, offers

__all__ = ["Offer", "offer", "offer_of", "offers"]
