"""Timeliness: of the limits that ended in a month, how many were kept, by unit and level."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext as _

from anlan.command.models import ReportClock
from anlan.command.models.report_clock import DESK
from anlan.kernel.context import Context
from anlan.places.models import Organisation


@dataclass(frozen=True, slots=True)
class Rate:
    """`kept` of `total` limits; those that are past and still not met count as not kept, those still running do not count."""

    unit: str
    level: str
    month: str
    total: int
    kept: int

    @property
    def percent(self) -> float:
        return round(100 * self.kept / self.total, 1) if self.total else 0.0


def rates(ctx: Context, *, since: datetime | None = None) -> list[Rate]:
    """By unit and month, the newest month first, the least timely unit first. Only what the person may see is counted."""
    now = ctx.now()
    rows = (
        ReportClock.objects.visible_to(ctx)
        .filter(legal_at__isnull=False, certain=True)
        .exclude(state__in=("superseded", "dropped"))
    )
    rows = rows.filter(Q(met_at__isnull=False) | Q(legal_at__lt=now))
    if since is not None:
        rows = rows.filter(legal_at__gte=since)
    counted = (
        rows.annotate(month=TruncMonth("legal_at"))
        .values("office", "owner_keys", "sender_name", "month")
        .annotate(total=Count("pk"), kept=Count("pk", filter=Q(met_at__lte=F("legal_at"))))
        .order_by()
    )
    sums: dict[tuple[str, str, str], list[int]] = {}
    for row in counted:
        key = (_name(row), _level(row["office"]), f"{row['month']:%Y-%m}")
        have = sums.setdefault(key, [0, 0])
        have[0] += row["total"]
        have[1] += row["kept"]
    named = _names({unit for unit, _level, _month in sums if unit.startswith("org:")})
    found = [
        Rate(named.get(unit, unit), level, month, total, kept) for (unit, level, month), (total, kept) in sums.items()
    ]
    return sorted(sorted(found, key=lambda r: (r.percent, r.unit)), key=lambda r: r.month, reverse=True)


def _name(row: dict[str, Any]) -> str:
    if row["office"] == DESK:
        return _("总值班室")
    return str(row["owner_keys"][0]) if row["owner_keys"] else str(row["sender_name"])


def _level(office: str) -> str:
    return {DESK: _("区县"), "town": _("街道乡镇"), "village": _("村社区")}.get(office, _("部门"))


def _names(keys: set[str]) -> dict[str, str]:
    rows = Organisation.objects.filter(code__in=[k.removeprefix("org:") for k in keys])
    return {o.key: o.name for o in rows}
