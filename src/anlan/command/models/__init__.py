from .incident import Followup, Incident
from .report import Report, ReportClock
from .response import Order, Response
from .task import Task

__all__ = ["Followup", "Incident", "Order", "Report", "ReportClock", "Response", "Task"]
