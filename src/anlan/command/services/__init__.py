"""The verbs of incidents and of official reports."""

from .clocks import meet_clocks, sync_clocks
from .incidents import add_followup, close, confirm_facts, dismiss, merge, open_incident, regrade, set_sensitive
from .reports import continue_report, correct, draft_report, edit_report, send, sign

__all__ = [
    "add_followup", "close", "confirm_facts", "continue_report", "correct", "dismiss", "draft_report", "edit_report", "meet_clocks",
    "merge", "open_incident", "regrade", "send", "set_sensitive", "sign", "sync_clocks",
]  # fmt: skip
