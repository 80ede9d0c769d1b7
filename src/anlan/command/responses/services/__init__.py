"""The verbs of responses and tasks: what other rooms, views, API and reactions may do."""

from .issuing import due_of
from .responding import carry_out
from .tasks import CHASERS, acknowledge, chase_late, finish, issue_tasks, report_progress

__all__ = ["CHASERS", "acknowledge", "carry_out", "chase_late", "due_of", "finish", "issue_tasks", "report_progress"]
