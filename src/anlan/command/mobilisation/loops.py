"""The loops of an appeal, of an answer to it, and of a compensation."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from anlan.kernel.loops import ASSIGNEE, Evidence, Loop, Rung, State, Step

from ..loops import DUTY

#: Who publishes; never the one who drafted.
APPROVERS = ("duty_leader", "hq_office_head", "deputy", "commander", "top_leader")
#: Who takes, decides and musters answers.
HANDLERS = (*DUTY, "hq_office", "hq_office_head", "town")
ASSESSORS = ("hq_office", "hq_office_head", "emergency", "finance")
PAYERS = ("finance", "hq_office_head")
CONDITIONS = (("intact", _("完好返还")), ("damaged", _("毁损")), ("used_up", _("耗用或灭失")))


def _by_another(name: str, why: Any) -> Any:
    """A guard: whoever is written under `name` does not take this step too."""

    def guard(ctx: Any, record: Any, _evidence: dict[str, Any]) -> Any:
        return why if getattr(record, name) == ctx.actor.key else None

    return guard


APPEAL = Loop(
    key="command.appeal",
    title=_("社会动员令"),
    initial="drafted",
    opened_by=(*HANDLERS, *APPROVERS),
    states=(
        State("drafted", _("待批准"), owner="duty_leader", within="approve_by", todo=_("批准发布动员"),
              escalate=(Rung("duty_leader", 0), Rung("hq_office_head", 30))),
        State("published", _("动员中"), owner="duty_officer", within="ends_at", todo=_("结束或延长动员"),
              escalate=(Rung("duty_officer", 0), Rung("duty_chief", 30))),
        State("closed", _("已结束"), final=True),
        State("withdrawn", _("已撤回"), final=True),
    ),
    steps=(
        Step("publish", _("批准发布"), ("drafted",), "published", may=APPROVERS, main=True,
             guard=_by_another("drafted_by_key", _("拟稿人不能批准自己的动员，请由另一位领导批准")),
             confirm=_("发布后立即通知范围内的企业；面向居民的同时公开征集页面。")),
        Step("extend", _("延长"), ("published",), "published", may=(*DUTY, *APPROVERS),
             evidence=(Evidence("until", _("延长到"), "datetime"), Evidence("reason", _("理由"), max_length=300))),
        Step("close", _("结束动员"), ("published",), "closed", may=(*DUTY, *APPROVERS), main=True,
             evidence=(Evidence("summary", _("小结"), "longtext", max_length=1000),)),
        Step("withdraw", _("撤回"), ("drafted", "published"), "withdrawn", may=(*HANDLERS, *APPROVERS),
             evidence=(Evidence("reason", _("理由"), max_length=300),)),
    ),
)  # fmt: skip

PLEDGE = Loop(
    key="command.pledge",
    title=_("应征"),
    initial="offered",
    states=(
        State("offered", _("待答复"), owner="duty_officer", within="decide_by", todo=_("决定是否接受"),
              escalate=(Rung("duty_officer", 0), Rung("duty_chief", 60)), together="appeal"),
        State("accepted", _("已接受，待命"), owner="duty_officer", timeless=_("召集时起算到场时限")),
        State("called", _("已召集"), owner="duty_officer", within="muster_by", todo=_("核对是否到场"),
              escalate=(Rung("duty_officer", 0), Rung("duty_chief", 30)), together="appeal"),
        State("present", _("在场"), owner="duty_officer", timeless=_("使用期间由现场掌握，离场时登记")),
        State("released", _("已离场"), final=True),
        State("absent", _("未到场"), final=True),
        State("declined", _("未接受"), final=True),
        State("thanked", _("已满额致谢"), final=True),
        State("withdrawn", _("应征人撤回"), final=True),
        State("lapsed", _("动员已结束"), final=True),
    ),
    steps=(
        Step("accept", _("接受"), ("offered",), "accepted", may=HANDLERS, main=True,
             evidence=(Evidence("amount", _("接受数量"), "int", minimum=1, maximum=100000, default="amount"),)),
        Step("decline", _("不接受"), ("offered",), "declined", may=HANDLERS,
             evidence=(Evidence("reason", _("理由"), max_length=300, help=_("会告诉应征人")),)),
        Step("thank", _("已满额，致谢"), ("offered", "accepted"), "thanked", may=HANDLERS),
        Step("call_up", _("召集"), ("accepted",), "called", may=HANDLERS,
             evidence=(Evidence("minutes", _("多少分钟内到集合点"), "int", minimum=5, maximum=4320, default="usual_muster", unit=_("分钟")),
                       Evidence("place", _("集合点"), max_length=200, default="meeting_point"))),
        Step("arrive", _("到场登记"), ("called", "accepted"), "present", may=HANDLERS, main=True,
             evidence=(Evidence("amount", _("到场数量"), "int", minimum=1, maximum=100000, default="accepted_amount"),
                       Evidence("detail", _("牌号、型号、现状"), required=False, max_length=300),
                       Evidence("photo", _("照片"), "photo", required=False))),
        Step("absent", _("未到场"), ("called",), "absent", may=HANDLERS,
             evidence=(Evidence("reason", _("原因"), required=False, max_length=300),)),
        Step("release", _("离场、返还"), ("present",), "released", may=HANDLERS,
             evidence=(Evidence("condition", _("返还情况"), "choice", choices=CONDITIONS),
                       Evidence("damage", _("毁损、耗用情况"), "longtext", required=False, max_length=1000),
                       Evidence("photo", _("照片"), "photo", required=False))),
        Step("withdraw", _("撤回应征"), ("offered", "accepted", "called"), "withdrawn", may=(ASSIGNEE, *HANDLERS),
             evidence=(Evidence("reason", _("原因"), required=False, max_length=300),)),
        Step("lapse", _("动员结束"), ("offered", "accepted"), "lapsed", may=("system",), automatic=True),
    ),
)  # fmt: skip

COMPENSATION = Loop(
    key="command.compensation",
    title=_("征用补偿"),
    initial="recorded",
    states=(
        State("recorded", _("待申报"), owner="duty_officer", within="claim_by", todo=_("联系权利人申报补偿"),
              escalate=(Rung("duty_officer", 0), Rung("hq_office", 1440))),
        State("claimed", _("待核定"), owner="hq_office", within="assess_by", todo=_("核定补偿金额"),
              escalate=(Rung("hq_office", 0), Rung("hq_office_head", 1440))),
        State("assessed", _("待支付"), owner="finance", within="pay_by", todo=_("支付补偿"),
              escalate=(Rung("finance", 0), Rung("hq_office_head", 1440))),
        State("paid", _("已支付"), final=True),
        State("settled", _("已返还，无需补偿"), final=True),
    ),
    steps=(
        Step("claim", _("申报补偿"), ("recorded",), "claimed", may=(ASSIGNEE, *HANDLERS, "finance"), main=True,
             evidence=(Evidence("sum", _("申报金额"), max_length=20, unit=_("元")),
                       Evidence("reason", _("申报依据"), "longtext", max_length=1000, help=_("例如：租赁合同、维修发票")),
                       Evidence("photo", _("凭据照片"), "photo", required=False))),
        Step("settle", _("已返还，无需补偿"), ("recorded",), "settled", may=(*HANDLERS, *ASSESSORS),
             evidence=(Evidence("reason", _("如何确认"), max_length=300, help=_("例如：权利人书面放弃；完好返还并签收")),)),
        Step("assess", _("核定"), ("claimed",), "assessed", may=ASSESSORS, main=True,
             guard=_by_another("claimed_by_key", _("代为申报的人不能核定，请由另一人核定")),
             evidence=(Evidence("sum", _("核定金额"), max_length=20, unit=_("元")),
                       Evidence("basis", _("核定依据"), "longtext", max_length=1000, help=_("例如：当地同类机械台班价、评估报告文号")))),
        Step("return", _("退回补正"), ("claimed",), "recorded", may=ASSESSORS, evidence=(Evidence("reason", _("缺什么"), max_length=500),)),
        Step("contest", _("对核定有异议"), ("assessed",), "claimed", may=(ASSIGNEE, *HANDLERS),
             evidence=(Evidence("reason", _("异议理由"), "longtext", max_length=1000),)),
        Step("pay", _("登记支付"), ("assessed",), "paid", may=PAYERS, main=True,
             guard=_by_another("assessed_by_key", _("核定的人不能登记支付，请由另一人办理")),
             evidence=(Evidence("paper", _("支付凭证号"), max_length=80), Evidence("paid_at", _("支付时间"), "datetime"))),
    ),
)  # fmt: skip
