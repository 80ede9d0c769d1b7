"""Signals verified with neighbouring stations: what the nearest ones show over the same window."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import cos, hypot, radians
from typing import Any

import numpy as np
from django.contrib.gis.geos import Polygon
from django.db import transaction

from anlan.events.analysis import SignalVerified
from anlan.kernel.announcing import announce
from anlan.kernel.context import Context
from anlan.sensing import queries as sensing
from anlan.sensing.models import Datastream, Thing

from ..data.criteria_files import shipped_properties
from ..data.neighbour_rules import NeighbourRule, neighbour_rules
from ..models import Signal
from ..neighbours import neighbour_verdict
from ..numerics.windows import Course, column
from .signals import short_code

KM_PER_DEG = 111.2
#: Signals that the neighbours could not settle are asked about again while their readings come in, so many at a time.
ASKED_AGAIN = 100
#: A neighbour counts as known when it has at least this share of the readings that the station itself has in the window.
ENOUGH = 0.5


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a station: a figure of a property over a window (s; 0 for its value) up to a time."""

    property: str
    fn: str
    window_s: float
    until: datetime


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A station near by: how far (km, None without a position) and its figure (None: nothing known)."""

    station: Thing
    km: float | None
    value: float | None


def verify_with_neighbours(ctx: Context, *, signal: Signal) -> Signal:
    """Ask the neighbouring stations about a signal of one station and keep what they said; a person's word stands above it."""
    if signal.station is None or not signal.is_open or signal.verified == Signal.Verified.CONFIRMED:
        return signal
    rules, proof = neighbour_rules(), signal.proof
    name = str(proof.get("property") or "")
    rule = rules.of(name)
    if not name or not proof.get("until"):
        return signal
    asked = _asked(rule, name, proof)
    itself = _own(ctx, signal.station, name, proof)
    if itself is None:
        return signal
    own, share = itself
    found = _neighbours(ctx, signal.station, asked, ENOUGH * share) if rule is not None and rule.how != "none" else []
    unit = shipped_properties()[asked.property].unit
    verdict, said = neighbour_verdict(own, [n.value for n in found], rule, rules, unit)
    verification = {
        "text": said, "unit": unit, "property": asked.property, "window_s": asked.window_s, "until": proof["until"],
        "own": own, "source": rules.provenance.source, "suggested": rules.provenance.suggested,
        "neighbours": [
            {"station": n.station.pk, "name": n.station.name, "km": n.km, "value": n.value} for n in found
        ],
    }  # fmt: skip
    return _keep(ctx, signal, verdict, verification)


def verify_again(ctx: Context, *, stations: Iterable[str]) -> list[Signal]:
    """Ask again about open signals that are undecided or doubtful and whose neighbours have just reported."""
    arrived = set(stations)
    rows = (
        Signal.objects.in_world(ctx)
        .open()
        .filter(verified__in=[Signal.Verified.UNDECIDED, Signal.Verified.DOUBTFUL], station__isnull=False)
    )
    waiting = [
        s
        for s in rows.select_related("station").order_by("-at")[:ASKED_AGAIN]
        if arrived & {n["station"] for n in s.verification.get("neighbours", ())}
    ]
    return [verify_with_neighbours(ctx, signal=s) for s in waiting]


def _asked(rule: NeighbourRule | None, name: str, proof: dict[str, Any]) -> Asked:
    until = datetime.fromisoformat(proof["until"])
    if rule is not None and rule.cause:
        return Asked(rule.cause, "sum", rule.cause_window_h * 3600, until)
    return _itself(name, proof, until)


def _itself(name: str, proof: dict[str, Any], until: datetime) -> Asked:
    window_s, fn = float(proof.get("window_s") or 0), str(proof.get("fn") or "")
    return Asked(name, fn or ("sum" if window_s and shipped_properties()[name].adds_up else ""), window_s, until)


def _own(ctx: Context, station: Thing, name: str, proof: dict[str, Any]) -> tuple[float, float] | None:
    """The station's own figure and the share (percent) of its window that was obtained."""
    streams = list(Datastream.objects.filter(thing=station, property=name))
    figures = _figures(ctx, streams, _itself(name, proof, datetime.fromisoformat(proof["until"])))
    return next(iter(figures.values()), None)


def _neighbours(ctx: Context, station: Thing, asked: Asked, enough_pct: float) -> list[Neighbour]:
    rules = neighbour_rules()
    by_distance = sorted(_near(ctx, station, asked.property), key=lambda p: (p[1] is None, p[1] or 0.0, p[0].thing_id))
    nearest = [(s, km) for s, km in by_distance if km is None or km <= rules.reach_km][: rules.most]
    figures = _figures(ctx, [s for s, _km in nearest], asked)
    known = {pk: value for pk, (value, share) in figures.items() if share >= enough_pct}
    return [Neighbour(s.thing, km, known.get(s.pk)) for s, km in nearest]


def _near(ctx: Context, station: Thing, name: str) -> list[tuple[Datastream, float | None]]:
    """Datastreams of the property at other stations: those within reach, or of the same region where none has a position."""
    things = Thing.objects.visible_to(ctx).filter(retired=False, datastreams__property=name).exclude(pk=station.pk)
    at = station.position
    if at is None:
        things = things.filter(scope=station.scope)
    else:
        reach = neighbour_rules().reach_km / KM_PER_DEG
        wide = reach / max(0.1, cos(radians(at.y)))
        things = things.filter(
            position__bboverlaps=Polygon.from_bbox((at.x - wide, at.y - reach, at.x + wide, at.y + reach))
        )
    known = {t.pk: t for t in things[:500]}
    found = []
    for stream in Datastream.objects.filter(thing__in=known, property=name):
        stream.thing = known[stream.thing_id]
        found.append((stream, _km(at, stream.thing.position)))
    return found


def _km(a: Any, b: Any) -> float | None:
    if a is None or b is None:
        return None
    return round(hypot((a.x - b.x) * cos(radians((a.y + b.y) / 2)), a.y - b.y) * KM_PER_DEG, 1)


def _figures(ctx: Context, streams: Sequence[Datastream], asked: Asked) -> dict[int, tuple[float, float]]:
    """By datastream the figure and the share (percent) of the window that was obtained; without those that have no reading."""
    if not streams:
        return {}
    interval = max(s.interval_s for s in streams)
    since = asked.until - timedelta(seconds=max(asked.window_s, interval) + interval)
    rows = sensing.series(ctx, streams, since=since, until=asked.until)
    at = np.array([asked.until.timestamp()])
    found = {}
    for stream in streams:
        known = [(t.timestamp(), v) for t, v in rows.get(stream.pk, ()) if v is not None]
        if not known:
            continue
        course = Course(np.array([t for t, _v in known]), np.array([v for _t, v in known]), float(stream.interval_s))
        if asked.window_s:
            share = float(column(course, "obtained", asked.window_s, at).low[0])
            figure = column(course, asked.fn, asked.window_s, at)
        else:
            # A state: the newest reading of the last interval stands.
            share, figure = 100.0, column(course, "", 0, course.times[-1:])
        value = float(figure.low[0]) if np.isfinite(figure.low[0]) else float(figure.high[0])
        if np.isfinite(value) and not np.isnan(share):
            found[stream.pk] = (round(value, 3), share)
    return found


def _keep(ctx: Context, signal: Signal, verdict: str, verification: dict[str, Any]) -> Signal:
    with transaction.atomic():
        rows = Signal.objects.in_world(ctx).select_for_update(of=("self",)).filter(pk=signal.pk)
        fresh: Signal | None = rows.first()
        if fresh is None or not fresh.is_open or fresh.verified == Signal.Verified.CONFIRMED:
            return fresh or signal
        before, fresh.verified = fresh.verified, verdict
        fresh.verification = verification
        fresh.save(update_fields=["verified", "verification"])
        if verdict != before:
            event = SignalVerified(
                signal=str(fresh.pk), criterion=fresh.criterion, station=fresh.station_id or "",
                region=short_code(fresh.scope), verdict=verdict, text=verification["text"],
            )  # fmt: skip
            announce(ctx, event, scope=fresh.scope, shared_with=fresh.shared_with)
    return fresh
