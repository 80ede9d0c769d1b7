"""The verbs of responses and tasks: what other rooms, views, API and reactions may do."""

from ..instructions.following import chase_silent, reassign_task
from ..instructions.giving import give_instruction
from .finding import FINDING, record_plan_finding
from .issuing import due_of
from .responding import carry_out
from .tasks import CHASERS, acknowledge, chase_late, finish, issue_tasks, report_progress

__all__ = [
    "CHASERS", "FINDING", "acknowledge", "carry_out", "chase_late", "chase_silent", "due_of", "finish", "give_instruction", "issue_tasks",
    "reassign_task", "record_plan_finding", "report_progress",
]  # fmt: skip
