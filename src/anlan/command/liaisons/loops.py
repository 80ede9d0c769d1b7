"""The loop of what somebody outside says is wrong in the published list."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anlan.kernel.loops import Evidence, Loop, Rung, State, Step

from ..loops import DUTY

KEEPERS = (*DUTY, "town")

WRONG = (
    ("person", _("已换人")),
    ("phone", _("电话打不通或号码错误")),
    ("place", _("负责的地方不对")),
    ("absent", _("联系不上、不回应")),
    ("other", _("其他")),
)

LIAISON_DOUBT = Loop(
    key="command.liaison_doubt",
    title=_("联络员纠错"),
    initial="reported",
    states=(
        State("reported", _("待核实"), owner="town", within=3 * 24 * 60, todo=_("核实并更正"),
              escalate=(Rung(".keeper", -24 * 60), Rung("duty_officer", 24 * 60))),
        State("corrected", _("已更正"), final=True),
        State("dismissed", _("核实无误"), final=True),
    ),
    steps=(
        Step("correct", _("已更正"), ("reported",), "corrected", may=KEEPERS, main=True,
             evidence=(Evidence("what", _("更正了什么"), max_length=300),)),
        Step("dismiss", _("核实无误"), ("reported",), "dismissed", may=KEEPERS,
             evidence=(Evidence("reason", _("核实情况"), max_length=300),)),
    ),
)  # fmt: skip
