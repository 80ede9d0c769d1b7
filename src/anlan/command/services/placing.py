"""Where an incident is, put right by a person: by coordinates, by a point on the map, by another name of the place."""

from __future__ import annotations

from typing import Any

from django.contrib.gis.geos import Point
from django.db import transaction

from anlan.command.models import Incident
from anlan.command.queries.gazetteer import place_named
from anlan.events.command import IncidentUpdated
from anlan.kernel import auditing
from anlan.kernel.announcing import announce
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, Conflict
from anlan.kernel.geodesy import haversine_m
from anlan.kernel.texts import whole, whole_line
from anlan.kernel.wording import words as _

from . import reports
from .incidents import KEY, _locked, _still_open
from .papers import district_path

#: A point that a person shows on the map or reads from a device is so exact (platform default).
BY_HAND_M = 30
#: Farther from where the region has its seat than this is a slip of the pen.
FAR_M = 100_000
#: The country, in degrees: west, south, east, north.
COUNTRY = (73.0, 3.0, 136.0, 54.0)


def correct_place(
    ctx: Context, incident: Incident, *, place: str = "", lon: str = "", lat: str = "", source: str = ""
) -> Incident:
    """Put the place right: `place` in words, `lon` and `lat` in degrees (WGS84) as texts; what is empty stays.

    A new name without coordinates takes those of a place that the platform knows by it. The story keeps what was before and `source`
    (who said so, how it was made sure of). Whose incident it is does not change. Raises BadInput naming the field, Conflict (over, or
    the place lies in another street than the incident's), NotAllowed.
    """
    place, source = whole_line(place, 200, "place"), whole(source, 120, "source")
    with transaction.atomic():
        fresh = _locked(ctx, incident)
        ctx.require("command.incident.open", fresh.scope)
        _still_open(fresh, _("改位置"))
        renamed = bool(place) and place != fresh.place
        point, accuracy_m = _given(lon, lat), BY_HAND_M
        if point is not None:
            _near_enough(fresh, point)
            if fresh.position is not None and _apart(fresh.position, point) < 1:
                point = None
        if renamed:
            known = place_named(ctx, district_path(fresh.scope), place)
            _in_scope(fresh, known.region)
            if point is None and known.position is not None:
                point, accuracy_m = known.position, known.accuracy_m or BY_HAND_M
        if not renamed and point is None:
            raise BadInput(_("位置没有改动"), field="place", mend=_("请改地点名称、填坐标，或在图上点一下"))
        if not source:
            raise BadInput(_("没有写依据"), field="source", mend=_("谁说的、怎样核实的，例如：网格员到场确认"))
        _put(ctx, fresh, place if renamed else fresh.place, point, accuracy_m, source)
        reports.refresh_drafts(ctx, fresh)
        announce(
            ctx,
            IncidentUpdated(incident=str(fresh.pk), region=fresh.region.short_code, grade=fresh.grade, facts=fresh.facts),
            scope=fresh.scope, shared_with=fresh.shared_with,
        )  # fmt: skip
    incident.refresh_from_db()
    return fresh


def _put(ctx: Context, incident: Incident, place: str, point: Point | None, accuracy_m: int, source: str) -> None:
    was = {"place": incident.place, "at": _pair(incident.position), "accuracy_m": incident.accuracy_m}
    away = _apart(incident.position, point) if point is not None and incident.position is not None else None
    if place != incident.place:
        if incident.place and incident.place in incident.title:
            incident.title = incident.title.replace(incident.place, place, 1)[:200]
        incident.place = place
    if point is not None:
        incident.position, incident.accuracy_m = point, accuracy_m
    incident.save(update_fields=["place", "title", "position", "accuracy_m"])
    now = {"place": incident.place, "at": _pair(incident.position), "accuracy_m": incident.accuracy_m}
    auditing.record(
        ctx, action=f"{KEY}.place", label=_("更正位置"), object_type=KEY, object_id=incident.pk, scope=incident.scope,
        data={"before": was, "after": now, "away_m": None if away is None else round(away), "source": source},
    )  # fmt: skip


def _given(lon: str, lat: str) -> Point | None:
    """The coordinates as typed. Raises BadInput for one without the other, for words, and for what is not in the country."""
    lon, lat = lon.strip(), lat.strip()
    if not lon and not lat:
        return None
    try:
        x, y = float(lon), float(lat)
    except ValueError:
        raise BadInput(
            _("坐标要经度、纬度两个数"), field="lat" if lon and not lat else "lon", mend=_("例如经度 116.19、纬度 39.91；不知道就都留空")
        ) from None  # fmt: skip
    west, south, east, north = COUNTRY
    if west <= y <= east and south <= x <= north:
        raise BadInput(_("经度和纬度填反了"), field="lon", mend=_("经度是较大的那个数，例如 116.19"))
    if not (west <= x <= east and south <= y <= north):
        raise BadInput(_("坐标不在国内"), field="lon", mend=_("请填十进制度，例如经度 116.19、纬度 39.91"))
    return Point(x, y, srid=4326)


def _near_enough(incident: Incident, point: Point) -> None:
    seat = incident.region.position or incident.position
    if seat is not None and _apart(seat, point) > FAR_M:
        raise BadInput(
            _("这一点离%(region)s %(km)d 公里") % {"region": incident.region.name, "km": _apart(seat, point) / 1000},
            field="lon", mend=_("请核对坐标；确在外地的，请电话转告当地值班室"),
        )  # fmt: skip


def _in_scope(incident: Incident, region: Any) -> None:
    """The street of an incident is who answers for it: that is not changed in passing."""
    if region is None or region.path.startswith(incident.scope) or incident.scope.startswith(region.path):
        return
    raise Conflict(
        _("“%(place)s”不在本事件的辖区（%(own)s）") % {"place": region.name, "own": incident.region.name},
        mend=_("请按正确的地点另立事件，再把本事件并入它：应报送的单位随辖区而变"),
    )


def _apart(one: Point, other: Point) -> float:
    return float(haversine_m(one.x, one.y, other.x, other.y))


def _pair(point: Point | None) -> list[float] | None:
    return [round(point.x, 6), round(point.y, 6)] if point is not None else None
