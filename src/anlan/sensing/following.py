"""What the base database holds is what may be measured: stations and waterlogging points become things, and are kept in step."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from anlan.kernel import auditing
from anlan.kernel.context import Context
from anlan.kernel.wording import words as _
from anlan.places.queries import region_at
from anlan.registry.models import RiskSite, Station

from .models import Thing
from .queries import UNSCHEDULED_S
from .roll import forget_roll
from .services import COUNTY_DIGITS, register_station

#: What stands in a depth of water, wherever it was measured.
DEPTHS = ("depth_cm", "underpass_depth_cm")
#: Ledgers whose rows are things that measure.
FOLLOWED: dict[str, type[Station] | type[RiskSite]] = {"registry.station": Station, "registry.risk_site": RiskSite}
#: A point under water is read when somebody looks, so it is not silent for lack of a schedule.
NO_SCHEDULE_S = UNSCHEDULED_S + 1
_MEASURES = {
    Station.Kind.RAIN: "rain_mm",
    Station.Kind.LEVEL: "stage_vs_warning_m",
    Station.Kind.WATERLOG: "underpass_depth_cm",
}


def measured_at(kind: str) -> str:
    """The property that is measured at a waterlogging point of a kind."""
    return "underpass_depth_cm" if kind == RiskSite.Kind.UNDERPASS else "depth_cm"


def follow_registry(ctx: Context, *, ledger: str, rows: Iterable[str] | None = None) -> int:
    """Bring the things of a ledger's rows (ids; None: all of them) in line with the base database; returns how many rows.

    A new row is registered, a renamed or moved one follows, one whose code changed goes on as a new thing, a retired one
    takes no more readings. What was measured stays. Doing it twice changes nothing.
    """
    model = FOLLOWED[ledger]
    found = model.objects.in_world(ctx)
    if rows is not None:
        found = found.filter(pk__in=list(rows))
    done = 0
    for row in found.order_by("retired_at", "pk"):
        with transaction.atomic():
            _follow(ctx, ledger, row)
        done += 1
    return done


def _follow(ctx: Context, ledger: str, row: Any) -> None:
    source = f"{ledger}:{row.pk}"
    before = Thing.everything.select_for_update().filter(registered_as=source).first()
    region = region_at(row.scope)
    if row.is_retired or region is None:
        if before is not None and not before.retired:
            _retire(ctx, before, _("基础库已停用"))
        return
    if before is not None and before.pk not in (row.code, _with_place(row)):
        Thing.everything.filter(pk=before.pk).update(registered_as="")
        _retire(ctx, before, _("编号改为 %(code)s") % {"code": row.code})
    risk = isinstance(row, RiskSite)
    register_station(
        ctx, code=_free_code(row, source), name=row.name, region=region.code, registered_as=source, sample=row.sample,
        lon=row.position.x if row.position else None, lat=row.position.y if row.position else None, accuracy_m=row.accuracy_m,
        properties=[measured_at(row.kind) if risk else _MEASURES[Station.Kind(row.kind)]],
        interval_s=NO_SCHEDULE_S if risk else 60 * row.interval_min,
        period_s=None if risk or not row.period_min else 60 * row.period_min, kind="waterlog" if risk else row.kind,
        county="" if risk else row.county,
    )  # fmt: skip


def _free_code(row: Any, source: str) -> str:
    """The row's own code; with its place in front where another county's thing bears it already."""
    other = Thing.everything.filter(pk=row.code).exclude(registered_as=source).first()
    if other is None or other.retired or (not other.registered_as and _county(other.scope) == _county(row.scope)):
        return str(row.code)
    return _with_place(row)


def _with_place(row: Any) -> str:
    return f"{row.scope.rstrip('/').rsplit('/', 1)[-1]}.{row.code}"[:60]


def _county(scope: str) -> str:
    codes = scope.strip("/").split("/")
    return next((c for c in codes if len(c) == COUNTY_DIGITS), codes[-1])


def _retire(ctx: Context, thing: Thing, why: str) -> None:
    thing.retired = True
    forget_roll()
    Thing.everything.filter(pk=thing.pk).update(retired=True)
    auditing.record(
        ctx, action="sensing.station.retire", label=_("停用测站"), object_type="sensing.thing", object_id=thing.pk, scope=thing.scope,
        data={"why": why},
    )  # fmt: skip
