"""The verbs of messaging: what other rooms, views, API and reactions may do."""

from .answering import answer_call, mark_reached, record_answer_by_hand, record_no_answer, send_somebody, withdraw_call
from .answering_together import Answer, answer_calls
from .calling import chase_calls, start_calls
from .climbing import climb_calls
from .delivering import deliver_mail, ring_telephones, waiting_about
from .sending import mark_all_read, mark_read, mark_read_about, send

__all__ = [
    "Answer", "answer_call", "answer_calls", "chase_calls", "climb_calls", "deliver_mail", "mark_all_read", "mark_reached",
    "mark_read", "mark_read_about", "record_answer_by_hand", "record_no_answer", "ring_telephones", "send", "send_somebody", "start_calls",
    "waiting_about", "withdraw_call",
]  # fmt: skip
