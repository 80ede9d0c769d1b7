"""The verbs of public opinion."""

from .checking import ask_to_verify
from .reading import due_feeds, forget_old, take_answer
from .taking import enter_item, raise_item, take_entries
from .topics import join_incident, move_item, record_reply, report_topic

__all__ = [
    "ask_to_verify",
    "due_feeds",
    "enter_item",
    "forget_old",
    "join_incident",
    "move_item",
    "raise_item",
    "record_reply",
    "report_topic",
    "take_answer",
    "take_entries",
]
