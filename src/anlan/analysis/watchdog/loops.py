"""The loop of a standstill of the platform itself: called to the duty room, over when a probe comes through again."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anlan.kernel.loops import Evidence, Loop, Rung, State, Step

CHAIN_ALARM = Loop(
    key="analysis.chain_alarm",
    title=_("平台停顿"),
    initial="raised",
    states=(
        State(
            "raised", _("待确认"), owner="duty_officer", within=2, todo=_("确认停顿，改用电话核实，并通知系统管理员"),
            escalate=(Rung("duty_chief", 0), Rung("duty_leader", 5)),
        ),
        State("acknowledged", _("已确认"), owner="duty_officer", timeless=_("平台恢复后自动结束")),
        State("over", _("已恢复"), final=True),
    ),
    steps=(
        Step(
            "acknowledge", _("确认"), ("raised",), "acknowledged", may=("duty_officer", "duty_chief", "duty_leader", "admin"),
            main=True, evidence=(Evidence("note", _("已采取的措施"), "longtext", required=False, max_length=500),),
        ),
        Step("recover", _("恢复"), ("raised", "acknowledged"), "over", may=("system",), automatic=True),
    ),
)  # fmt: skip
