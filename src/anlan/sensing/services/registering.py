"""Stations and what they measure are registered and retired."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.gis.geos import Point
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from anlan.kernel import auditing
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput
from anlan.places.queries import region as region_of

from ..locating import keep_location
from ..models import Datastream, Thing
from ..properties import Property
from ..properties import properties as known_properties
from ..roll import forget_roll
from .reality import demand_reality

CHANGE = "sensing.station.change"
COUNTY_DIGITS = 6


@transaction.atomic
def register_station(
    ctx: Context, *, code: str, name: str, region: str, properties: Sequence[str], lon: float | None = None,
    lat: float | None = None, accuracy_m: int | None = None, interval_s: int = 3600, county: str = "", kind: str = "rain",
    sample: bool = False, registered_as: str = "", period_s: int | None = None,
) -> Thing:  # fmt: skip
    """Enter a station with what it measures, or bring an entered one up to date. `region` is a division code. `registered_as`
    names the row of the base database that it follows (see `following`). `interval_s`: seconds between readings; `period_s`: how
    long an amount adds up (see `period_of`).

    Raises BadInput for a property that nobody knows or a period that cannot be, NotFound for an unknown region.
    """
    demand_reality(ctx)
    place = region_of(region)
    ctx.require(CHANGE, place.path)
    unknown = [p for p in properties if p not in known_properties()]
    if unknown:
        raise BadInput(_("没有“%(name)s”这种观测量") % {"name": "、".join(unknown)}, field="properties")
    fields = {
        "name": name, "kind": kind, "county": county, "accuracy_m": accuracy_m, "sample": sample, "scope": place.path,
        "shared_with": [_audience(place.path)], "retired": False,
        "position": Point(lon, lat, srid=4326) if lon is not None and lat is not None else None,
        **({"registered_as": registered_as} if registered_as else {}),
    }  # fmt: skip
    before = Thing.objects.unscoped("one station by its code").filter(pk=code).first()
    thing, created = Thing.everything.update_or_create(code=code, defaults=fields)
    keep_location(thing)
    for given in properties:
        known = known_properties()[given]
        Datastream.objects.update_or_create(
            thing=thing, property=known.id,
            defaults={
                "unit": known.unit, "least": known.least, "most": known.most, "interval_s": interval_s,
                "period_s": period_of(known, interval_s, period_s),
            },
        )  # fmt: skip
    forget_roll()
    changed = created or any(getattr(before, k) != v for k, v in fields.items())
    if changed:
        auditing.record(
            ctx, action="sensing.station.register", label=gettext_lazy("登记测站"), object_type="sensing.thing", object_id=code,
            scope=place.path, data={"name": name, "properties": list(properties)},
        )  # fmt: skip
    return thing


def period_of(known: Property, interval_s: int, period_s: int | None = None) -> int:
    """Seconds over which an amount adds up; 0 for a state. Not said: from one reading to the next, at most the property's own.

    Raises BadInput for a period that does not divide the property's own (criteria reckon with whole ones), or that is longer than the
    interval: amounts that overlap would be counted twice.
    """
    if not known.period_s:
        return 0
    if period_s is None:
        return interval_s if 0 < interval_s < known.period_s and known.period_s % interval_s == 0 else known.period_s
    if not 0 < period_s <= known.period_s or known.period_s % period_s:
        raise BadInput(
            _("%(name)s的时段应整除 %(most)d 秒，收到的是 %(given)d 秒")
            % {"name": known.zh, "most": known.period_s, "given": period_s},
            mend=_("例如 300（5 分钟）或 3600（1 小时）"),
            field="period_s",
        )
    if period_s > interval_s:
        raise BadInput(
            _("时段 %(period)d 秒比上报间隔 %(interval)d 秒长，前后的量会重复计入")
            % {"period": period_s, "interval": interval_s},
            mend=_("请把时段写成不超过上报间隔"),
            field="period_s",
        )
    return period_s


def _audience(path: str) -> str:
    """Weather is everybody's: a station is seen in its whole county, one above the counties in its whole region."""
    codes = path.strip("/").split("/")
    return f"in:{next((c for c in codes if len(c) == COUNTY_DIGITS), codes[-1])}"
