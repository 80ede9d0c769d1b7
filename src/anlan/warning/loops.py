"""The loop of a received warning: read by the duty room, in force, ended by its issuer or by its own time; and the receipt that
each addressed county owes where one room receives for several."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anlan.kernel.loops import Evidence, Loop, Rung, State, Step

from .calling import acknowledge_min

DUTY = ("duty_officer", "duty_chief", "duty_leader")
#: Ends come from messages of the issuer and from the clock, never from a button here.
MACHINE = ("system",)
OPEN = ("received", "in_force")

NOTICE = Loop(
    key="warning.notice",
    title=_("预警"),
    initial="received",
    states=(
        State(
            "received", _("待签收"), owner="duty_officer", within="acknowledge_within", todo=_("签收预警"),
            escalate=(Rung("duty_chief", 0), Rung("duty_leader", 10)),
        ),
        State("in_force", _("在效"), owner="duty_officer", timeless=_("由发布单位变更或解除，或到失效时间自动结束")),
        State("cancelled", _("已解除"), final=True),
        State("replaced", _("已被取代"), final=True),
        State("expired", _("已失效"), final=True),
    ),
    steps=(
        Step(
            "acknowledge", _("签收"), ("received",), "in_force", may=DUTY, main=True,
            evidence=(Evidence("note", _("批注"), "longtext", required=False, max_length=500),),
        ),
        Step("all_acknowledge", _("各地均已签收"), ("received",), "in_force", may=MACHINE, automatic=True),
        Step("cancel", _("解除"), OPEN, "cancelled", may=MACHINE, automatic=True),
        Step("replace", _("取代"), OPEN, "replaced", may=MACHINE, automatic=True),
        Step("expire", _("到期失效"), OPEN, "expired", may=MACHINE, automatic=True),
    ),
)  # fmt: skip

RECEIPT = Loop(
    key="warning.receipt",
    title=_("预警签收"),
    initial="waiting",
    states=(
        State(
            "waiting", _("待签收"), owner="duty_officer", within=acknowledge_min(), todo=_("签收预警"),
            escalate=(Rung("duty_chief", 0), Rung("duty_leader", 10)),
        ),
        State("acknowledged", _("已签收"), final=True),
        State("lapsed", _("预警已结束"), final=True),
    ),
    steps=(
        Step(
            "acknowledge", _("签收"), ("waiting",), "acknowledged", may=DUTY, main=True,
            evidence=(Evidence("note", _("批注"), "longtext", required=False, max_length=500),),
        ),
        Step("lapse", _("预警已结束"), ("waiting",), "lapsed", may=MACHINE, automatic=True),
    ),
)  # fmt: skip
