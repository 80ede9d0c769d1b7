"""Signals verified with neighbouring stations: what the nearest ones show over the same window."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import cos, radians
from typing import Any

import numpy as np
from django.contrib.gis.geos import Polygon
from django.db import transaction
from django.db.models import F, FloatField, Func, Q

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
#: What was found is written down and announced for so many at a time.
TOLD_AT_ONCE = 3
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
    around = _around(ctx, [s.station for s in signals if s.station is not None], names)
    chosen: list[tuple[Signal, int, list[tuple[int, float | None]]]] = []
    for signal in signals:
        own, other = asked[signal.pk]
        rule = rules.of(own.property)
        itself = around[own.property].of(signal.station_id) if own.property in around else None
        if itself is not None and signal.station is not None:
            compared = rule is not None and rule.how != "none" and other.property in around
            near = around[other.property].nearest(signal.station) if compared else []
            chosen.append((signal, itself, near))
    wanted = {pk for _signal, itself, near in chosen for pk in (itself, *(n for n, _km in near))}
    streams = {d.pk: d for d in Datastream.objects.filter(pk__in=wanted).select_related("thing")}
    return [
        _Case(signal, rules.of(asked[signal.pk][0].property), *asked[signal.pk], streams[itself], [(streams[pk], km) for pk, km in near])
        for signal, itself, near in chosen
    ]  # fmt: skip


def _asked(rule: NeighbourRule | None, proof: dict[str, Any]) -> tuple[Asked, Asked]:
    """What is asked of the station itself, and of its neighbours."""
    name, until = str(proof["property"]), datetime.fromisoformat(proof["until"])
    window_s, fn = float(proof.get("window_s") or 0), str(proof.get("fn") or "")
    own = Asked(name, fn or ("sum" if window_s and shipped_properties()[name].adds_up else ""), window_s, until)
    if rule is not None and rule.cause:
        return own, Asked(rule.cause, "sum", rule.cause_window_h * 3600, until)
    return own, own


class _Around:
    """Datastreams of one property in the neighbourhood, as arrays: thousands of them are looked over for every signal."""

    def __init__(self, rows: Sequence[tuple[int, str, str, float | None, float | None]]) -> None:
        self.pks = [row[0] for row in rows]
        self.codes, self.scopes = np.array([row[1] for row in rows]), np.array([row[2] for row in rows])
        self.x = np.array([np.nan if row[3] is None else row[3] for row in rows])
        self.y = np.array([np.nan if row[4] is None else row[4] for row in rows])

    def of(self, station: str | None) -> int | None:
        """The datastream of a station."""
        found = np.flatnonzero(self.codes == station)
        return self.pks[int(found[0])] if len(found) else None

    def nearest(self, station: Thing) -> list[tuple[int, float | None]]:
        """The nearest others within reach, with their distance in km; of unknown places those of the same region, last."""
        rules, here = neighbour_rules(), station.position
        km = np.full(len(self.pks), np.nan)
        if here is not None:
            east = (self.x - here.x) * np.cos(np.radians((self.y + here.y) / 2))
            km = np.round(np.hypot(east, self.y - here.y) * KM_PER_DEG, 1)
        within = (km <= rules.reach_km) | (np.isnan(km) & (self.scopes == station.scope))
        places = np.flatnonzero(within & (self.codes != station.pk))
        order = places[np.lexsort((self.codes[places], np.nan_to_num(km[places]), np.isnan(km[places])))]
        return [(self.pks[i], None if np.isnan(km[i]) else float(km[i])) for i in order[: rules.most].tolist()]


def _around(ctx: Context, stations: Sequence[Thing], names: Iterable[str]) -> dict[str, _Around]:
    """By property, the datastreams at these stations and around them: within reach, or of the same region."""
    codes, scopes = {t.pk for t in stations}, {t.scope for t in stations if t.position is None}
    places = [t.position for t in stations if t.position is not None]
    near = Q(pk__in=codes) | Q(scope__in=scopes)
    if places:
        reach = neighbour_rules().reach_km / KM_PER_DEG
        wide = reach / max(0.1, cos(radians(max(abs(p.y) for p in places))))
        xs, ys = [p.x for p in places], [p.y for p in places]
        box = Polygon.from_bbox((min(xs) - wide, min(ys) - reach, max(xs) + wide, max(ys) + reach))
        near |= Q(position__bboverlaps=box)
    things = Thing.objects.visible_to(ctx).filter(near, retired=False)
    rows = Datastream.objects.filter(thing__in=things.values("pk"), property__in=list(names)).order_by("pk")
    x, y = (Func(F("thing__position"), function=f, output_field=FloatField()) for f in ("ST_X", "ST_Y"))
    found: dict[str, list[Any]] = {}
    for name, *row in rows.values_list("property", "pk", "thing_id", "thing__scope", x, y):
        found.setdefault(name, []).append(row)
    return {name: _Around(own) for name, own in found.items()}


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
    """Kept a few at a time: an alarm that is raised meanwhile stands behind a few announcements at most, not behind hundreds."""
    pks = sorted(said, key=str)
    return [s for at in range(0, len(pks), TOLD_AT_ONCE) for s in _keep_some(ctx, said, pks[at : at + TOLD_AT_ONCE])]


@transaction.atomic
def _keep_some(ctx: Context, said: dict[Any, tuple[str, dict[str, Any]]], pks: Sequence[Any]) -> list[Signal]:
    rows = Signal.objects.in_world(ctx).open().select_for_update(of=("self",)).order_by("pk").filter(pk__in=pks)
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
