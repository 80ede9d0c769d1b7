"""The verbs of warning: messages are taken in, warnings confirmed as read, ended when their time is up."""

from .ending import acknowledge_notice, expire_due
from .receipts import acknowledge_receipt
from .receiving import Reception, receive_cap, receive_text

__all__ = ["Reception", "acknowledge_notice", "acknowledge_receipt", "expire_due", "receive_cap", "receive_text"]
