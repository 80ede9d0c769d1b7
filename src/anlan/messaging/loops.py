"""The closed loop of one call: somebody responsible for a region must answer, or somebody goes there."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anlan.kernel.loops import ASSIGNEE, Evidence, Loop, Rung, State, Step

from .calling import calling_rule

#: Who at the duty desk may write down what was heard by telephone. A street may do so for its communities.
RECORDERS = ("duty_officer", "duty_chief", "duty_leader", "town")
DESK = ("duty_officer", "duty_chief", "duty_leader")
OPEN = ("calling", "exhausted", "visiting")

HOW_HEARD = (
    ("phone", _("电话")),
    ("radio", _("对讲机")),
    ("in_person", _("当面")),
    ("other", _("其他方式")),
)

_ANSWER = (Evidence("note", _("说明"), required=False, max_length=200, help=_("例如：已通知到户，正在值守")),)
_BY_HAND = (
    Evidence("answered_by", _("谁应答的"), max_length=60, help=_("姓名或职务")),
    Evidence("how", _("怎样联系上的"), "choice", choices=HOW_HEARD),
    Evidence("note", _("说明"), required=False, max_length=200),
)

CALL = Loop(
    key="messaging.call",
    title=_("叫应"),
    initial="calling",
    states=(
        # The engine climbs the ladder at each passed deadline, so the record's own escalation has one rung per attempt.
        State("calling", _("叫应中"), owner=ASSIGNEE, within="next_attempt", escalate=(Rung(ASSIGNEE),), todo=_("请应答")),
        State(
            "exhausted", _("无人应答"), owner="duty_officer", within=calling_rule().send_within_min,
            escalate=(Rung("duty_chief", urgent=True), Rung("duty_leader", 10)), todo=_("派人上门叫应"), together="round",
        ),
        State(
            "visiting", _("已派人上门"), owner="duty_officer", within=calling_rule().reach_within_min,
            escalate=(Rung("duty_chief", urgent=True), Rung("duty_leader", 10)), todo=_("跟踪上门结果"), together="round",
        ),
        State("answered", _("已应答"), final=True),
        State("answered_late", _("迟应答"), final=True),
        State("reached", _("当面叫到"), final=True),
        State("superseded", _("由新一轮取代"), final=True),
        State("withdrawn", _("不再需要"), final=True),
    ),
    steps=(
        Step("answer", _("应答"), ("calling",), "answered", may=(ASSIGNEE,), evidence=_ANSWER, main=True),
        Step("answer_late", _("应答"), ("exhausted", "visiting"), "answered_late", may=(ASSIGNEE,), evidence=_ANSWER, main=True),
        Step("record_answer", _("登记应答"), ("calling",), "answered", may=RECORDERS, evidence=_BY_HAND),
        Step("record_late", _("登记应答"), ("exhausted", "visiting"), "answered_late", may=RECORDERS, evidence=_BY_HAND),
        Step("climb", _("再次叫应"), ("calling",), "calling", may=("system",), automatic=True),
        Step("exhaust", _("无人应答"), ("calling",), "exhausted", may=("system",), automatic=True),
        Step(
            "send_somebody", _("派人上门"), ("exhausted",), "visiting", may=RECORDERS, main=True,
            evidence=(Evidence("who", _("派谁去"), max_length=60), Evidence("note", _("说明"), required=False, max_length=200)),
        ),
        Step(
            "reach", _("登记当面叫到"), ("exhausted", "visiting"), "reached", may=RECORDERS, main=True,
            evidence=(
                Evidence("who", _("谁去的"), max_length=60),
                Evidence("reached", _("见到了谁"), max_length=60),
                Evidence("note", _("现场情况"), required=False, max_length=500),
                Evidence("photo", _("照片"), "photo", required=False),
            ),
        ),
        Step("supersede", _("由新一轮取代"), OPEN, "superseded", may=("system",), automatic=True),
        Step(
            "withdraw", _("不再叫应"), OPEN, "withdrawn", may=DESK,
            evidence=(Evidence("reason", _("原因"), max_length=200),),
        ),
    ),
)  # fmt: skip
