"""A proposal: the machine says why, a named person decides, both are kept."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anlan.kernel.loops import ASSIGNEE, Evidence, Loop, Rung, State, Step

#: Who may decide instead of the post that the plan names: those who stand above it.
APPROVERS = ("hq_office_head", "deputy", "commander", "top_leader")

PROPOSAL = Loop(
    key="decision.proposal",
    title=_("响应建议"),
    initial="waiting",
    states=(
        # Unanswered at night: to the next post after 15 minutes (response-levels, global rule `auto`).
        State("waiting", _("待决定"), owner=ASSIGNEE, within="sign_within", todo=_("决定"),
              escalate=(Rung(ASSIGNEE, 0), Rung("commander", 15), Rung("top_leader", 15))),
        State("approved", _("已批准"), final=True),
        State("declined", _("未采纳"), final=True),
        State("lapsed", _("已失效"), final=True),
    ),
    steps=(
        Step("approve", _("批准"), ("waiting",), "approved", may=APPROVERS, main=True,
             evidence=(
                 Evidence("matter", _("响应事项"), default="order_matter"),
                 Evidence("expected_hours", _("预计期限（小时）"), "int", minimum=1, maximum=240, default="order_hours"),
                 Evidence("measures", _("处置措施"), "longtext", default="order_measures"),
                 Evidence("note", _("说明"), required=False),
             )),
        Step("decline", _("不采纳"), ("waiting",), "declined", may=APPROVERS,
             evidence=(Evidence("reason", _("理由"), "longtext"),)),
        Step("lapse", _("失效"), ("waiting",), "lapsed", may=("system",), automatic=True,
             evidence=(Evidence("reason", _("理由")),)),
    ),
)  # fmt: skip
