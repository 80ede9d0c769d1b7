from .incident import Followup, Incident
from .report import Report, ReportClock

__all__ = ["Followup", "Incident", "Report", "ReportClock"]
