"""Closed loops: everything that has an owner and a deadline, declared in one readable place."""

from .bulk import open_records, pass_deadlines, transition_all
from .declaration import ASSIGNEE, Evidence, Loop, Rung, State, Step
from .moves import Move, transition_each
from .once import SentOnce, new_number, number_of, once
from .record import LoopRecord
from .registry import loop_of, loops, model_of, register
from .services import available_steps, move_deadline, open_record, pass_deadline, reassign, transition

__all__ = [
    "ASSIGNEE",
    "Evidence",
    "Loop",
    "LoopRecord",
    "Move",
    "Rung",
    "SentOnce",
    "State",
    "Step",
    "available_steps",
    "loop_of",
    "loops",
    "model_of",
    "move_deadline",
    "new_number",
    "number_of",
    "once",
    "open_record",
    "open_records",
    "pass_deadline",
    "pass_deadlines",
    "reassign",
    "register",
    "transition",
    "transition_all",
    "transition_each",
]
