"""How long single readings are held, and the thinning of what is older. Only in the real world: an exercise keeps all it has."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from anlan.kernel import clock
from anlan.kernel.worlds import REAL

from . import store
from .models import Datastream, Retention

FILE = Path(__file__).parent / "data" / "retention.yaml"
#: Nothing younger is ever thinned out, whatever is chosen: windows of criteria reach so far back.
LEAST_DAYS = 31


@cache
def shipped_retention() -> dict[str, Any]:
    """``{"default": {"raw_days"}, "properties": {name: {"raw_days"}}}``; `raw_days` None: for ever."""
    found: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return found


def raw_days(name: str) -> int | None:
    """For how many days single readings of a property are held here; None: for ever."""
    row = Retention.objects.filter(pk=name, chosen=True).first()
    if row is not None:
        return row.raw_days
    shipped = shipped_retention()
    days: int | None = shipped["properties"].get(name, shipped["default"])["raw_days"]
    return days


def thin_due() -> int:
    """Thin out what is older than it has to be held, by whole months; returns how many single readings went."""
    names = Datastream.objects.order_by("property").values_list("property", flat=True).distinct()
    return sum(_thin(name) for name in names)


def _thin(name: str) -> int:
    days = raw_days(name)
    if days is None:
        return 0
    days = max(days, LEAST_DAYS)
    before = store.moment(store.month_of(store.micros(clock.real_now() - timedelta(days=days))))
    with transaction.atomic():
        # From here on nothing older is accepted (`feeding.settle_bounds`); what was accepted before is folded first.
        store.lock(REAL)
        row, _created = Retention.objects.get_or_create(pk=name)
        if row.thinned_before is not None and row.thinned_before >= before:
            return 0
        row.thinned_before = before
        row.save(update_fields=["thinned_before"])
    store.fold(REAL)
    return store.thin(REAL, Datastream.objects.filter(property=name).values_list("pk", flat=True), before)
