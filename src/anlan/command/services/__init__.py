"""The verbs of incidents and of official reports."""

from .clocks import meet_clocks, sync_clocks
from .commanding import name_commander
from .incidents import add_followup, close, confirm_facts, dismiss, merge, open_incident, regrade, set_sensitive
from .lasting import begin_daily, settle
from .placing import correct_place
from .reports import begin_report, continue_report, correct, draft_report, edit_report
from .ruling import follow_local_rules, follow_rules_in, have_rules_followed
from .sending import confirm_receipt, send
from .separating import separate, split_off, splittable
from .sharing import hide_from_commander, scene_keys, share_incident, show_to_commander
from .signing import pass_over_review, sign
from .tasking import task_takers

__all__ = [
    "add_followup",
    "begin_daily",
    "begin_report",
    "close",
    "confirm_facts",
    "confirm_receipt",
    "continue_report",
    "correct",
    "correct_place",
    "dismiss",
    "draft_report",
    "edit_report",
    "follow_local_rules",
    "follow_rules_in",
    "have_rules_followed",
    "hide_from_commander",
    "meet_clocks",
    "merge",
    "name_commander",
    "open_incident",
    "pass_over_review",
    "regrade",
    "scene_keys",
    "send",
    "separate",
    "set_sensitive",
    "settle",
    "share_incident",
    "show_to_commander",
    "sign",
    "split_off",
    "splittable",
    "sync_clocks",
    "task_takers",
]
