"""Signals raised, levelled and cleared by the figures; acknowledged or judged false by people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from anlan.events.analysis import SignalCleared, SignalRaised
from anlan.kernel.announcing import announce
from anlan.kernel.context import Context
from anlan.kernel.loops import open_record, transition
from anlan.kernel.wording import words as _
from anlan.sensing import queries as sensing
from anlan.sensing.models import Datastream, Thing

from ..criteria import CLEAR_AFTER, Criterion, shipped_criteria
from ..judging import Judged, judge_station
from ..models import Signal
from ..series import Reading


def judge_readings(
    ctx: Context, *, arrived: Mapping[str, Sequence[datetime]], criteria: Sequence[Criterion] | None = None
) -> list[Signal]:
    """Judge the stations whose readings arrived (code → times); returns the signals that changed.

    A late reading is judged by where the station stands now: nothing is raised for a past that newer readings have left.
    """
    if not arrived:
        return []
    criteria = shipped_criteria() if criteria is None else criteria
    streams = sensing.datastreams(ctx, arrived)
    back = timedelta(hours=_longest_window(criteria, {s.property for s in streams}) + CLEAR_AFTER)
    rows = sensing.series(ctx, streams, since=min(t for times in arrived.values() for t in times) - back)
    changed: list[Signal] = []
    with transaction.atomic():
        signals = _signals_of(ctx, list(arrived))
        for code, own in _by_station(streams).items():
            readings = _readings(own, rows)
            if readings:
                steps = _steps(readings, arrived[code])
                for judged in judge_station(readings, criteria):
                    present = signals.get((code, judged.criterion.id))
                    changed += _follow(ctx, own[0].thing, judged, steps, present)
    return changed


def acknowledge_signal(ctx: Context, *, signal: Signal, note: str = "") -> Signal:
    """The duty room has seen it."""
    return transition(ctx, signal, "acknowledge", evidence={"note": note} if note else {})


def judge_signal_false(ctx: Context, *, signal: Signal, reason: str) -> Signal:
    """A person judges it false; it stays silent until the standard has been left or a higher one is reached."""
    return transition(ctx, signal, "judge_false", evidence={"reason": reason}, quiet=True)


def _longest_window(criteria: Sequence[Criterion], properties: set[str]) -> int:
    windows = [h for c in criteria for name, hours in c.windows.items() if name in properties for h in hours]
    return max([24, *windows])


def _by_station(streams: Sequence[Datastream]) -> dict[str, list[Datastream]]:
    found: dict[str, list[Datastream]] = {}
    for stream in streams:
        found.setdefault(stream.thing_id, []).append(stream)
    return found


def _readings(streams: Sequence[Datastream], rows: Mapping[int, sensing.Series]) -> list[Reading]:
    return [
        Reading(at.isoformat(), at.timestamp(), stream.thing_id, stream.property, value, 0)
        for stream in streams
        for at, value in rows.get(stream.pk, ())
        if value is not None
    ]


def _steps(readings: Sequence[Reading], times: Sequence[datetime]) -> list[float]:
    """Instants to judge: those that arrived and are newer than all else, in their order; for late ones, the newest."""
    new = {t.timestamp() for t in times}
    stamps = {r.stamp for r in readings}
    older = max(stamps - new, default=0.0)
    return sorted(s for s in stamps & new if s > older) or [max(stamps)]


def _signals_of(ctx: Context, codes: Sequence[str]) -> dict[tuple[str, str], Signal]:
    """The open signal of each station and criterion, or the one judged false that still keeps silent."""
    rows = Signal.objects.in_world(ctx).filter(station__in=codes).select_for_update(of=("self",))
    silent = rows.filter(closed_at__isnull=False, quiet=True)
    found = {(s.station_id, s.criterion): s for s in silent.select_related("station").order_by("opened_at")}
    return found | {
        (s.station_id, s.criterion): s for s in rows.filter(closed_at__isnull=True).select_related("station")
    }


def _follow(ctx: Context, thing: Thing, judged: Judged, steps: Sequence[float], signal: Signal | None) -> list[Signal]:
    """Walk the new instants and let the signal follow the level in force."""
    changed = []
    for stamp in steps:
        step = judged.stamps.index(stamp)
        at = datetime.fromtimestamp(stamp, UTC)
        if signal is not None and signal.quiet:
            level = judged.level_at(step, "")
            if judged.index_of(level) <= judged.index_of(signal.level):
                if judged.silent(step):
                    _end_silence(signal)
                    signal = None
                continue
            _end_silence(signal)
            signal = None
        before = signal.level if signal is not None else ""
        level = judged.level_at(step, before)
        if level == before:
            if signal is not None:
                _refresh(signal, judged, step, at)
            continue
        if signal is None:
            signal = _raise(ctx, thing, judged, step, at, level)
            changed.append(signal)
        elif not level:
            changed.append(_clear(ctx, signal, at))
            signal = None
        else:
            signal = _move(ctx, signal, judged, step, at, level)
            changed.append(signal)
    return changed


def _end_silence(signal: Signal) -> None:
    Signal.objects.unscoped("the signal was read in its world").filter(pk=signal.pk).update(quiet=False)


def _said(thing: Thing, judged: Judged, step: int, level: str) -> dict[str, Any]:
    proof = judged.proof(step, level)
    words = judged.levels[judged.index_of(level)].words
    text: str = _("%(station)s%(words)s") % {"station": thing.name, "words": words}
    if proof["text"]:
        text = f"{text}：{proof['text']}"
    return {
        "level": level, "words": words, "text": text[:200], "value": proof["value"], "unit": proof["unit"],
        "trace": proof["trace"],
    }  # fmt: skip


def _raise(ctx: Context, thing: Thing, judged: Judged, step: int, at: datetime, level: str) -> Signal:
    criterion = judged.criterion
    said = _said(thing, judged, step, level)
    signal: Signal = open_record(
        ctx, Signal, scope=thing.scope, shared_with=list(thing.shared_with), criterion=criterion.id,
        criterion_zh=criterion.zh, scheme=criterion.scheme, hazard=criterion.hazard, station=thing, peak=level,
        clause=criterion.provenance.source[:300], suggested=criterion.provenance.suggested, since=at, at=at,
        note={"text": said["text"], "trace": said["trace"]}, **said,
    )  # fmt: skip
    _tell(ctx, signal, "raised")
    return signal


def _move(ctx: Context, signal: Signal, judged: Judged, step: int, at: datetime, level: str) -> Signal:
    up = judged.index_of(level) > judged.index_of(signal.level)
    peak = level if judged.index_of(level) > judged.index_of(signal.peak) else signal.peak
    name = "level_up" if up else ("level_down" if signal.state == "raised" else "level_down_known")
    moved: Signal = transition(ctx, signal, name, at=at, peak=peak, **_said(signal.station, judged, step, level))
    _tell(ctx, moved, "levelled_up" if up else "levelled_down")
    return moved


def _refresh(signal: Signal, judged: Judged, step: int, at: datetime) -> None:
    """The level stands: the signal shows the newest figure that proves it, or that it was judged, not what was hours ago."""
    said = _said(signal.station, judged, step, signal.level)
    fields = {"at": at, "trace": said["trace"]}
    if said["value"] is not None:
        fields |= {name: said[name] for name in ("text", "value", "unit")}
    for name, value in fields.items():
        setattr(signal, name, value)
    signal.save(update_fields=list(fields))


def _clear(ctx: Context, signal: Signal, at: datetime) -> Signal:
    cleared: Signal = transition(ctx, signal, "clear", at=at)
    event = SignalCleared(
        signal=str(cleared.pk), criterion=cleared.criterion, station=cleared.station_id, region=_short(cleared.scope)
    )
    announce(ctx, event, scope=cleared.scope, shared_with=cleared.shared_with)
    return cleared


def _tell(ctx: Context, signal: Signal, change: str) -> None:
    event = SignalRaised(
        signal=str(signal.pk), criterion=signal.criterion, station=signal.station_id, region=_short(signal.scope),
        level=signal.level, value=signal.value if signal.value is not None else 0.0, unit=signal.unit, clause=signal.clause,
        text=signal.text, change=change,
    )  # fmt: skip
    announce(ctx, event, scope=signal.scope, shared_with=signal.shared_with)


def _short(scope: str) -> str:
    return scope.rstrip("/").rsplit("/", 1)[-1]
