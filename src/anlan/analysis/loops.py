"""The loop of a signal: raised by figures, acknowledged and verified by the duty room, cleared by figures or judged false."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anlan.kernel.loops import Evidence, Loop, Rung, State, Step

DUTY = ("duty_officer", "duty_chief", "duty_leader")
#: Steps that only the judgement of new figures takes.
MACHINE = ("system",)
#: How a person can make sure that a signal is true.
WAYS = (
    ("phone", _("电话询问现场")),
    ("visit", _("到现场查看")),
    ("camera", _("查看视频")),
    ("other_data", _("比对其他资料")),
)

SIGNAL = Loop(
    key="analysis.signal",
    title=_("研判信号"),
    initial="raised",
    states=(
        State(
            "raised", _("待确认"), owner="duty_officer", within="acknowledge_by", todo=_("确认信号"),
            escalate=(Rung("duty_chief", 0), Rung("duty_leader", 10)),
        ),
        State("acknowledged", _("已确认"), owner="duty_officer", timeless=_("实况回落后由平台自动解除")),
        State("cleared", _("已解除"), final=True),
        State("judged_false", _("判为误报"), final=True),
    ),
    steps=(
        Step(
            "acknowledge", _("确认"), ("raised",), "acknowledged", may=DUTY, main=True,
            evidence=(Evidence("note", _("研判意见"), "longtext", required=False, max_length=500),),
        ),
        Step(
            "judge_false", _("判为误报"), ("raised", "acknowledged"), "judged_false", may=DUTY,
            evidence=(Evidence("reason", _("理由"), "longtext", max_length=500, help=_("例如：仪器故障、邻站无雨")),),
        ),
        Step(
            "verify", _("核实"), ("raised", "acknowledged"), "acknowledged", may=DUTY,
            evidence=(
                Evidence("how", _("怎样核实的"), "choice", choices=WAYS),
                Evidence("note", _("核实情况"), "longtext", required=False, max_length=500),
            ),
        ),
        Step(
            "verify_afterwards", _("事后核实"), ("cleared",), "cleared", may=DUTY, afterwards=True,
            evidence=(
                Evidence("how", _("怎样核实的"), "choice", choices=WAYS),
                Evidence("note", _("核实情况"), "longtext", required=False, max_length=500),
            ),
        ),
        Step(
            "judge_false_afterwards", _("事后判为误报"), ("cleared",), "judged_false", may=DUTY, afterwards=True,
            evidence=(Evidence("reason", _("理由"), "longtext", max_length=500, help=_("例如：仪器故障、邻站无雨")),),
        ),
        Step(
            "acknowledge_with_event", _("随事件确认"), ("raised",), "acknowledged", may=MACHINE, automatic=True,
        ),
        Step("level_up", _("升到更高标准"), ("raised", "acknowledged"), "raised", may=MACHINE, automatic=True),
        Step("level_down", _("降到较低标准"), ("raised",), "raised", may=MACHINE, automatic=True, keeps_clock=True),
        Step(
            "level_down_known", _("降到较低标准"), ("acknowledged",), "acknowledged", may=MACHINE, automatic=True,
            keeps_clock=True,
        ),
        Step("clear", _("解除"), ("raised", "acknowledged"), "cleared", may=MACHINE, automatic=True),
    ),
)  # fmt: skip
