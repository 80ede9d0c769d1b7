"""The closed loop of the directory: every month each unit looks at its own entry."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anlan.kernel.loops import ASSIGNEE, Evidence, Loop, Rung, State, Step

_DAY = 24 * 60

DIRECTORY_CHECK = Loop(
    key="places.directory_check",
    title=_("通讯录核实"),
    initial="asked",
    states=(
        State("asked", _("待核实"), owner=ASSIGNEE, within=7 * _DAY, todo=_("核实本单位通讯录"),
              escalate=(Rung(ASSIGNEE, -2 * _DAY), Rung("duty_officer", 3 * _DAY))),
        State("confirmed", _("已核实"), final=True),
        State("corrected", _("已更正"), final=True),
        State("superseded", _("由新一轮核实取代"), final=True),
    ),
    steps=(
        Step("confirm", _("核实无误"), ("asked",), "confirmed", may=(ASSIGNEE,), main=True),
        Step("correct", _("更正"), ("asked",), "corrected", may=(ASSIGNEE,),
             evidence=(
                 Evidence("duty_phone", _("值班电话"), max_length=40, default="phone_now"),
                 Evidence("note", _("其他要更正的"), required=False, max_length=300, help=_("人员和岗位的变动请写明，由管理员办理")),
             )),
        Step("supersede", _("由新一轮核实取代"), ("asked",), "superseded", may=("system",), automatic=True),
    ),
)  # fmt: skip
