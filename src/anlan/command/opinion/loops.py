"""The loops of a topic of public opinion and of its verification by a unit."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anlan.kernel.loops import ASSIGNEE, Evidence, Loop, Rung, State, Step

DUTY = ("duty_officer", "duty_chief", "duty_leader")
#: Publicity looks after public opinion together with the duty room.
HANDLERS = (*DUTY, "media", "net")
VERDICTS = (("true", _("属实")), ("partly", _("部分属实")), ("false", _("不实")))

OPINION = Loop(
    key="command.opinion",
    title=_("舆情"),
    initial="waiting",
    opened_by=HANDLERS,
    states=(
        State("waiting", _("待研判"), owner="duty_officer", within="look_within", todo=_("研判"),
              escalate=(Rung("duty_officer", 0), Rung("duty_chief", 10), Rung("duty_leader", 15))),
        State("watching", _("关注中"), owner="duty_officer", within="look_again", todo=_("再看一次"),
              escalate=(Rung("duty_officer", 0), Rung("duty_chief", 60))),
        State("verifying", _("核实中"), owner="duty_officer", within="verified_by", todo=_("催要核实结果"),
              escalate=(Rung("duty_officer", 5), Rung("duty_chief", 15))),
        State("verified", _("待回应"), owner="duty_officer", within="reply_within", todo=_("回应或办结"),
              escalate=(Rung("duty_chief", 0), Rung("duty_leader", 60))),
        State("closed", _("已办结"), final=True),
        State("dismissed", _("无需处置"), final=True),
    ),
    steps=(
        Step("watch", _("已看，继续关注"), ("waiting",), "watching", may=HANDLERS, main=True,
             evidence=(Evidence("note", _("判断"), required=False),)),
        Step("look", _("又看过"), ("watching",), "watching", may=HANDLERS, main=True,
             evidence=(Evidence("note", _("变化"), required=False),)),
        Step("rise", _("热度上升"), ("watching",), "waiting", may=("system",), automatic=True,
             evidence=(Evidence("why", _("原因")),)),
        Step("verify", _("交办核实"), ("waiting", "watching", "verified"), "verifying", may=HANDLERS, automatic=True,
             evidence=(Evidence("unit", _("核实单位")),)),
        Step("conclude", _("核实有结果"), ("verifying",), "verified", may=("system",), automatic=True,
             evidence=(Evidence("verdict", _("结论"), "choice", choices=VERDICTS), Evidence("grounds", _("依据"), "longtext"))),
        Step("recall", _("撤回核实"), ("verifying",), "watching", may=HANDLERS, automatic=True,
             evidence=(Evidence("reason", _("理由")),)),
        Step("close", _("办结"), ("watching", "verified"), "closed", may=HANDLERS,
             evidence=(Evidence("conclusion", _("结论"), "longtext", help=_("事实、处置、回应情况")),)),
        Step("dismiss", _("无需处置"), ("waiting", "watching"), "dismissed", may=HANDLERS,
             evidence=(Evidence("reason", _("理由"), help=_("例如：外地的事、旧闻、与突发事件无关")),)),
    ),
)  # fmt: skip

OPINION_CHECK = Loop(
    key="command.opinion_check",
    title=_("舆情核实"),
    initial="asked",
    states=(
        State("asked", _("待核实"), owner=ASSIGNEE, within="asked_by", todo=_("核实并反馈"),
              escalate=(Rung(ASSIGNEE, -10), Rung(ASSIGNEE, 10), Rung("duty_officer", 5), Rung("duty_chief", 10))),
        State("answered", _("已反馈"), final=True),
        State("recalled", _("已撤回"), final=True),
    ),
    steps=(
        Step("answer", _("反馈核实结果"), ("asked",), "answered", may=(ASSIGNEE, *DUTY), main=True,
             evidence=(
                 Evidence("verdict", _("结论"), "choice", choices=VERDICTS),
                 Evidence("grounds", _("依据"), "longtext", help=_("谁到了现场、看到什么、和网上说的差在哪里")),
                 Evidence("photo", _("照片"), "photo", required=False),
             )),
        Step("recall", _("撤回"), ("asked",), "recalled", may=HANDLERS,
             evidence=(Evidence("reason", _("理由")),)),
    ),
)  # fmt: skip
