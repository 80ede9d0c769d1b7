"""The loops of rosters, shifts, swaps and handovers."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anlan.kernel.loops import ASSIGNEE, Evidence, Loop, Rung, State, Step

DUTY = ("duty_officer", "duty_chief", "duty_leader")
#: Who plans rosters; a street's own duty post plans the street's.
PLANNERS = ("duty_chief", "duty_leader", "hq_office", "hq_office_head", "town")
PUBLISHERS = ("duty_leader", "hq_office_head", "town")
CHIEFS = ("duty_chief", "duty_leader", "town")
#: Who sits at a desk that no roster covers.
DESK = (*DUTY, "town")

ROSTER = Loop(
    key="command.roster",
    title=_("值班表"),
    initial="drafted",
    opened_by=PLANNERS,
    states=(
        State("drafted", _("编排中"), owner="duty_chief", within="wanted_by", todo=_("编排并送审"),
              escalate=(Rung("duty_chief", 0), Rung("duty_leader", 1440))),
        State("checking", _("待发布"), owner="duty_leader", within=1440, todo=_("审核发布"), escalate=(Rung("duty_leader", 0),)),
        State("published", _("已发布"), final=True),
        State("replaced", _("已由新表取代"), final=True),
        State("withdrawn", _("已作废"), final=True),
    ),
    steps=(
        Step("submit", _("送审"), ("drafted",), "checking", may=PLANNERS, main=True),
        Step("publish", _("发布"), ("checking",), "published", may=PUBLISHERS, main=True,
             evidence=(Evidence("accepted", _("保留提示的理由"), "longtext", required=False,
                                help=_("有休息不足等提示时填写；没有提示可不填")),)),
        Step("return", _("退回修改"), ("checking",), "drafted", may=PUBLISHERS,
             evidence=(Evidence("reason", _("修改意见"), "longtext"),)),
        Step("withdraw", _("作废"), ("drafted", "checking"), "withdrawn", may=PLANNERS,
             evidence=(Evidence("reason", _("理由")),)),
        Step("replace", _("由新表取代"), ("published",), "replaced", may=("system",), automatic=True, afterwards=True,
             evidence=(Evidence("by", _("取代者")),)),
    ),
)  # fmt: skip

# Signing on is due ten minutes after the beginning (data/duty_rules.yaml); an hour before the beginning it is called to mind.
SHIFT = Loop(
    key="command.shift",
    title=_("班次"),
    initial="planned",
    states=(
        State("planned", _("待到岗"), owner=ASSIGNEE, within="sign_on_by", todo=_("签到"),
              escalate=(Rung(ASSIGNEE, -70), Rung(".watched_by", 70), Rung("duty_leader", 20))),
        State("on_duty", _("在岗"), owner=ASSIGNEE, within="hand_over_by", todo=_("交班"),
              escalate=(Rung(ASSIGNEE, 0), Rung(".watched_by", 30))),
        State("over", _("已下班"), final=True),
        State("unattended", _("无人到岗"), final=True),
        State("missed", _("缺岗"), final=True),
        State("cancelled", _("已取消"), final=True),
    ),
    steps=(
        Step("sign_on", _("签到"), ("planned",), "on_duty", may=(ASSIGNEE,), main=True,
             evidence=(Evidence("note", _("说明"), required=False, max_length=200),)),
        Step("sign_off", _("下班"), ("on_duty",), "over", may=(ASSIGNEE, *CHIEFS),
             evidence=(Evidence("note", _("说明"), required=False, max_length=200),)),
        Step("hand_over", _("交班"), ("on_duty",), "over", may=("system",), automatic=True,
             evidence=(Evidence("handover", _("交接班")),)),
        Step("miss", _("记为缺岗"), ("planned",), "missed", may=CHIEFS,
             evidence=(Evidence("reason", _("情况"), help=_("为什么没有到岗，由谁顶上")),)),
        Step("lapse", _("到点无人到岗"), ("planned",), "unattended", may=("system",), automatic=True),
        Step("account", _("补记缺岗情况"), ("unattended",), "missed", may=CHIEFS, afterwards=True,
             evidence=(Evidence("reason", _("情况"), help=_("为什么没有到岗，由谁顶上")),)),
        Step("cancel", _("取消"), ("planned", "on_duty"), "cancelled", may=("system",), automatic=True,
             evidence=(Evidence("reason", _("理由")),)),
    ),
)  # fmt: skip

SWAP = Loop(
    key="command.swap",
    title=_("换班"),
    initial="asked",
    states=(
        State("asked", _("待对方同意"), owner=ASSIGNEE, within="agree_by", todo=_("答复换班"),
              escalate=(Rung(ASSIGNEE, 0), Rung(".asker", 60))),
        State("agreed", _("待批准"), owner="duty_chief", within="approve_by", todo=_("批准换班"),
              escalate=(Rung("duty_chief", 0), Rung("duty_leader", 60))),
        State("approved", _("已换班"), final=True),
        State("refused", _("未换"), final=True),
        State("withdrawn", _("已撤回"), final=True),
    ),
    steps=(
        Step("agree", _("同意换班"), ("asked",), "agreed", may=(ASSIGNEE,), main=True),
        Step("decline", _("不同意"), ("asked",), "refused", may=(ASSIGNEE,),
             evidence=(Evidence("reason", _("原因")),)),
        Step("approve", _("批准"), ("agreed",), "approved", may=CHIEFS, main=True),
        Step("refuse", _("不批准"), ("agreed",), "refused", may=CHIEFS, evidence=(Evidence("reason", _("理由")),)),
        Step("withdraw", _("撤回"), ("asked", "agreed"), "withdrawn", may=("system",), automatic=True,
             evidence=(Evidence("reason", _("理由"), required=False),)),
    ),
)  # fmt: skip

HANDOVER = Loop(
    key="command.handover",
    title=_("交接班"),
    initial="drafted",
    states=(
        State("drafted", _("整理中"), owner=ASSIGNEE, within="sign_by", todo=_("逐项交代并签字"),
              escalate=(Rung(ASSIGNEE, 0), Rung("duty_chief", 15))),
        State("offered", _("待接班"), owner="duty_officer", within=15, todo=_("接班签字"),
              escalate=(Rung("duty_officer", 0), Rung("duty_chief", 15), Rung("duty_leader", 15))),
        State("taken", _("已交接"), final=True),
        State("withdrawn", _("已撤回"), final=True),
    ),
    steps=(
        Step("sign", _("交班签字"), ("drafted",), "offered", may=(ASSIGNEE,), main=True),
        Step("take", _("接班签字"), ("offered",), "taken", may=(ASSIGNEE, *DUTY, "town"), main=True,
             evidence=(Evidence("note", _("接班人意见"), "longtext", required=False),)),
        Step("return", _("退回补充"), ("offered",), "drafted", may=(ASSIGNEE, *DUTY, "town"),
             evidence=(Evidence("reason", _("要补充什么"), "longtext"),)),
        Step("withdraw", _("撤回"), ("drafted",), "withdrawn", may=(ASSIGNEE, "duty_chief"),
             evidence=(Evidence("reason", _("理由")),)),
    ),
)  # fmt: skip
