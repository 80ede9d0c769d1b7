"""The loops of a daily brief, of a day sheet and of one unit's line on it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from anlan.kernel.loops import ASSIGNEE, Evidence, Loop, Rung, State, Step

DUTY = ("duty_officer", "duty_chief", "duty_leader")

BRIEF = Loop(
    key="command.brief",
    title=_("值班日报"),
    initial="drafted",
    states=(
        State("drafted", _("拟稿"), owner="duty_officer", within="draft_by", todo=_("核对后送签"),
              escalate=(Rung("duty_officer", 0), Rung("duty_chief", 30))),
        State("signing", _("待签发"), owner="duty_leader", within=60, todo=pgettext_lazy("step", "签发"),
              escalate=(Rung("duty_leader", 0), Rung("duty_chief", 30))),
        State("signed", _("已签发待发出"), owner="duty_officer", within=30, todo=_("发出"), escalate=(Rung("duty_chief", 0),)),
        State("sent", _("已发出"), final=True),
        State("withdrawn", _("已撤回"), final=True),
    ),
    steps=(
        Step("submit", _("送签"), ("drafted",), "signing", may=DUTY, main=True),
        Step("sign", pgettext_lazy("step", "签发"), ("signing",), "signed", may=("duty_leader",), main=True),
        Step("return", _("退回修改"), ("signing",), "drafted", may=("duty_leader", "duty_chief"),
             evidence=(Evidence("reason", _("修改意见"), "longtext"),)),
        Step("send", _("发出"), ("signed",), "sent", may=DUTY, main=True),
        Step("withdraw", _("撤回"), ("drafted", "signing"), "withdrawn", may=DUTY, evidence=(Evidence("reason", _("理由")),)),
    ),
)  # fmt: skip

DAY_SHEET = Loop(
    key="command.day_sheet",
    title=_("每日调度"),
    initial="asking",
    opened_by=(*DUTY, "hq_office", "hq_office_head"),
    states=(
        State("asking", _("填报中"), owner="duty_officer", within="close_by", todo=_("汇总并截止"),
              escalate=(Rung("duty_officer", 0), Rung("duty_chief", 30))),
        State("closed", _("已截止"), final=True),
        State("cancelled", _("已取消"), final=True),
    ),
    steps=(
        Step("close", _("截止"), ("asking",), "closed", may=(*DUTY, "hq_office", "hq_office_head"), main=True,
             confirm=_("截止后未填报的单位记为缺报，只能由值班室代为补登。"),
             evidence=(Evidence("note", _("小结"), "longtext", required=False),)),
        Step("cancel", _("取消"), ("asking",), "cancelled", may=(*DUTY, "hq_office", "hq_office_head"),
             evidence=(Evidence("reason", _("理由")),)),
    ),
)  # fmt: skip

SHEET_LINE = Loop(
    key="command.sheet_line",
    title=_("每日调度填报"),
    initial="asked",
    states=(
        State("asked", _("待填报"), owner=ASSIGNEE, within="fill_by", todo=_("填报"),
              escalate=(Rung(ASSIGNEE, -30), Rung(ASSIGNEE, 30), Rung("duty_officer", 10))),
        State("filled", _("已填报"), final=True),
        State("missing", _("缺报"), final=True),
        State("dropped", _("不需填报"), final=True),
    ),
    steps=(
        Step("fill", _("填报"), ("asked",), "filled", may=(ASSIGNEE, *DUTY), automatic=True, main=True,
             evidence=(Evidence("said", _("填报内容"), max_length=4000), Evidence("how", _("代填说明"), required=False))),
        Step("refill", _("更正填报"), ("filled",), "filled", may=(ASSIGNEE, *DUTY), automatic=True, afterwards=True,
             evidence=(Evidence("said", _("填报内容"), max_length=4000), Evidence("how", _("代填说明"), required=False))),
        Step("add", _("补登"), ("missing",), "filled", may=DUTY, automatic=True, afterwards=True,
             evidence=(Evidence("said", _("填报内容"), max_length=4000), Evidence("how", _("代填说明")))),
        Step("miss", _("记为缺报"), ("asked",), "missing", may=("system",), automatic=True,
             evidence=(Evidence("why", _("原因"), required=False),)),
        Step("drop", _("不需填报"), ("asked",), "dropped", may=("system",), automatic=True,
             evidence=(Evidence("why", _("原因"), required=False),)),
    ),
)  # fmt: skip
