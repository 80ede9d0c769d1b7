"""The loops of a roll call and of the answer that each unit owes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anlan.kernel.loops import ASSIGNEE, Evidence, Loop, Rung, State, Step

from ..data.rollcall import rollcall_rule
from ..loops import DUTY

_RULE = rollcall_rule()
CALLERS = (*DUTY, "town")

HOW_HEARD = (
    ("phone", _("电话")),
    ("sms", _("短信回复")),
    ("radio", _("对讲机")),
    ("video", _("视频")),
    ("in_person", _("当面")),
)
_BY_HAND = (
    Evidence("answered_by", _("谁应答的"), max_length=60, help=_("姓名或职务")),
    Evidence("how", _("怎样应答的"), "choice", choices=HOW_HEARD),
    Evidence("note", _("说明"), required=False, max_length=200),
)
_WHY = (Evidence("reason", _("缺岗原因"), "longtext", max_length=500, help=_("例如：正在现场处置，由谁代班")),)

ROLLCALL = Loop(
    key="command.rollcall",
    title=_("点名"),
    initial="calling",
    states=(
        State("calling", _("点名中"), owner="duty_officer", within="answers_due", todo=_("等待应答"),
              escalate=(Rung(".officers", 1), Rung(".leaders", 5))),
        # The leader on duty hears at once who is missing; after the time to explain the desk is asked to finish.
        State("following", _("跟踪缺岗"), owner="duty_chief", within=_RULE.explain_within_min, todo=_("核处缺岗单位"),
              escalate=(Rung(".leaders", -_RULE.explain_within_min), Rung(".officers", _RULE.explain_within_min),
                        Rung(".leaders", 30))),
        State("finished", _("已结束"), final=True),
        State("withdrawn", _("已撤销"), final=True),
    ),
    steps=(
        Step("follow", _("转入跟踪缺岗"), ("calling",), "following", may=("system",), automatic=True),
        Step("finish", _("结束点名"), ("calling", "following"), "finished", may=("system",), automatic=True),
        Step("withdraw", _("撤销点名"), ("calling", "following"), "withdrawn", may=CALLERS, narrowed_by="callers",
             evidence=(Evidence("reason", _("原因"), max_length=200),)),
    ),
)  # fmt: skip

ANSWER = Loop(
    key="command.rollcall_answer",
    title=_("点名应答"),
    initial="asked",
    states=(
        State("asked", _("待应答"), owner=ASSIGNEE, within="answers_due", todo=_("应答点名"),
              escalate=(Rung(ASSIGNEE, -_RULE.remind_before_min), Rung(ASSIGNEE, _RULE.remind_before_min))),
        State("absent", _("未应答"), owner=ASSIGNEE, within=_RULE.explain_within_min, todo=_("应答并说明原因"),
              escalate=(Rung(".leader", _RULE.leader_after_min - _RULE.explain_within_min),
                        Rung(".leader", _RULE.explain_within_min - _RULE.leader_after_min))),
        State("explained", _("已说明"), owner="duty_chief", within=24 * 60, todo=_("核定缺岗说明"), escalate=(Rung(".officers", 0),)),
        State("answered", _("已应答"), final=True),
        State("answered_late", _("迟应答"), final=True),
        State("excused", _("有正当原因"), final=True),
        State("counted", _("记为缺岗"), final=True),
        State("withdrawn", _("已撤销"), final=True),
    ),
    steps=(
        Step("answer", _("在岗应答"), ("asked",), "answered", may=(ASSIGNEE,), main=True),
        Step("answer_late", _("在岗应答（迟）"), ("absent",), "answered_late", may=(ASSIGNEE,), main=True),
        Step("record", _("登记应答"), ("asked",), "answered", may=CALLERS, narrowed_by="callers", evidence=_BY_HAND),
        Step("record_late", _("登记应答"), ("absent",), "answered_late", may=CALLERS, narrowed_by="callers", evidence=_BY_HAND),
        Step("miss", _("到时未应答"), ("asked",), "absent", may=("system",), automatic=True,
             evidence=(Evidence("reason", _("情况"), required=False),)),
        Step("explain", _("说明原因"), ("absent",), "explained", may=(ASSIGNEE,), evidence=_WHY),
        Step("excuse", _("认可说明"), ("explained", "absent"), "excused", may=CALLERS, narrowed_by="judges", main=True,
             evidence=(Evidence("opinion", _("核定意见"), max_length=200),)),
        Step("count", _("记为缺岗"), ("explained", "absent"), "counted", may=CALLERS, narrowed_by="judges",
             evidence=(Evidence("opinion", _("核定意见"), max_length=200),)),
        Step("withdraw", _("撤销"), ("asked", "absent", "explained"), "withdrawn", may=("system",), automatic=True,
             evidence=(Evidence("reason", _("原因")),)),
    ),
)  # fmt: skip
