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
from django.db.models import Q

from anlan.events.analysis import SignalVerified
from anlan.kernel.announcing import announce_all
from anlan.kernel.context import Context
from anlan.kernel.loops.saving import save_columns
from anlan.sensing import queries as sensing
from anlan.sensing.models import Datastream, Thing

from ..data.criteria_files import shipped_properties
from ..data.neighbour_rules import NeighbourRule, neighbour_rules
from ..models import Signal, SignalEvent
from ..neighbours import neighbour_verdict
from ..numerics.windows import Course, column
from .signals import short_code

KM_PER_DEG = 111.2
#: So many signals are asked about at a time.
ASKED_AT_ONCE = 500
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
class _Case:
    """A signal, the rule that it is held against, what is asked of the station itself and of its neighbours."""

    signal: Signal
    rule: NeighbourRule | None
    own: Asked
    asked: Asked
    itself: Datastream
    near: Sequence[tuple[Datastream, float | None]]


def verify_event(ctx: Context, *, event: SignalEvent) -> list[Signal]:
    """Ask about the signals of an event that nobody was asked about since they were raised or last changed their level."""
    rows = Signal.objects.in_world(ctx).open().filter(event=event, station__isnull=False)
    rows = rows.exclude(verified=Signal.Verified.CONFIRMED).select_related("station").order_by("-rank", "-at")
    return verify_signals(ctx, [s for s in rows[:ASKED_AT_ONCE] if s.verification.get("level") != s.level])


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
        for s in rows.select_related("station").order_by("-at")[:ASKED_AT_ONCE]
        if arrived & {n["station"] for n in s.verification.get("neighbours", ())}
    ]
    return verify_signals(ctx, waiting)


def verify_signals(ctx: Context, signals: Sequence[Signal]) -> list[Signal]:
    """Ask the neighbouring stations and keep what they said; a person's word stands above it. Many cost little more than one."""
    cases = _cases(
        ctx, [s for s in signals if s.proof.get("property") in shipped_properties() and s.proof.get("until")]
    )
    wanted: dict[Asked, dict[int, Datastream]] = {}
    for case in cases:
        wanted.setdefault(case.own, {})[case.itself.pk] = case.itself
        for stream, _km in case.near:
            wanted.setdefault(case.asked, {})[stream.pk] = stream
    figures = {asked: _figures(ctx, list(streams.values()), asked) for asked, streams in wanted.items()}
    said = {c.signal.pk: v for c in cases if (v := _verdict(c, figures)) is not None}
    return _keep(ctx, said)


def _cases(ctx: Context, signals: Sequence[Signal]) -> list[_Case]:
    rules = neighbour_rules()
    asked = {s.pk: _asked(rules.of(s.proof["property"]), s.proof) for s in signals}
    names = {a.property for pair in asked.values() for a in pair}
    streams = _streams(ctx, [s.station for s in signals if s.station is not None], names)
    found = []
    for signal in signals:
        own, other = asked[signal.pk]
        rule = rules.of(own.property)
        itself = next((d for d in streams.get(own.property, ()) if d.thing_id == signal.station_id), None)
        if itself is not None:
            compared = rule is not None and rule.how != "none"
            near = _nearest(itself.thing, streams.get(other.property, ())) if compared else ()
            found.append(_Case(signal, rule, own, other, itself, near))
    return found


def _asked(rule: NeighbourRule | None, proof: dict[str, Any]) -> tuple[Asked, Asked]:
    """What is asked of the station itself, and of its neighbours."""
    name, until = str(proof["property"]), datetime.fromisoformat(proof["until"])
    window_s, fn = float(proof.get("window_s") or 0), str(proof.get("fn") or "")
    own = Asked(name, fn or ("sum" if window_s and shipped_properties()[name].adds_up else ""), window_s, until)
    if rule is not None and rule.cause:
        return own, Asked(rule.cause, "sum", rule.cause_window_h * 3600, until)
    return own, own


def _streams(ctx: Context, stations: Sequence[Thing], names: Iterable[str]) -> dict[str, list[Datastream]]:
    """By property, the datastreams at these stations and around them: within reach, or of the same region."""
    codes, scopes = {t.pk for t in stations}, {t.scope for t in stations if t.position is None}
    places = [t.position for t in stations if t.position is not None]
    around = Q(pk__in=codes) | Q(scope__in=scopes)
    if places:
        reach = neighbour_rules().reach_km / KM_PER_DEG
        wide = reach / max(0.1, cos(radians(max(abs(p.y) for p in places))))
        xs, ys = [p.x for p in places], [p.y for p in places]
        box = Polygon.from_bbox((min(xs) - wide, min(ys) - reach, max(xs) + wide, max(ys) + reach))
        around |= Q(position__bboverlaps=box)
    things = {t.pk: t for t in Thing.objects.visible_to(ctx).filter(around, retired=False)}
    found: dict[str, list[Datastream]] = {}
    for stream in Datastream.objects.filter(thing__in=things, property__in=list(names)).order_by("pk"):
        stream.thing = things[stream.thing_id]
        found.setdefault(stream.property, []).append(stream)
    return found


def _nearest(station: Thing, streams: Sequence[Datastream]) -> list[tuple[Datastream, float | None]]:
    rules = neighbour_rules()
    others = [(d, _km(station.position, d.thing.position)) for d in streams if d.thing_id != station.pk]
    within = [
        (d, km)
        for d, km in others
        if (km is not None and km <= rules.reach_km) or (km is None and d.thing.scope == station.scope)
    ]
    return sorted(within, key=lambda p: (p[1] is None, p[1] or 0.0, p[0].thing_id))[: rules.most]


def _verdict(case: _Case, figures: dict[Asked, dict[int, tuple[float, float]]]) -> tuple[str, dict[str, Any]] | None:
    itself = figures[case.own].get(case.itself.pk)
    if itself is None:
        return None
    own, share = itself
    rules, answers = neighbour_rules(), figures.get(case.asked, {})
    known = {pk: value for pk, (value, obtained) in answers.items() if obtained >= ENOUGH * share}
    values = [known.get(d.pk) for d, _km in case.near]
    unit = shipped_properties()[case.asked.property].unit
    verdict, said = neighbour_verdict(own, values, case.rule, rules, unit)
    return verdict, {
        "text": said, "unit": unit, "property": case.asked.property, "window_s": case.asked.window_s,
        "until": case.asked.until.isoformat(), "own": own, "level": case.signal.level,
        "source": rules.provenance.source, "suggested": rules.provenance.suggested,
        "neighbours": [
            {"station": d.thing_id, "name": d.thing.name, "km": km, "value": value}
            for (d, km), value in zip(case.near, values, strict=True)
        ],
    }  # fmt: skip


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


def _keep(ctx: Context, said: dict[Any, tuple[str, dict[str, Any]]]) -> list[Signal]:
    if not said:
        return []
    with transaction.atomic():
        rows = (
            Signal.objects.in_world(ctx).open().select_for_update(of=("self",)).order_by("pk").filter(pk__in=list(said))
        )
        fresh: list[Signal] = list(rows.exclude(verified=Signal.Verified.CONFIRMED))
        changed = [s for s in fresh if s.verified != said[s.pk][0]]
        for signal in fresh:
            signal.verified, signal.verification = said[signal.pk]
        save_columns(fresh, ["verified", "verification"])
        announce_all(
            ctx,
            [
                (
                    SignalVerified(
                        signal=str(s.pk), criterion=s.criterion, station=s.station_id or "", region=short_code(s.scope),
                        verdict=s.verified, text=s.verification["text"],
                    ),
                    s.scope,
                    s.shared_with,
                )
                for s in changed
            ],
        )  # fmt: skip
    return fresh
