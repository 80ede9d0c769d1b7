from .duty_calendar import DutyDay, DutyFeed, KeyPeriod, Leave
from .duty_log import LogEntry
from .handover import Handover, Swap
from .incident import Followup, Incident
from .incoming import Incoming
from .report import Report, ReportClock
from .response import Order, Response
from .roster import DutyTemplate, Roster, Shift
from .task import Task

__all__ = [
    "DutyDay",
    "DutyFeed",
    "DutyTemplate",
    "Followup",
    "Handover",
    "Incident",
    "Incoming",
    "KeyPeriod",
    "Leave",
    "LogEntry",
    "Order",
    "Report",
    "ReportClock",
    "Response",
    "Roster",
    "Shift",
    "Swap",
    "Task",
]
