"""Which criteria are in force at a moment, and which of them apply to a station."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import shapely
from django.db.models import Count, Max, Q

from anlan.kernel.clock import read as read_clock
from anlan.kernel.clock import real_now
from anlan.kernel.geodesy import haversine_m
from anlan.kernel.worlds import REAL

from ..criteria import Criterion, Place, shipped_criteria
from ..models import CriteriaVersion, Maintenance, StationLevel
from .bodies import BadBody, read_body, shipped_bodies
from .centres import Centres, centres_of

log = logging.getLogger("anlan.analysis.book")

#: Maintenance that ended longer ago than any window matters to no judgement.
KEPT = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Layer:
    """What one region changed: by criterion id its own one, or None where it is switched off; and by station."""

    scope: str
    version: str
    criteria: Mapping[str, Criterion | None]
    stations: Mapping[str, Mapping[str, Criterion]]


@dataclass(slots=True)
class Book:
    """The criteria in force at a moment. Stations to which the same ones apply get the very same tuple.

    `maintenance`: by station, (since, until) in seconds. `own`: by station, its own levels. `centres`: where what criteria
    follow stands; whoever keeps a book lets them take what is reported. `key` changes whenever the answer may.
    """

    key: str
    layers: tuple[Layer, ...]
    own_levels: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    maintenance: Mapping[str, Sequence[tuple[float, float]]] = field(default_factory=dict)
    centres: Centres = field(default_factory=Centres)
    #: Versions that cannot be read (path of the region, what is wrong): what they say does not count.
    unread: tuple[tuple[str, BadBody], ...] = ()
    _resolved: dict[Any, tuple[Criterion, ...]] = field(default_factory=dict)

    def resolve(
        self, code: str, scope: str, lonlat: tuple[float, float] | None = None, *, anywhere: bool = False
    ) -> tuple[Criterion, ...]:
        """The criteria of a station at a path and position; what is bound to a place needs a position.

        `anywhere`: with those that a moving centre may yet bring, wherever it stands now.
        """
        applied = tuple(i for i, layer in enumerate(self.layers) if scope.startswith(layer.scope))
        special = code if any(code in self.layers[i].stations for i in applied) else ""
        key: tuple[Any, ...] = (applied, special)
        if key not in self._resolved:
            self._resolved[key] = self._laid(applied, code)
        every = self._resolved[key]
        if not any(c.place for c in every):
            return every
        inside = tuple(c.place is None or self._inside(c.place, lonlat, anywhere) for c in every)
        key = (*key, inside)
        if key not in self._resolved:
            self._resolved[key] = tuple(c for c, there in zip(every, inside, strict=True) if there)
        return self._resolved[key]

    def _laid(self, applied: Sequence[int], code: str) -> tuple[Criterion, ...]:
        """The shipped criteria under what each region from the widest to the nearest, then the station, has of its own."""
        if not applied:
            return shipped_criteria()
        found: dict[str, Criterion | None] = {c.id: c for c in shipped_criteria()}
        for i in applied:
            found.update(self.layers[i].criteria)
        for i in applied:
            found.update(self.layers[i].stations.get(code, {}))
        return tuple(c for c in found.values() if c is not None)

    def _inside(self, place: Place, lonlat: tuple[float, float] | None, anywhere: bool) -> bool:
        if lonlat is None:
            return False
        if place.polygon is not None:
            return bool(shapely.covers(shapely.geometry.shape(place.polygon), shapely.Point(lonlat)))
        if anywhere:
            return True
        centre = self.centres.positions.get(place.centre)
        return centre is not None and float(haversine_m(*centre, *lonlat)) <= place.radius_km * 1000

    def own(self, code: str) -> Mapping[str, float]:
        """The station's own levels by name."""
        return self.own_levels.get(code, {})

    def maintained(self, code: str, stamp: float) -> bool:
        """Whether the station is worked on at that instant (s)."""
        return any(since <= stamp < until for since, until in self.maintenance.get(code, ()))


def criteria_in_force(world: uuid.UUID, at: datetime | None = None) -> Book:
    """The book at the moment `at` (default: now). Versions are those of reality in every world: an exercise that plays in the
    past is judged by what the district has in force today."""
    moment = at or book_moment(world)
    rows = versions_at(moment)
    layers, unread = layers_of(rows)
    own: dict[str, dict[str, float]] = {}
    for code, name, value in StationLevel.everything.values_list("station_id", "name", "value"):
        own.setdefault(code, {})[name] = value
    windows: dict[str, list[tuple[float, float]]] = {}
    kept = Maintenance.everything.filter(until__gt=moment - KEPT).order_by("since")
    for code, since, until in kept.values_list("station_id", "since", "until"):
        windows.setdefault(code, []).append((since.timestamp(), until.timestamp()))
    moving = centres_of(followed(layers), world)
    key = "|".join(
        [*(f"{row.pk}" for row in rows), book_key(moment), *(f"{c}:{p}" for c, p in sorted(moving.positions.items()))]
    )
    return Book(key, layers, own, windows, moving, unread)


def criteria_of_region(at: datetime, path: str) -> tuple[Criterion, ...]:
    """The criteria of a region itself at a moment, without those that are bound to a place inside it."""
    return Book("", layers_of(versions_at(at))[0]).resolve("", path)


def maintained_at(at: datetime) -> Any:
    """Codes of the stations that are worked on at a moment, as a query for a statement that asks about stations."""
    return Maintenance.everything.filter(since__lte=at, until__gt=at).order_by().values("station_id")


def resolve(book: Book, thing: Any, *, anywhere: bool = False) -> tuple[Criterion, ...]:
    """The criteria of `book` that apply to a thing of sensing; `anywhere`: with those that a moving centre may yet bring."""
    position = (thing.position.x, thing.position.y) if thing.position else None
    return book.resolve(thing.pk, thing.scope, position, anywhere=anywhere)


def book_key(at: datetime) -> str:
    """Changes when a version came into force or ended by `at`, or a station's own levels or maintenance were changed."""
    ended = Max("effective_until", filter=Q(effective_until__lte=at))
    versions = CriteriaVersion.everything.filter(effective_from__lte=at).aggregate(Max("effective_from"), ended=ended)
    levels = StationLevel.everything.aggregate(Max("set_at"), Count("pk"))
    windows = Maintenance.everything.aggregate(Max("set_at"), Max("until"), Count("pk"))
    return ";".join(str(v) for part in (versions, levels, windows) for v in part.values())


def versions_at(at: datetime) -> list[CriteriaVersion]:
    """The version of each region that was in force at a moment, wider regions first."""
    rows = (
        CriteriaVersion.everything.filter(effective_from__isnull=False, effective_from__lte=at)
        .filter(Q(effective_until__isnull=True) | Q(effective_until__gt=at))
        .order_by("region_id", "-effective_from", "-number").distinct("region_id")
    )  # fmt: skip
    return sorted(rows, key=lambda row: (len(row.scope), row.scope))


def book_moment(world: uuid.UUID) -> datetime:
    """The moment whose versions count in a world: today's, whatever its own clock says."""
    return real_now() if world != REAL else read_clock(world).now()


def layers_of(rows: Sequence[CriteriaVersion]) -> tuple[tuple[Layer, ...], tuple[tuple[str, BadBody], ...]]:
    """Versions read into criteria, and those that cannot be read. One that a later release of the platform no longer understands
    must not stop the judging of any region: there the wider region's criteria hold, and in the end those that ship."""
    layers, unread = [], []
    for row in rows:
        try:
            layers.append(layer_from(row.content, row.scope, str(row.pk)))
        except BadBody as bad:
            log.error("version %s of the criteria of %s cannot be read: %s", row.number, row.scope, bad)
            unread.append((row.scope, bad))
    return tuple(layers), tuple(unread)


def layer_from(content: Mapping[str, Any], scope: str, version: str = "") -> Layer:
    criteria: dict[str, Criterion | None] = {
        name: read_body(body, version) for name, body in content.get("criteria", {}).items()
    }
    criteria.update(dict.fromkeys(content.get("off", ())))
    stations = {
        code: {name: read_body(body, version) for name, body in own.items()}
        for code, own in content.get("stations", {}).items()
    }
    return Layer(scope, version, criteria, stations)


def followed(layers: Sequence[Layer]) -> set[str]:
    """Codes of the things that criteria are bound to."""
    return {
        c.place.centre
        for layer in layers
        for c in [*layer.criteria.values(), *(one for own in layer.stations.values() for one in own.values())]
        if c is not None and c.place is not None and c.place.centre
    }


def bodies_in_force(at: datetime, path: str) -> list[tuple[dict[str, Any], CriteriaVersion | None]]:
    """Every criterion that holds on a path at a moment, as a body with the version that it comes from (None: it ships)."""
    found: dict[str, tuple[dict[str, Any], CriteriaVersion | None]] = {
        name: (body, None) for name, body in shipped_bodies().items()
    }
    for row in versions_at(at):
        if path.startswith(row.scope):
            found |= {name: (body, row) for name, body in row.content.get("criteria", {}).items()}
            for name in row.content.get("off", ()):
                found.pop(name, None)
    return list(found.values())
