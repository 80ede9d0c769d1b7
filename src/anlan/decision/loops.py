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

#: Who writes plans.
DRAFTERS = (ASSIGNEE, "hq_office", "hq_office_head")


def _draft_holds(ctx: Any, revision: Any, given: dict[str, Any]) -> BadInput | None:
    """Only a draft that can be read and holds together goes to review or comes into force."""
    from .checking import check_documents
    from .drafting import faults_of
    from .plan_files import BadFacts

    typed = [f for f in faults_of(revision.content) if f.severity == "error"]
    try:
        problems = check_documents(revision.content)["problems"]
    except BadFacts as wrong:
        return BadInput(_("草稿还不是一个完整的预案：%(what)s") % {"what": wrong}, mend=_("请先补全级别、条件和任务"))
    errors = [p for p in problems if p["severity"] == "error"]
    if not errors and not typed:
        return None
    # what was typed wrongly is said in the words of the form, not of the format
    first = typed[0].as_dict() if typed else errors[0]
    said = _("草稿有 %(n)d 处错误，第一处：%(what)s") % {"n": max(len(errors), len(typed)), "what": first["what"]}
    return BadInput(said, mend=first["mend"], field="content")


PLAN_REVISION = Loop(
    key="decision.plan_revision",
    title=_("预案编修"),
    initial="drafting",
    states=(
        State("drafting", _("编修中"), owner=ASSIGNEE, within="drafting_until", todo=_("编修并送审"),
              escalate=(Rung(ASSIGNEE, -7 * 1440), Rung(ASSIGNEE, 7 * 1440), Rung("hq_office_head", 3 * 1440))),
        State("review", _("审查中"), owner=ASSIGNEE, within="review_until", todo=_("审查批准"),
              escalate=(Rung(ASSIGNEE, 0), Rung("hq_office_head", 2 * 1440))),
        State("approved", _("待备案"), owner=ASSIGNEE, within="filing_until", todo=_("报送备案"),
              escalate=(Rung(ASSIGNEE, -5 * 1440), Rung(ASSIGNEE, 5 * 1440), Rung("hq_office_head", 2 * 1440))),
        State("filed", _("已备案"), final=True),
        State("dropped", _("已撤销"), final=True),
    ),
    steps=(
        Step("submit", _("送审"), ("drafting",), "review", may=DRAFTERS, main=True, guard=_draft_holds,
             evidence=(Evidence("summary", _("编修说明"), "longtext", help=_("改了什么、为什么改、征求了谁的意见")),)),
        Step("send_back", _("退回修改"), ("review",), "drafting", may=(ASSIGNEE, *APPROVERS), narrowed_by="deciders",
             evidence=(Evidence("reason", _("意见"), "longtext"),)),
        Step("approve", _("批准"), ("review",), "approved", may=(ASSIGNEE, *APPROVERS), narrowed_by="deciders", main=True,
             guard=_draft_holds, confirm=_("批准后新版本立即启用，确定吗？"),
             evidence=(Evidence("number", _("印发文号"), required=False), Evidence("note", _("批准意见"), required=False))),
        Step("file", _("登记备案"), ("approved",), "filed", may=DRAFTERS, main=True,
             evidence=(
                 Evidence("filing_number", _("备案编号"), max_length=80),
                 Evidence("filed_with", _("备案机关"), required=False, default="filed_with"),
             )),
        Step("drop", _("撤销"), ("drafting", "review"), "dropped", may=("hq_office", "hq_office_head"),
             evidence=(Evidence("reason", _("理由"), "longtext"),)),
    ),
)  # fmt: skip


def _materials_there(ctx: Any, filing: Any, given: dict[str, Any]) -> BadInput | None:
    """Only complete materials are filed; whoever lacks some is told of all of them at once."""
    from .data.plan_filing import filing_rules

    lacking = filing_rules().missing(filing.materials)
    if not lacking:
        return None
    return BadInput(_("材料不齐：%(what)s") % {"what": "、".join(lacking)}, mend=_("请退回，一次告知需要补齐的材料"))


PLAN_FILING = Loop(
    key="decision.plan_filing",
    title=_("企业预案备案"),
    initial="received",
    states=(
        # Who neither files nor returns it in time is held to have filed it (办法 第28条): the head of the office hears of it before.
        State("received", _("核对材料"), owner=ASSIGNEE, within="check_until", todo=_("核对备案材料"),
              escalate=(Rung(ASSIGNEE, -2 * 1440), Rung(ASSIGNEE, 0), Rung("hq_office_head", 1440))),
        State("returned", _("待补齐"), owner=ASSIGNEE, within="mend_until", todo=_("补齐备案材料"),
              escalate=(Rung(ASSIGNEE, -7 * 1440), Rung(ASSIGNEE, 0), Rung("hq_office", 1440))),
        State("filed", _("已备案"), final=True),
        State("withdrawn", _("已撤回"), final=True),
    ),
    steps=(
        Step("accept", _("予以备案"), ("received",), "filed", may=(ASSIGNEE, "hq_office", "hq_office_head"), main=True,
             guard=_materials_there,
             evidence=(Evidence("filing_number", _("备案编号"), max_length=80), Evidence("note", _("说明"), required=False))),
        Step("return", _("退回补齐"), ("received",), "returned", may=(ASSIGNEE, "hq_office", "hq_office_head"),
             evidence=(Evidence("missing", _("需要补齐的材料和理由"), "longtext", help=_("一次告知全部")),)),
        Step("complete", _("已补齐，再次提交"), ("returned",), "received", may=(ASSIGNEE,), main=True,
             evidence=(Evidence("note", _("补充说明"), "longtext"),)),
        Step("withdraw", _("撤回"), ("received", "returned"), "withdrawn", may=("hq_office", "hq_office_head", "unit"),
             evidence=(Evidence("reason", _("理由"), "longtext"),)),
    ),
)  # fmt: skip
