"""The verbs of the daily brief and of the day sheet."""

from .briefs import draft_brief, draft_due_briefs, edit_brief, refresh_brief, send_brief, sign_brief
from .filling import fill_line
from .sheets import chase_missing, close_sheet, open_sheet

__all__ = [
    "chase_missing",
    "close_sheet",
    "draft_brief",
    "draft_due_briefs",
    "edit_brief",
    "fill_line",
    "open_sheet",
    "refresh_brief",
    "send_brief",
    "sign_brief",
]
