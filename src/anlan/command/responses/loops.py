"""The loops of a response and of its tasks."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anlan.kernel.loops import ASSIGNEE, Evidence, Loop, Rung, State, Step

LEADERS = ("hq_office_head", "deputy", "commander", "top_leader")
DUTY = ("duty_officer", "duty_chief", "duty_leader")
CHECKERS = ("hq_office", "hq_office_head", "duty_officer", "duty_chief")

RESPONSE = Loop(
    key="command.response",
    title=_("应急响应"),
    initial="active",
    states=(
        State("active", _("响应中"), owner="hq_office", within="next_report_due", todo=_("汇总响应情况并上报"),
              escalate=(Rung("hq_office", 0), Rung("hq_office_head", 15))),
        State("ended", _("已终止"), final=True),
    ),
    steps=(
        Step("summarise", _("报告响应情况"), ("active",), "active", may=("hq_office", "hq_office_head", "duty_chief"), main=True,
             evidence=(Evidence("text", _("情况"), "longtext", default="summary_draft"),)),
        Step("raise", _("提升级别"), ("active",), "active", may=("system",), automatic=True, keeps_clock=True,
             evidence=(Evidence("level", _("级别")), Evidence("proposal", _("依据的建议")))),
        Step("lower", _("降低级别"), ("active",), "active", may=("system",), automatic=True, keeps_clock=True,
             evidence=(Evidence("level", _("级别")), Evidence("proposal", _("依据的建议")))),
        Step("end", _("终止响应"), ("active",), "ended", may=("system",), automatic=True,
             evidence=(Evidence("proposal", _("依据的建议")), Evidence("note", _("说明"), required=False))),
    ),
)  # fmt: skip

#: Figures that come back with a task, named as the plans name them where a plan asks for them.
FIGURES = (
    Evidence("people", _("涉及人数"), "int", required=False, minimum=0, maximum=1000000, unit=_("人")),
    Evidence(
        "evacuated",
        _("已转移人数"),
        "int",
        required=False,
        minimum=0,
        maximum=1000000,
        unit=_("人"),
        help=_("累计数，以最近一次为准"),
    ),
    Evidence("pumps", _("投入泵车和泵站"), "int", required=False, minimum=0, maximum=10000, unit=_("台")),
    Evidence("waterlog_points", _("现有积水点"), "int", required=False, minimum=0, maximum=10000, unit=_("处")),
    Evidence("waterlog_depth_cm", _("最深积水"), "int", required=False, minimum=0, maximum=2000, unit=_("厘米")),
)
PROOF = (
    Evidence("photo", _("照片"), "photo", required=False),
    Evidence("place", _("位置"), "place", required=False),
)

TASK = Loop(
    key="command.task",
    title=_("任务"),
    initial="issued",
    opened_by=(*LEADERS, "hq_office", *DUTY),
    states=(
        State("issued", _("待签收"), owner=ASSIGNEE, within="acknowledge_by", todo=_("签收"),
              escalate=(Rung(ASSIGNEE, 0), Rung(".leader", 5), Rung("duty_chief", 10))),
        State("acknowledged", _("办理中"), owner=ASSIGNEE, within="finish_by", todo=_("反馈"),
              escalate=(Rung(ASSIGNEE, 0), Rung(".leader", 10), Rung("duty_chief", 20))),
        State("done", _("待核验"), owner="hq_office", within=120, todo=_("核验"), escalate=(Rung("duty_chief", 0),)),
        State("checked", _("已办结"), final=True),
        State("refused", _("不能承担"), owner="hq_office", within=10, todo=_("改派或撤销"), escalate=(Rung("duty_chief", 0),)),
        State("cancelled", _("已撤销"), final=True),
    ),
    steps=(
        Step("acknowledge", _("签收"), ("issued",), "acknowledged", may=(ASSIGNEE,), main=True,
             evidence=(Evidence("note", _("带班人和联系方式"), required=False),)),
        Step("report", _("反馈进展"), ("acknowledged",), "acknowledged", may=(ASSIGNEE,), keeps_clock=True,
             evidence=(Evidence("text", _("办理情况"), "longtext"), *FIGURES, *PROOF)),
        Step("finish", _("办结"), ("acknowledged",), "done", may=(ASSIGNEE,), main=True,
             evidence=(Evidence("text", _("办理情况"), "longtext"), *FIGURES, *PROOF)),
        Step("refuse", _("不能承担"), ("issued", "acknowledged"), "refused", may=(ASSIGNEE,),
             evidence=(Evidence("reason", _("理由"), "longtext"),)),
        Step("reissue", _("重新下达"), ("refused",), "issued", may=CHECKERS, main=True,
             evidence=(Evidence("reason", _("说明"), required=False),)),
        Step("reassign", _("改派"), ("issued", "acknowledged", "refused"), "issued", may=(*CHECKERS, *LEADERS),
             evidence=(Evidence("organisation", _("改由哪个单位承担"), max_length=40), Evidence("reason", _("改派原因"), "longtext"))),
        Step("check", _("核验通过"), ("done",), "checked", may=CHECKERS, main=True,
             evidence=(Evidence("note", _("核验意见"), required=False),)),
        Step("return", _("退回补办"), ("done",), "acknowledged", may=CHECKERS,
             evidence=(Evidence("reason", _("退回原因"), "longtext"),)),
        Step("cancel", _("撤销"), ("issued", "acknowledged", "done", "refused"), "cancelled",
             may=("hq_office", "hq_office_head", "duty_chief"), evidence=(Evidence("reason", _("理由")),)),
    ),
)  # fmt: skip
