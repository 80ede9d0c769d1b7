"""The loops of the command post at the scene, and of its handover from one commander to the next."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anlan.kernel.loops import ASSIGNEE, Evidence, Loop, Rung, State, Step

from ..loops import DUTY

SITE_POST = Loop(
    key="command.site_post",
    title=_("现场指挥部"),
    initial="running",
    states=(
        State("running", _("运行中"), owner=ASSIGNEE, within="next_entry_due", todo=_("记录现场情况"),
              escalate=(Rung(ASSIGNEE, 0), Rung("duty_officer", 15), Rung("duty_chief", 15))),
        State("closed", _("已撤销"), final=True),
    ),
    steps=(
        Step("log", _("记现场日志"), ("running",), "running", may=(ASSIGNEE, *DUTY, "town"), main=True, evidence=(
            Evidence("text", _("现场情况"), "longtext"), Evidence("place", _("地点"), required=False, max_length=120),
            Evidence("photo", _("照片"), "photo", required=False),
        )),
        Step("close", _("撤销现场指挥部"), ("running",), "closed", may=(ASSIGNEE, "duty_chief", "duty_leader"),
             evidence=(Evidence("conclusion", _("结论"), "longtext", help=_("处置结果、人员清点、移交给谁")),)),
        Step("end", _("随事件结束"), ("running",), "closed", may=("system",), automatic=True, evidence=(Evidence("reason", _("理由")),)),
    ),
)  # fmt: skip

SITE_HANDOVER = Loop(
    key="command.site_handover",
    title=_("现场指挥交接"),
    initial="offered",
    states=(
        State("offered", _("待接任"), owner=ASSIGNEE, within="accept_due", todo=_("接任签字"),
              escalate=(Rung(ASSIGNEE, 0), Rung("duty_chief", 10))),
        State("accepted", _("已接任"), final=True),
        State("declined", _("未接任"), final=True),
    ),
    steps=(
        Step("accept", _("接任并签字"), ("offered",), "accepted", may=(ASSIGNEE,), main=True,
             confirm=_("签字后由您统一指挥现场救援，对现场情况和在场人员负责。")),
        Step("decline", _("不能接任"), ("offered",), "declined", may=(ASSIGNEE,),
             evidence=(Evidence("reason", _("理由"), max_length=200),)),
        Step("withdraw", _("撤回交接"), ("offered",), "declined", may=("duty_chief", "duty_leader"),
             evidence=(Evidence("reason", _("理由"), max_length=200),)),
        Step("lapse", _("随现场指挥部撤销"), ("offered",), "declined", may=("system",), automatic=True,
             evidence=(Evidence("reason", _("理由")),)),
    ),
)  # fmt: skip
