"""Stations judged from their stored readings: every criterion that applies, at every instant that is new."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
from django.contrib.gis.geos import Point
from django.db import transaction

from anlan.kernel.announcing import gathered
from anlan.kernel.context import Context
from anlan.kernel.exchanges import in_flight, sent
from anlan.sensing import store
from anlan.sensing.models import Datastream, Thing

from .. import services
from ..book.in_force import Book, resolve
from ..criteria import Criterion
from ..judging import Judged, judge_courses
from ..models import Signal
from ..numerics.windows import Course
from .board import Board, Touched

MICRO = 1_000_000
HOUR_S = 3600


#: Asked at every turn that may raise something: as rows.
_STREAMS = """SELECT t.code, t.name, t.scope, t.shared_with, ST_X(t.position), ST_Y(t.position), d.id, d.property, d.interval_s
FROM sensing_thing t JOIN sensing_datastream d ON d.thing_id = t.code WHERE t.code = ANY(%s) ORDER BY d.id"""


def judge_stations(
    ctx: Context,
    touched: Sequence[Touched],
    book: Book,
    board: Board,
    *,
    upto: int | None = None,
    at_once: bool = False,
) -> list[Signal]:
    """Judge stations at the times of their new readings; returns the signals that changed.

    A late reading is judged by where the station stands now: nothing is raised for a past that newer readings have left. While a
    station is worked on nothing is raised, lowered or cleared. What is newer than the board knows waits for its own turn.

    `upto`: the last entry of the turn. `at_once`: a process of its own judges, whose transaction ends right after this.
    """
    codes = [t.station for t in touched]
    found: list[tuple[Thing, Judged, Sequence[float], Signal | None]] = []
    with transaction.atomic(savepoint=False), in_flight(), gathered(at_once=at_once):
        asked, standing = sent(_STREAMS, [codes], _stream_of), services.signals_of(ctx, codes)
        streams: dict[str, list[Datastream]] = defaultdict(list)
        for stream in asked():
            streams[stream.thing_id].append(stream)
        things = {code: own[0].thing for code, own in streams.items()}
        applied = {code: resolve(book, thing) for code, thing in things.items()}
        signals = standing()
        courses = _courses(ctx, touched, streams, applied, board, upto)
        for one in touched:
            own = courses.get(one.station)
            if not own or one.station not in things:
                continue
            steps = [s for s in steps_of(own, one.times) if not book.maintained(one.station, s)]
            if not steps:
                continue
            for judged in judge_courses(own, applied[one.station], own=book.own(one.station)):
                found.append((things[one.station], judged, steps, signals.get((one.station, judged.criterion.id))))
        return services.follow_stations(ctx, found)


def steps_of(courses: Mapping[str, Course], times: Sequence[int]) -> list[float]:
    """Instants (s) to judge: those that arrived and are newer than all else, in their order; for late ones, the newest."""
    stamps = np.unique(np.concatenate([course.times for course in courses.values()]))
    if not stamps.size:
        return []
    new = np.isin(stamps, np.array(times, dtype=np.float64))
    older = stamps[~new].max(initial=0.0)
    found: list[float] = stamps[new & (stamps > older)].tolist()
    return found or [float(stamps[-1])]


def _courses(
    ctx: Context,
    touched: Sequence[Touched],
    streams: Mapping[str, Sequence[Datastream]],
    applied: Mapping[str, Sequence[Criterion]],
    board: Board,
    upto: int | None,
) -> dict[str, dict[str, Course]]:
    """By station and property, the readings that its criteria look back on, without those known to be missing."""
    begins: dict[int, list[Datastream]] = defaultdict(list)
    for one in touched:
        own = streams.get(one.station, ())
        back = _reach_s(applied.get(one.station, ()), own)
        for stream in own:
            # To whole hours, so that stations of one turn are read together.
            begins[(one.times[0] - back) // HOUR_S * HOUR_S].append(stream)
    found: dict[str, dict[str, Course]] = defaultdict(dict)
    for since, own in begins.items():
        rows = store.read(ctx.world, [s.pk for s in own], since * MICRO, None, upto=upto)
        for stream in own:
            columns, newest = rows.get(stream.pk), board.newest(stream.pk)
            if columns is None or newest is None:
                continue
            known = ~np.isnan(columns.value) & (columns.time_us < (newest + 1) * MICRO)
            if known.any():
                times = (columns.time_us[known] // MICRO).astype(np.float64)
                found[stream.thing_id][stream.property] = Course(times, columns.value[known], float(stream.interval_s))
    return found


def _stream_of(row: tuple[Any, ...]) -> Datastream:
    code, name, scope, shared_with, lon, lat, pk, measured, interval_s = row
    position = None if lon is None else Point(lon, lat, srid=4326)
    thing = Thing(code=code, name=name, scope=scope, shared_with=shared_with, position=position)
    return Datastream(id=pk, thing=thing, property=measured, interval_s=interval_s)


def _reach_s(criteria: Sequence[Criterion], streams: Sequence[Datastream]) -> int:
    """Seconds that the windows of these criteria reach back, with the steps after which a level is left."""
    present = {s.property for s in streams}
    hours = [h for c in criteria for name, windows in c.windows.items() if name in present for h in windows]
    steps = max([c.clear_after for c in criteria], default=3)
    slowest = max([min(s.interval_s, 86400) for s in streams], default=HOUR_S)
    return int(timedelta(hours=max([24, *hours])).total_seconds()) + (steps + 1) * slowest
