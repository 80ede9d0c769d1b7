"""The loops of a meeting of a headquarters or commission, and of each member's answer to its call."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anlan.kernel.loops import ASSIGNEE, Evidence, Loop, Rung, State, Step

#: Who signs minutes: those who may give orders, for what was decided goes out as orders.
SIGNERS = ("duty_leader", "hq_office_head", "deputy", "commander", "top_leader")
#: Minutes are due so long after the meeting, a signature after they were handed in (platform defaults).
MINUTES_WITHIN, SIGN_WITHIN = 3 * 24 * 60, 24 * 60

MEETING = Loop(
    key="command.meeting",
    title=_("议事会议"),
    initial="called",
    states=(
        State("called", _("待召开"), owner="hq_office", within="begin_by", todo=_("登记到会，或说明取消"),
              escalate=(Rung(ASSIGNEE, 0), Rung("hq_office_head", 24 * 60))),
        State("held", _("待出纪要"), owner="hq_office", within=MINUTES_WITHIN, todo=_("整理纪要和议定事项，报请签发"),
              escalate=(Rung(ASSIGNEE, 0), Rung("hq_office_head", 24 * 60))),
        State("submitted", _("待签发"), owner="hq_office_head", within=SIGN_WITHIN, todo=_("签发会议纪要"),
              escalate=(Rung(ASSIGNEE, 0), Rung("hq_office", 24 * 60))),
        State("signed", _("纪要已签发"), final=True),
        State("cancelled", _("已取消"), final=True),
    ),
    steps=(
        Step("hold", _("登记到会"), ("called",), "held", may=(ASSIGNEE, "hq_office", "hq_office_head"), automatic=True, main=True,
             evidence=(Evidence("chair", _("主持人"), max_length=60),)),
        Step("submit", _("报请签发"), ("held",), "submitted", may=(ASSIGNEE, "hq_office", "hq_office_head"), main=True),
        Step("sign", _("签发纪要"), ("submitted",), "signed", may=SIGNERS, main=True,
             confirm=_("签发后，议定事项作为任务下达给承担单位，纪要不能再改。")),
        Step("return", _("退回修改"), ("submitted",), "held", may=SIGNERS,
             evidence=(Evidence("reason", _("理由"), max_length=300),)),
        Step("cancel", _("取消会议"), ("called",), "cancelled", may=(ASSIGNEE, "hq_office", "hq_office_head"),
             evidence=(Evidence("reason", _("理由"), max_length=300),)),
    ),
)  # fmt: skip

MEETING_SEAT = Loop(
    key="command.meeting_seat",
    title=_("参会答复"),
    initial="asked",
    states=(
        State("asked", _("待答复"), owner=ASSIGNEE, within="answer_by", todo=_("答复是否参加会议"),
              escalate=(Rung(ASSIGNEE, 0), Rung(".office", 60)), together="meeting"),
        State("coming", _("将参加"), owner=ASSIGNEE, timeless=_("由会议办公室在会上登记到会")),
        State("present", _("到会"), final=True),
        State("excused", _("请假"), final=True),
        State("absent", _("缺席"), final=True),
        State("released", _("会议取消"), final=True),
    ),
    steps=(
        Step("accept", _("参加"), ("asked",), "coming", may=(ASSIGNEE,), main=True,
             evidence=(Evidence("who", _("谁到会"), max_length=60, default="usual_attendant"),)),
        Step("excuse", _("请假"), ("asked", "coming"), "excused", may=(ASSIGNEE,),
             evidence=(Evidence("reason", _("理由"), max_length=200),)),
        Step("attend", _("登记到会"), ("asked", "coming"), "present", may=("system",), automatic=True,
             evidence=(Evidence("who", _("谁到会"), max_length=60),)),
        Step("miss", _("登记缺席"), ("asked", "coming"), "absent", may=("system",), automatic=True),
        Step("release", _("会议取消"), ("asked", "coming"), "released", may=("system",), automatic=True),
    ),
)  # fmt: skip
