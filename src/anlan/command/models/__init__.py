from .brief import Brief, DaySheet, SheetLine
from .circular import Circular, CircularReceipt
from .consultation import Consultation, ConsultationRule, ConsultationView, Expert
from .cooperation import Agreement, CooperationRequest, Partner, PartnerContact
from .duty_calendar import DutyDay, DutyFeed, KeyPeriod, Leave
from .duty_check import DutyCheck
from .duty_log import LogEntry
from .handover import Handover, Swap
from .headquarters import Headquarters, HeadquartersSeat
from .incident import Followup, Incident
from .incoming import Incoming
from .incoming_original import IncomingOriginal
from .instruction import AddressGroup, Instruction
from .liaison import Liaison, LiaisonDoubt
from .local_rule import LocalRule
from .mail_account import MailAccount
from .meeting import Meeting, MeetingDecision, MeetingSeat
from .mobilisation import Appeal, Compensation, Pledge
from .opinion import FeedHealth, OpinionCheck, OpinionFeed, OpinionItem, OpinionReply, OpinionTopic, OpinionWord
from .plotting import MapSeat, PlotMark, PlotVersion
from .prepared_set import PreparedSet, Press
from .report import Report, ReportDelivery
from .report_clock import ReportClock
from .report_finding import ReportFinding
from .response import Order, Response
from .rest_rule import RestRule
from .rollcall import RollCall, RollCallAnswer, RollCallPlan
from .roster import DutyTemplate, Roster, Shift
from .sheet_field import SheetField
from .site_post import SiteEntry, SiteHandover, SitePost, SitePresence
from .task import Task
from .whistle import Whistle, WhistleCall

__all__ = [
    "AddressGroup",
    "Agreement",
    "Appeal",
    "Brief",
    "Circular",
    "CircularReceipt",
    "Compensation",
    "Consultation",
    "ConsultationRule",
    "ConsultationView",
    "CooperationRequest",
    "DaySheet",
    "DutyCheck",
    "DutyDay",
    "DutyFeed",
    "DutyTemplate",
    "Expert",
    "FeedHealth",
    "Followup",
    "Handover",
    "Headquarters",
    "HeadquartersSeat",
    "Incident",
    "Incoming",
    "IncomingOriginal",
    "Instruction",
    "KeyPeriod",
    "Leave",
    "Liaison",
    "LiaisonDoubt",
    "LocalRule",
    "LogEntry",
    "MailAccount",
    "MapSeat",
    "Meeting",
    "MeetingDecision",
    "MeetingSeat",
    "OpinionCheck",
    "OpinionFeed",
    "OpinionItem",
    "OpinionReply",
    "OpinionTopic",
    "OpinionWord",
    "Order",
    "Partner",
    "PartnerContact",
    "Pledge",
    "PlotMark",
    "PlotVersion",
    "PreparedSet",
    "Press",
    "Report",
    "ReportClock",
    "ReportDelivery",
    "ReportFinding",
    "Response",
    "RestRule",
    "RollCall",
    "RollCallAnswer",
    "RollCallPlan",
    "Roster",
    "SheetField",
    "SheetLine",
    "Shift",
    "SiteEntry",
    "SiteHandover",
    "SitePost",
    "SitePresence",
    "Swap",
    "Task",
    "Whistle",
    "WhistleCall",
]
