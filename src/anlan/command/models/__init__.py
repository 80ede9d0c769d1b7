from .incident import Followup, Incident
from .incoming import Incoming
from .report import Report, ReportClock
from .response import Order, Response
from .task import Task

__all__ = ["Followup", "Incident", "Incoming", "Order", "Report", "ReportClock", "Response", "Task"]
