"""The loop of a suspicion: recognised from facts, confirmed or dismissed by a named person, never by the machine."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from anlan.kernel.errors import Refused
from anlan.kernel.loops import Evidence, Loop, Rung, State, Step
from anlan.kernel.wording import words

JUDGES = ("duty_leader", "hq_office_head", "deputy", "commander", "top_leader")


def _not_ones_own(ctx: Any, finding: Any, evidence: dict[str, Any]) -> Refused | None:
    if ctx.actor.key not in finding.involved:
        return None
    return Refused(words("这条疑点涉及您本人的报送，不能由您认定"), mend=words("请由其他负责人认定"))


REPORT_FINDING = Loop(
    key="command.report_finding",
    title=_("报送疑点"),
    initial="suspected",
    states=(
        State("suspected", _("待认定"), owner="hq_office_head", within=3 * 1440, todo=_("认定报送疑点"),
              escalate=(Rung("duty_leader", 0), Rung("deputy", 1440))),
        State("confirmed", _("已认定"), final=True),
        State("dismissed", _("已排除"), final=True),
    ),
    steps=(
        Step("confirm", _("认定属实"), ("suspected",), "confirmed", may=JUDGES, main=True, guard=_not_ones_own,
             evidence=(Evidence("basis", _("认定依据"), "longtext", help=_("查证了什么、向谁核实、怎样处理")),)),
        Step("dismiss", _("排除"), ("suspected",), "dismissed", may=JUDGES, guard=_not_ones_own,
             evidence=(Evidence("reason", _("排除理由"), "longtext", help=_("例如：当时通信中断，已按规定改用电话报告")),)),
        Step("lapse", _("依据已不成立"), ("suspected",), "dismissed", may=("system",), automatic=True,
             evidence=(Evidence("reason", _("理由")),)),
    ),
)  # fmt: skip
