"""The verbs of incidents and of official reports."""

from .clocks import meet_clocks, sync_clocks
from .incidents import add_followup, close, confirm_facts, dismiss, merge, open_incident, regrade, set_sensitive
from .reports import begin_report, continue_report, correct, draft_report, edit_report, send, sign
from .tasking import give_task, task_takers

__all__ = [
    "add_followup",
    "begin_report",
    "close",
    "confirm_facts",
    "continue_report",
    "correct",
    "dismiss",
    "draft_report",
    "edit_report",
    "give_task",
    "meet_clocks",
    "merge",
    "open_incident",
    "regrade",
    "send",
    "set_sensitive",
    "sign",
    "sync_clocks",
    "task_takers",
]
