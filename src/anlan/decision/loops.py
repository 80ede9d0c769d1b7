"""A proposal: the machine says why, a named person decides, both are kept."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from anlan.kernel.errors import BadInput
from anlan.kernel.loops import ASSIGNEE, Evidence, Loop, Rung, State, Step

#: Who may decide, lowest first: the post that the plan names, or one above it.
APPROVERS = ("hq_office_head", "deputy", "commander", "top_leader")


def _order_is_complete(ctx: Any, proposal: Any, given: dict[str, Any]) -> BadInput | None:
    """The order of a response names how long it is meant to last; one that ends it says how the conditions were verified."""
    if proposal.kind == "end":
        if not given.get("checked"):
            return BadInput(
                _("终止响应须写明终止条件由值班室如何核实"), field="checked", mend=_("请对照预案终止条件逐条核实后填写")
            )
    elif given.get("expected_hours") is None:
        return BadInput(
            _("请填写“预计期限（小时）”"), field="expected_hours", mend=_("启动令须写明事项、级别、预计期限、措施")
        )
    return None


PROPOSAL = Loop(
    key="decision.proposal",
    title=_("响应建议"),
    initial="waiting",
    states=(
        # Unanswered: to the next post after 15 minutes (response-levels, global rule `auto`).
        State("waiting", _("待决定"), owner=ASSIGNEE, within="sign_within", todo=_("决定"),
              escalate=(Rung(ASSIGNEE, 0), Rung(".next_post", 15), Rung("top_leader", 15))),
        State("approved", _("已批准"), final=True),
        State("declined", _("未采纳"), final=True),
        State("lapsed", _("已失效"), final=True),
    ),
    steps=(
        Step("approve", _("批准"), ("waiting",), "approved", may=(ASSIGNEE, *APPROVERS), narrowed_by="deciders", main=True,
             guard=_order_is_complete,
             evidence=(
                 Evidence("matter", _("响应事项"), default="order_matter"),
                 Evidence("expected_hours", _("预计期限（小时）"), "int", required=False, minimum=1, maximum=240, default="order_hours"),
                 Evidence("measures", _("处置措施"), "longtext", default="order_measures"),
                 Evidence("checked", _("终止条件核实情况"), "longtext", required=False, help=_("终止响应时必填：何人、如何核实")),
                 Evidence("note", _("说明"), required=False),
             )),
        Step("decline", _("不采纳"), ("waiting",), "declined", may=(ASSIGNEE, *APPROVERS), narrowed_by="deciders",
             evidence=(Evidence("reason", _("理由"), "longtext"),)),
        Step("lapse", _("失效"), ("waiting",), "lapsed", may=("system",), automatic=True,
             evidence=(Evidence("reason", _("理由")),)),
    ),
)  # fmt: skip
