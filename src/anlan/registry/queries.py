"""What other rooms may ask of the base database. All reads are scoped to the context."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from django.contrib.gis.db.backends.postgis.adapter import PostGISAdapter
from django.contrib.gis.db.models import PointField, PolygonField
from django.contrib.gis.db.models.functions import Distance
from django.contrib.gis.geos import Point, Polygon
from django.contrib.gis.measure import D
from django.db.models import BooleanField, F, FloatField, Func, Q, QuerySet, Sum, Value
from django.urls import reverse
from django.utils.timezone import localtime

from anlan.kernel.asking import Open, ask
from anlan.kernel.context import Context
from anlan.kernel.errors import NotFound
from anlan.kernel.geodesy import box_around

from .facts import supply_items
from .models import (
    Equipment,
    EvacuationArea,
    ProtectedSite,
    RiskSite,
    Shelter,
    Station,
    StockLine,
    Team,
    Warehouse,
    WaterWork,
)


def stations(ctx: Context, *, kind: str = "", path: str = "") -> QuerySet[Station]:
    """Stations in use that `ctx` may see, by code; optionally of one kind, and on or below a path."""
    rows = _in_use(ctx, Station).order_by("code")
    rows = rows.filter(kind=kind) if kind else rows
    return rows.filter(scope__startswith=path) if path else rows


def station_by_code(ctx: Context, code: str) -> Station:
    """The station in use with this code. Raises NotFound."""
    found = _in_use(ctx, Station).filter(code=code).first()
    if found is None:
        raise NotFound()
    return found


def shelters_under(ctx: Context, path: str) -> QuerySet[Shelter]:
    """Shelters in use on or below a path, usable ones first, the larger before the smaller."""
    return _in_use(ctx, Shelter).filter(scope__startswith=path).order_by("status", "-capacity", "code")


def teams_under(ctx: Context, path: str) -> QuerySet[Team]:
    return _in_use(ctx, Team).filter(scope__startswith=path).order_by("kind", "code")


def risk_sites_under(ctx: Context, path: str) -> QuerySet[RiskSite]:
    return _in_use(ctx, RiskSite).filter(scope__startswith=path).order_by("code")


def water_works(ctx: Context) -> QuerySet[WaterWork]:
    """Reservoirs and river reaches in use, with their people and gauge at hand: those of the caller's places, and those that somebody
    there has to leave for: a street reads the guide of the river that the district keeps."""
    rows = WaterWork.objects.in_world(ctx).filter(retired_at__isnull=True).order_by("kind", "code")
    leaving = _in_use(ctx, EvacuationArea).order_by().values("water_work_id")
    mine = _in_use(ctx, WaterWork).order_by().values("pk")
    rows = rows.filter(Q(pk__in=mine) | Q(pk__in=leaving))
    return rows.select_related("station", "dispatcher", "operator", "head", "technical", "patrol")


def water_work(ctx: Context, pk: Any) -> WaterWork:
    """Raises NotFound."""
    found: WaterWork | None = water_works(ctx).filter(pk=pk).first()
    if found is None:
        raise NotFound()
    return found


def evacuation_areas(ctx: Context) -> QuerySet[EvacuationArea]:
    """Areas in use that leave when a water work is in danger, with their shelter and who answers for them."""
    rows = _in_use(ctx, EvacuationArea).order_by("scope", "code")
    return rows.select_related("water_work", "shelter", "head")


def water_works_near(ctx: Context, point: Point, km: float) -> list[Near]:
    return nearest(ctx, point, km, models=(WaterWork,))


def stock_of(ctx: Context, item: str, *, path: str = "") -> QuerySet[StockLine]:
    """Lines of one supply item, those that expire first in front."""
    rows = _in_use(ctx, StockLine).filter(item=item).select_related("warehouse").order_by("expires", "code")
    return rows.filter(scope__startswith=path) if path else rows


def equipment_of(ctx: Context, item: str, *, path: str = "") -> QuerySet[Equipment]:
    """What teams carry of one supply item; teams out of use do not count."""
    rows = (
        _in_use(ctx, Equipment).filter(item=item, team__retired_at__isnull=True).select_related("team").order_by("code")
    )
    return rows.filter(scope__startswith=path) if path else rows


def within(
    ctx: Context,
    point: Point,
    km: float,
    *,
    models: Iterable[Any] = (Team, Warehouse, Station, Shelter, ProtectedSite, RiskSite),
) -> dict[str, list[Any]]:
    """Rows in use within `km` of a point (WGS84) by ledger key, nearest first; each carries ``away`` (a Distance)."""
    found: dict[str, list[Any]] = {}
    for model in models:
        rows = _around(ctx, model, point, km)
        near = list(rows.annotate(away=Distance("position", point)).order_by("away")[:200])
        if near:
            found[near[0].object_type] = near
    return found


@dataclass(frozen=True, slots=True)
class Near:
    """A thing of the base database near a point: its ledger, its id, its name, how far (m)."""

    ledger: str
    pk: UUID
    name: str
    metres: int

    @property
    def url(self) -> str:
        return reverse("ledger-row", args=[self.ledger, self.pk])


def nearest(
    ctx: Context, point: Point, km: float, *, models: Iterable[Any] = (Team, Warehouse, Station, Shelter, ProtectedSite, RiskSite),
) -> list[Near]:  # fmt: skip
    """What `within` finds, in one query and without the rows themselves; by kind in the given order, nearest first."""
    kinds = tuple(models)
    found = ask(
        ctx, _nearest(kinds), point=PostGISAdapter(point), box=PostGISAdapter(_box(point, km)), metres=1000 * km
    )
    ledgers = [model().object_type for model in kinds]
    rows = sorted(found, key=lambda row: (row[0], row[3]))
    return [Near(ledgers[kind], pk, name, round(away)) for kind, pk, name, away in rows]


@cache
def _nearest(kinds: tuple[Any, ...]) -> Callable[[Context], Any]:
    """What `_around` asks, for all kinds in one question and about a point that is given later."""
    point, box = Open("point", PointField()), Open("box", PolygonField())

    def rows(ctx: Context) -> Any:
        parts = [
            _in_use(ctx, model).order_by()
            .annotate(
                of_kind=Value(n), away=Func(F("position"), point, function="ST_DistanceSphere", output_field=FloatField()),
                boxed=Func(F("position"), box, template="(%(expressions)s)", arg_joiner=" && ", output_field=BooleanField()),
            )
            .filter(boxed=True, away__lte=Open("metres", FloatField()))
            .values_list("of_kind", "pk", "name", "away")
            for n, model in enumerate(kinds)
        ]  # fmt: skip
        return parts[0].union(*parts[1:], all=True) if parts[1:] else parts[0]

    return rows


def _around(ctx: Context, model: Any, point: Point, km: float) -> Any:
    """The index knows boxes only; the distance is taken from what it brings."""
    return _in_use(ctx, model).filter(position__bboverlaps=_box(point, km), position__distance_lte=(point, D(km=km)))


def _box(point: Point, km: float) -> Polygon:
    box = Polygon.from_bbox(box_around(point.x, point.y, 1000 * km))
    box.srid = point.srid or 4326
    return box


def _in_use(ctx: Context, model: Any) -> Any:
    return model.objects.visible_to(ctx).filter(retired_at__isnull=True)


def stock_by_item(ctx: Context, warehouses: QuerySet[Any]) -> list[tuple[str, Decimal | None, str]]:
    """What lies in these warehouses: name of the item, amount, unit; None where no line of it says how much. By the order of the
    items' names; lines that have expired are no stock any more."""
    lines = StockLine.objects.visible_to(ctx).filter(warehouse__in=warehouses.values("pk"), retired_at=None)
    lines = lines.exclude(expires__lt=localtime(ctx.now()).date())
    items = supply_items()
    found = lines.order_by().values_list("item", "unit").annotate(amount=Sum("quantity"))
    return sorted((items[item].name if item in items else item, amount, unit) for item, unit, amount in found)
