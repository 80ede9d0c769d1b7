"""The ledger of what regions rule otherwise about reporting."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context
from anlan.kernel.ledgers import Field, Ledger, add_ledger

from .data.reporting_deadlines import shipped_reporting
from .models import Incident, LocalRule, ReportClock

KEY = "command.local_rule"
#: So many limits are named under a rule; the rest are counted.
NAMED = 30


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


def running_limits(ctx: Context, row: LocalRule) -> list[dict[str, Any]]:
    """The limits of this rule that run now where it holds, as far as the person sees them: what a change of the rule moves."""
    rows = ReportClock.objects.visible_to(ctx).open().filter(rule=row.rule, scope__startswith=row.scope)
    found = list(rows.select_related("incident").order_by("legal_at", "pk")[: NAMED + 1])
    seen = set(
        Incident.objects.visible_to(ctx).filter(pk__in={c.incident_id for c in found}).values_list("pk", flat=True)
    )
    now = ctx.now()
    items = [
        {
            "text": f"{c.incident.number} {c.incident.title} · {c}", "url": c.incident.get_absolute_url() if c.incident_id in seen else "",
            "state": _limit(c, now), "phase": "late" if c.is_late(now) else "working",
        }
        for c in found[:NAMED]
    ]  # fmt: skip
    if len(found) > NAMED:
        items.append({"text": gettext("还有更多，见各事件页面"), "url": "/incidents/", "state": "", "phase": ""})
    today = localtime(now).date()
    ahead = gettext("%(day)s 起施行，还没有起用；到那天正在计时的时限自动调整") % {"day": row.since}
    if row.since > today:
        items.insert(0, {"text": ahead, "url": "", "state": "", "phase": ""})
    none = [{"text": gettext("现在没有按这条规定计时的报送时限"), "url": "", "state": "", "phase": ""}]
    return [{"title": gettext("正在计时、随本规定立即调整的时限（已超时的不改）"), "items": items or none}]


def _limit(clock: ReportClock, now: datetime) -> str:
    if clock.legal_at is None:
        return gettext("立即")
    at = f"{localtime(clock.legal_at):%m-%d %H:%M}"
    return gettext("已于 %(at)s 超时") % {"at": at} if clock.legal_at <= now else gettext("截止 %(at)s") % {"at": at}


add_ledger(
    Ledger(
        key=KEY, related=running_limits, model=LocalRule, title=_("本地报送规定"), identity=("scope", "rule", "since"), name_field="source",
        stage="command", order=60, ordering=("rule", "-since"), check=check_rule,
        basis=_("突发事件应对法（2024）第61条；本省、市、区信息报送规定"),
        empty=_("没有本地规定时按平台所带的法定和通行时限计时；本省、市、区另有规定的在这里录入，正在计时的时限随之立即调整。"),
        fields=[
            Field("rule", filter=True, kind="choice", choices=rule_choices()), Field("phone_min", unit=_("分钟")),
            Field("written_min", unit=_("分钟")), Field("system_min", unit=_("分钟")), "off", Field("source", search=True),
            Field("confidence", listed=False), 
            Field("since", filter=True, help=_("当日起：新立的事件和正在计时的时限都按它；已经超时的仍算超时。日期在将来的，到那天起用")),
            "until",
        ],
    )
)  # fmt: skip
