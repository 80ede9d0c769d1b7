"""The verbs of the duty room: what other rooms, views and the API may do."""

from .feeds import live_feed, make_feed, person_behind, revoke_feed
from .handovers import begin_handover, items_of, mark_items, may_begin, may_take
from .logging import correct_log, note_log
from .rosters import begin_roster, cells_of, change_cells, judged, refill
from .shifts import lapse_shifts, sign_off, sign_on, substitute
from .swaps import ask_swap, withdraw_swap
from .templates import save_template

__all__ = [
    "ask_swap",
    "begin_handover",
    "begin_roster",
    "cells_of",
    "change_cells",
    "correct_log",
    "items_of",
    "judged",
    "lapse_shifts",
    "live_feed",
    "make_feed",
    "mark_items",
    "may_begin",
    "may_take",
    "note_log",
    "person_behind",
    "refill",
    "revoke_feed",
    "save_template",
    "sign_off",
    "sign_on",
    "substitute",
    "withdraw_swap",
]
