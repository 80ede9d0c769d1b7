"""The loops of a consultation and of the view that each participant owes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anlan.kernel.loops import ASSIGNEE, Evidence, Loop, Rung, State, Step

from ..loops import DUTY

CONVENERS = ("duty_chief", "duty_leader", "hq_office", "hq_office_head", "deputy", "commander", "top_leader")
MEANS = (("present", _("到会")), ("video", _("视频")), ("phone", _("电话")), ("written", _("书面")))

CONSULTATION = Loop(
    key="command.consultation",
    title=_("会商"),
    initial="proposed",
    states=(
        State("proposed", _("待召集"), owner="duty_chief", within="convene_due", todo=_("召集会商"),
              escalate=(Rung(".called_on", 0), Rung("duty_leader", 30))),
        State("convened", _("会商中"), owner="duty_chief", within=120, todo=_("形成会商结论"),
              escalate=(Rung("duty_chief", 0), Rung("duty_leader", 30))),
        State("concluded", _("已有结论"), final=True),
        State("dropped", _("未召开"), final=True),
    ),
    steps=(
        Step("convene", _("召集"), ("proposed",), "convened", may=(ASSIGNEE, *CONVENERS, *DUTY), automatic=True, main=True),
        Step("conclude", _("形成结论"), ("convened",), "concluded", may=CONVENERS, main=True,
             evidence=(Evidence("conclusion", _("会商结论"), "longtext", max_length=4000,
                                help=_("形势判断、是否启动或调整响应的建议、需要各地各部门做什么")),)),
        Step("drop", _("不召开"), ("proposed", "convened"), "dropped", may=(ASSIGNEE, *CONVENERS),
             evidence=(Evidence("reason", _("理由"), max_length=300),)),
    ),
)  # fmt: skip

CONSULTATION_VIEW = Loop(
    key="command.consultation_view",
    title=_("会商意见"),
    initial="asked",
    states=(
        State("asked", _("待答复"), owner=ASSIGNEE, within=30, todo=_("发表会商意见"),
              escalate=(Rung(ASSIGNEE, 0), Rung("duty_officer", 10))),
        State("given", _("已发表"), final=True),
        State("declined", _("不能参加"), final=True),
        State("silent", _("未答复"), final=True),
    ),
    steps=(
        Step("give", _("发表意见"), ("asked",), "given", may=(ASSIGNEE,), main=True,
             evidence=(Evidence("text", _("意见"), "longtext", max_length=2000),)),
        Step("record", _("代为记录"), ("asked",), "given", may=(*CONVENERS, *DUTY),
             evidence=(Evidence("text", _("意见"), "longtext", max_length=2000), Evidence("who", _("发言人"), max_length=60),
                       Evidence("means", _("方式"), "choice", choices=MEANS))),
        Step("decline", _("不能参加"), ("asked",), "declined", may=(ASSIGNEE, *CONVENERS, *DUTY),
             evidence=(Evidence("reason", _("理由"), max_length=200),)),
        Step("lapse", _("会商结束时未答复"), ("asked",), "silent", may=("system",), automatic=True),
    ),
)  # fmt: skip
