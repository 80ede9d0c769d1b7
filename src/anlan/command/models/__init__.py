from .circular import Circular, CircularReceipt
from .duty_calendar import DutyDay, DutyFeed, KeyPeriod, Leave
from .duty_check import DutyCheck
from .duty_log import LogEntry
from .handover import Handover, Swap
from .incident import Followup, Incident
from .incoming import Incoming
from .incoming_original import IncomingOriginal
from .liaison import Liaison, LiaisonDoubt
from .local_rule import LocalRule
from .report import Report, ReportDelivery
from .report_clock import ReportClock
from .report_finding import ReportFinding
from .response import Order, Response
from .rollcall import RollCall, RollCallAnswer, RollCallPlan
from .roster import DutyTemplate, Roster, Shift
from .task import Task

__all__ = [
    "Circular",
    "CircularReceipt",
    "DutyCheck",
    "DutyDay",
    "DutyFeed",
    "DutyTemplate",
    "Followup",
    "Handover",
    "Incident",
    "Incoming",
    "IncomingOriginal",
    "KeyPeriod",
    "Leave",
    "Liaison",
    "LiaisonDoubt",
    "LocalRule",
    "LogEntry",
    "Order",
    "Report",
    "ReportClock",
    "ReportDelivery",
    "ReportFinding",
    "Response",
    "RollCall",
    "RollCallAnswer",
    "RollCallPlan",
    "Roster",
    "Shift",
    "Swap",
    "Task",
]
