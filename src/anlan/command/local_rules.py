"""The ledger of what regions rule otherwise about reporting."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from anlan.kernel.ledgers import Field, Ledger, add_ledger

from .data.reporting_deadlines import shipped_reporting
from .models import LocalRule


def rule_choices() -> tuple[tuple[str, str], ...]:
    """The shipped rules that have minutes or can be switched off, by name."""
    return tuple((rule.id, rule.zh) for rule in shipped_reporting().rules.values())


def check_rule(values: dict[str, Any]) -> list[tuple[str, Any]]:
    """An entry says something: minutes in a form that the rule has, or that it does not hold here."""
    rule = shipped_reporting().rules.get(str(values.get("rule") or ""))
    if rule is None:
        return []
    given = {form: values.get(f"{form}_min") for form in ("phone", "written", "system")}
    faults: list[tuple[str, Any]] = [
        (f"{form}_min", gettext("“%(rule)s”没有这种方式的时限") % {"rule": rule.zh})
        for form, minutes in given.items()
        if minutes is not None and form not in rule.limits
    ]
    if not values.get("off") and all(minutes is None for minutes in given.values()):
        faults.append(("written_min", gettext("请填至少一种方式的分钟数，或勾选“本地不执行”")))
    since, until = values.get("since"), values.get("until")
    if since and until and until < since:
        faults.append(("until", gettext("失效日期早于施行日期")))
    return faults


add_ledger(
    Ledger(
        key="command.local_rule", model=LocalRule, title=_("本地报送规定"), identity=("scope", "rule", "since"), name_field="source",
        stage="command", order=60, ordering=("rule", "-since"), check=check_rule,
        basis=_("突发事件应对法（2024）第61条；本省、市、区信息报送规定"),
        empty=_("没有本地规定时按平台所带的法定和通行时限计时；本省、市、区另有规定的在这里录入，立即对新计时生效。"),
        fields=[
            Field("rule", filter=True, kind="choice", choices=rule_choices()), Field("phone_min", unit=_("分钟")),
            Field("written_min", unit=_("分钟")), Field("system_min", unit=_("分钟")), "off", Field("source", search=True),
            Field("confidence", listed=False), Field("since", filter=True), "until",
        ],
    )
)  # fmt: skip
