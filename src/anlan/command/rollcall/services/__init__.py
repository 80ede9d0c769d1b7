"""The verbs of roll calls: what other rooms, views, API and reactions may do."""

from .answering import answer_rollcall, explain_absence, judge_absence, record_answer
from .calling import chase, draw_rollcall, miss_silent, withdraw_rollcall
from .plans import draw_due, save_plan, stop_plan

__all__ = [
    "answer_rollcall", "chase", "draw_due", "draw_rollcall", "explain_absence", "judge_absence", "miss_silent", "record_answer",
    "save_plan", "stop_plan", "withdraw_rollcall",
]  # fmt: skip
