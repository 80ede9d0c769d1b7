"""The loop of a duty check: drawn, carried out, and where something was found put right and looked at again."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anlan.kernel.loops import ASSIGNEE, Evidence, Loop, Rung, State, Step

from ..loops import DUTY

CHECKERS = (*DUTY, "town")

DUTY_CHECK = Loop(
    key="command.duty_check",
    title=_("值班抽查"),
    initial="drawn",
    states=(
        State("drawn", _("待抽查"), owner="duty_officer", within=120, todo=_("抽查并登记结果"), escalate=(Rung(".officers", 0),)),
        State("rectifying", _("整改中"), owner=ASSIGNEE, within="rectify_by", todo=_("整改并反馈"),
              escalate=(Rung(ASSIGNEE, -240), Rung(".leader", 240), Rung(".officers", 60))),
        State("reviewing", _("待复核"), owner="duty_officer", within=24 * 60, todo=_("复核整改"), escalate=(Rung(".officers", 0),)),
        State("passed", _("未发现问题"), final=True),
        State("rectified", _("已整改"), final=True),
        State("cancelled", _("已取消"), final=True),
    ),
    steps=(
        Step("pass", _("登记：未发现问题"), ("drawn",), "passed", may=CHECKERS, narrowed_by="checkers", automatic=True,
             evidence=(Evidence("met", _("接受抽查人"), max_length=60), Evidence("note", _("说明"), required=False))),
        Step("find", _("登记：发现问题"), ("drawn",), "rectifying", may=CHECKERS, narrowed_by="checkers", automatic=True,
             evidence=(Evidence("met", _("接受抽查人"), max_length=60), Evidence("findings", _("发现的问题"), "longtext"))),
        Step("rectify", _("反馈整改"), ("rectifying",), "reviewing", may=(ASSIGNEE,), main=True,
             evidence=(Evidence("text", _("整改情况"), "longtext"), Evidence("photo", _("照片"), "photo", required=False))),
        Step("accept", _("复核通过"), ("reviewing",), "rectified", may=CHECKERS, narrowed_by="checkers", main=True,
             evidence=(Evidence("opinion", _("复核意见"), required=False, max_length=200),)),
        Step("return", _("退回整改"), ("reviewing",), "rectifying", may=CHECKERS, narrowed_by="checkers",
             evidence=(Evidence("reason", _("退回原因"), max_length=500),)),
        Step("cancel", _("取消"), ("drawn",), "cancelled", may=CHECKERS, narrowed_by="checkers",
             evidence=(Evidence("reason", _("理由"), max_length=200),)),
    ),
)  # fmt: skip
