"""A draft of the book tried on past readings: what would have fired, what would have been missed, against what is in force."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.utils.timezone import is_naive

from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput
from anlan.kernel.wording import words as _
from anlan.sensing import queries as sensing
from anlan.sensing.models import Datastream, Thing

from ..courses import usual_interval
from ..criteria import Criterion
from ..models import CriteriaVersion, Signal
from ..numerics.windows import Course, Floats
from ..truth import truths
from ..trying import Bools, try_courses
from .bodies import COLOURS, COLOURS_ZH, shipped_bodies
from .centres import NOWHERE, Track, tracks_of
from .in_force import Book, Layer, criteria_in_force, followed, layer_from

#: Told after each group of stations: (stations done, stations in all). What it raises ends the trial.
Watch = Callable[[int, int], None]
LONGEST = timedelta(days=400)
LOOK_BACK = timedelta(days=31)
"""No window reaches further back."""
AT_ONCE = 50
"""Stations whose series are read at once."""
MOST_LISTED = 2000
BEFORE, AFTER = timedelta(hours=12), timedelta(hours=6)
"""A warning was met by what was said at most so long before or after it was issued."""


def unwatched(_done: int, _total: int) -> None:
    """Nobody looks on."""


def check_span(since: datetime, until: datetime) -> None:
    """Raises BadInput for a span that cannot be tried."""
    if is_naive(since) or is_naive(until):
        raise BadInput(_("时间没有时区"), field="since", mend=_("请带上时区偏移，例如 +08:00"))
    if since >= until:
        raise BadInput(_("结束时间不晚于开始时间"), field="until", mend=_("请核对起止时间"))
    if until - since > LONGEST:
        raise BadInput(_("一次最多试算 %(n)d 天") % {"n": LONGEST.days}, field="since", mend=_("请分段试算"))


def try_content(
    ctx: Context, version: CriteriaVersion, since: datetime, until: datetime, watch: Watch = unwatched
) -> dict[str, Any]:
    """What the draft would have said between two instants, at the stations of its region that the actor sees.

    ``{"since", "until", "stations", "readings", "rows": [{"station", "name", "criterion", "zh", "level", "time", "value",
    "change"}], "counts", "warnings": [...], "signals": {...}, "cut"}``; `change` is ``new`` (the draft only), ``gone`` (in
    force only) or ``same``. Raises BadInput for a span that cannot be tried.
    """
    check_span(since, until)
    in_force = criteria_in_force(ctx.world, ctx.now())
    drafted = with_draft(in_force, version)
    tracks = tracks_of(followed((*in_force.layers, *drafted.layers)), ctx.world, since - LOOK_BACK, until)
    streams = [s for s in sensing.datastreams(ctx) if s.thing.scope.startswith(version.scope)]
    by_station: dict[str, list[Datastream]] = {}
    for stream in streams:
        by_station.setdefault(stream.thing_id, []).append(stream)
    rows: list[dict[str, Any]] = []
    readings = tried = 0
    codes = sorted(by_station)
    for first in range(0, len(codes), AT_ONCE):
        watch(first, len(codes))
        chosen = codes[first : first + AT_ONCE]
        series = sensing.series(ctx, [s for c in chosen for s in by_station[c]], since=since - LOOK_BACK, until=until)
        for code in chosen:
            courses = courses_from(by_station[code], series)
            if not courses:
                continue
            tried += 1
            readings += sum(int((c.times > since.timestamp()).sum()) for c in courses.values())
            rows += _compared(by_station[code][0].thing, courses, in_force, drafted, since.timestamp(), tracks)
    watch(len(codes), len(codes))
    rows.sort(key=lambda r: (r["time"], r["station"], r["criterion"]))
    return {
        "since": since.isoformat(), "until": until.isoformat(), "stations": tried, "readings": readings,
        "counts": {change: sum(r["change"] == change for r in rows) for change in ("same", "new", "gone")},
        "rows": rows[:MOST_LISTED], "cut": max(0, len(rows) - MOST_LISTED),
        "warnings": _against_warnings(ctx, version, rows, since, until), "signals": _judged_by_people(ctx, version, rows, since, until),
    }  # fmt: skip


def with_draft(book: Book, version: CriteriaVersion) -> Book:
    """The book as it would be with the draft in the place of what its region has now."""
    layers = [layer for layer in book.layers if layer.scope != version.scope]
    layers.append(layer_from(version.content, version.scope, str(version.pk)))
    ordered: tuple[Layer, ...] = tuple(sorted(layers, key=lambda layer: (len(layer.scope), layer.scope)))
    return Book(f"draft {version.pk}", ordered, book.own_levels, book.maintenance, book.centres)


def courses_from(streams: Sequence[Datastream], series: Mapping[int, sensing.Series]) -> dict[str, Course]:
    """The stored series of one station as courses."""
    found = {}
    for stream in streams:
        pairs = [(at.timestamp(), np.nan if value is None else value) for at, value in series.get(stream.pk, ())]
        if pairs:
            times, values = (np.array(column, dtype=np.float64) for column in zip(*pairs, strict=True))
            scheduled = stream.interval_s if stream.interval_s <= sensing.UNSCHEDULED_S else 0
            found[stream.property] = Course(times, values, scheduled or usual_interval(stream.property, times))
    return found


def _compared(
    thing: Thing,
    courses: Mapping[str, Course],
    in_force: Book,
    drafted: Book,
    since: float,
    tracks: Mapping[str, Track],
) -> list[dict[str, Any]]:
    said: list[dict[tuple[str, str, str], dict[str, Any]]] = []
    position = (thing.position.x, thing.position.y) if thing.position else None

    def applies(criterion: Criterion, stamps: Floats) -> Bools:
        if criterion.place is None or not criterion.place.centre:
            return np.ones(stamps.shape, dtype=bool)
        track = tracks.get(criterion.place.centre, NOWHERE)
        return track.within(criterion.place.radius_km, position, stamps)

    for book in (in_force, drafted):
        criteria: Sequence[Criterion] = book.resolve(thing.pk, thing.scope, position, anywhere=True)
        found = try_courses(thing.pk, courses, criteria, own=book.own(thing.pk), applies=applies)
        said.append({
            (s["criterion"], s["level"], s["time"]): s
            for stamp, s in found
            if stamp > since and not book.maintained(thing.pk, stamp)
        })  # fmt: skip
    now, then = said
    zh = {
        c.id: c.zh for book in (in_force, drafted) for c in book.resolve(thing.pk, thing.scope, position, anywhere=True)
    }
    return [
        {
            "station": thing.pk, "name": thing.name, "criterion": key[0], "zh": zh.get(key[0], key[0]), "level": key[1],
            "time": key[2], "value": (then.get(key) or now[key])["value"], "unit": (then.get(key) or now[key])["unit"] or "",
            "change": "same" if key in now and key in then else "new" if key in then else "gone",
        }
        for key in {**now, **then}
    ]  # fmt: skip


def _against_warnings(
    ctx: Context, version: CriteriaVersion, rows: Sequence[Mapping[str, Any]], since: datetime, until: datetime
) -> list[dict[str, Any]]:
    """Each warning really issued for the region, and when the draft and what is in force said as much or more; "" for missed."""
    found = []
    for one in truths(ctx, since, until):
        if one.level not in COLOURS or not (one.path.startswith(version.scope) or version.scope.startswith(one.path)):
            continue
        as_much = COLOURS[COLOURS.index(one.level) :]
        near = [
            r for r in rows
            if r["criterion"] == one.hazard and r["level"] in as_much
            and one.at - BEFORE <= datetime.fromisoformat(r["time"]) <= one.at + AFTER
        ]  # fmt: skip
        zh = shipped_bodies().get(one.hazard, {"zh": one.hazard})["zh"]
        found.append({
            "title": f"{zh}{COLOURS_ZH[one.level]}", "level": one.level, "since": one.at.isoformat(), "url": one.url,
            "draft": _first(near, ("same", "new")), "in_force": _first(near, ("same", "gone")),
        })  # fmt: skip
    return found[:MOST_LISTED]


def _first(rows: Sequence[Mapping[str, Any]], changes: Sequence[str]) -> str:
    return min((str(r["time"]) for r in rows if r["change"] in changes), default="")


def _judged_by_people(
    ctx: Context, version: CriteriaVersion, rows: Sequence[Mapping[str, Any]], since: datetime, until: datetime
) -> dict[str, int]:
    """Of the signals of that time that people judged false, how many the draft would not have raised."""
    signals = Signal.objects.visible_to(ctx).filter(
        scope__startswith=version.scope, state="judged_false", since__gt=since, since__lte=until, station__isnull=False
    )
    raised = {(r["station"], r["criterion"], datetime.fromisoformat(r["time"])) for r in rows if r["change"] != "gone"}
    false = [(s.station_id, s.criterion, s.since) for s in signals]
    return {"judged_false": len(false), "spared": sum(key not in raised for key in false)}
