"""Signals raised, levelled and cleared by the figures, many at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import zip_longest
from typing import Any

from django.db import transaction

from anlan.events.analysis import SignalCleared, SignalRaised
from anlan.kernel.announcing import announce_all
from anlan.kernel.context import Context
from anlan.kernel.errors import Refused
from anlan.kernel.exchanges import Rows, sent
from anlan.kernel.facts import Provenance
from anlan.kernel.ids import new_id
from anlan.kernel.loops import Move, open_records, transition_each
from anlan.kernel.loops.saving import save_columns
from anlan.kernel.wording import words as _
from anlan.sensing.models import Thing

from ..criteria import Criterion
from ..following import Change, Ended, Place, PlaceChange, Track, track_place, track_station
from ..judging import Judged
from ..models import Signal, SignalEvent
from .events import EventKey, event_key, give_clock, join_events, settle_events

#: What a signal does at one instant, and the loop's step for it.
_STEPS = {"up": "level_up", "clear": "clear"}
_TOLD = {"raise": "raised", "up": "levelled_up", "down": "levelled_down"}


def signals_of(ctx: Context, codes: Iterable[str]) -> Callable[[], dict[tuple[str, str], Signal]]:
    """By station and criterion, locked: the open signal, or the one judged false that still keeps silent. Asked at once, answered
    when it is called."""
    asked = _signals_at(ctx, [station_key(code) for code in codes])
    return lambda: {(key.partition(":")[2], criterion): signal for (key, criterion), signal in _by_place(asked())}


def signals_at(ctx: Context, keys: Iterable[str]) -> dict[tuple[str, str], Signal]:
    """The same by place key (``station:…``, ``region:…``, ``device:…``) and criterion, answered."""
    return dict(_by_place(_signals_at(ctx, list(keys))()))


#: Asked at every turn that may raise something.
_ROWS = Rows(Signal, "s")
_STANDING = f"""SELECT {_ROWS.columns} FROM {_ROWS.table} WHERE s.world_id = %s AND s.place_key = ANY(%s)
AND (s.closed_at IS NULL OR s.quiet) ORDER BY s.opened_at FOR UPDATE OF s"""


def _signals_at(ctx: Context, keys: list[str]) -> Callable[[], list[Signal]]:
    return sent(_STANDING, [ctx.world, keys], _ROWS.made)


def _by_place(found: list[Signal]) -> list[tuple[tuple[str, str], Signal]]:
    # An open one counts before one that keeps silent, and of those the last.
    return [((s.place_key, s.criterion), s) for s in sorted(found, key=lambda s: s.closed_at is None)]


def station_key(code: str) -> str:
    return f"station:{code}"


def station_place(thing: Thing) -> Place:
    return Place(station_key(thing.pk), thing.name, thing.scope, tuple(thing.shared_with), thing.pk)


def follow_station(
    ctx: Context, thing: Thing, judged: Judged, stamps: Sequence[float], signal: Signal | None
) -> list[Signal]:
    """Let the signal of one criterion at one station follow the level in force at `stamps`; returns it if it changed.

    `signal` comes from `signals_of` in the same transaction: the open one, or the one that keeps silent.
    """
    return follow_stations(ctx, [(thing, judged, stamps, signal)])


def follow_stations(
    ctx: Context, found: Sequence[tuple[Thing, Judged, Sequence[float], Signal | None]]
) -> list[Signal]:
    """The same for many: hundreds of signals are raised in a few statements, the most severe first."""
    sentence = _("%(station)s%(words)s")
    tracks = [
        track_station(station_place(thing), judged, stamps, signal, sentence)
        for thing, judged, stamps, signal in found
    ]  # fmt: skip
    if ended := _ended(ctx, tracks):
        tracks = [
            track_station(place, judged, stamps, signal, sentence, ended.get((place.key, judged.criterion.id)))
            for place, (_thing, judged, stamps, signal) in zip((t.place for t in tracks), found, strict=True)
        ]
    return _follow(ctx, tracks)


def follow_places(ctx: Context, changes: Sequence[PlaceChange]) -> list[Signal]:
    """Let the signals of regions and devices follow; each place and criterion at most once. Returns those that changed."""
    with transaction.atomic():
        present = signals_at(ctx, {c.place.key for c in changes})
        names = [(c.place.key, c.criterion.id) for c in changes]
        tracks = [track_place(c, present.get(name)) for c, name in zip(changes, names, strict=True)]
        if ended := _ended(ctx, tracks):
            tracks = [
                track_place(c, present.get(name), ended.get(name)) for c, name in zip(changes, names, strict=True)
            ]
        return _follow(ctx, tracks)


def clear_signals(ctx: Context, found: Iterable[tuple[Signal, str]]) -> list[Signal]:
    """Clear open signals that their figures will not clear any more, each with the reason, which then stands in its text."""
    reasons = {signal.pk: why for signal, why in found}
    with transaction.atomic():
        rows = (
            Signal.objects.in_world(ctx)
            .open()
            .filter(pk__in=reasons)
            .select_related("station")
            .select_for_update(of=("self",))
        )
        tracks = []
        for s in rows.order_by("pk"):
            why = reasons[s.pk]
            place = Place(s.place_key, s.place_name, s.scope, tuple(s.shared_with), s.station_id)
            criterion = Criterion(s.criterion, s.criterion_zh, s.scheme, s.hazard, (), Provenance(s.clause, "high"))
            text = f"{s.text[: 197 - len(why)]}（{why}）"
            tracks.append(Track(place, criterion, s, [Change("clear", ctx.now(), {"text": text})]))
        return _follow(ctx, tracks)


def _follow(ctx: Context, tracks: Iterable[Track]) -> list[Signal]:
    """Apply the changes instant by instant, all places at once; returns the signals that changed, each once."""
    walked = [t for t in tracks if t.changes]
    if not walked:
        return []
    changed: dict[Any, Signal] = {}
    with transaction.atomic(savepoint=False):
        raising = [t for t in walked if any(c.kind in ("raise", "up") for c in t.changes)]
        events = join_events(ctx, [(t.place, t.criterion) for t in raising])
        for row in zip_longest(*(t.changes for t in walked)):
            groups: dict[str, list[tuple[Track, Change]]] = defaultdict(list)
            for track, change in zip(walked, row, strict=True):
                if change is not None:
                    groups[change.kind].append((track, change))
            for signal in _take(ctx, groups, events):
                changed[signal.pk] = signal
        touched = {s.event_id for s in changed.values() if s.event_id}
        settle_events(ctx, [*touched, *(e.pk for e in events.values())], locked=events.values())
    return list(changed.values())


def _ended(ctx: Context, tracks: Sequence[Track]) -> dict[tuple[str, str], Ended]:
    """By place and criterion, the last signal that ended, where something would be raised and its hold-off may not be over."""
    raising = {
        (t.place.key, t.criterion.id): change.at - timedelta(minutes=t.criterion.hold_off_min)
        for t in tracks
        if t.criterion.hold_off_min
        for change in t.changes[:1]
        if change.kind in ("raise", "speak")
    }
    if not raising:
        return {}
    keys, ids = {key for key, _criterion in raising}, {criterion for _key, criterion in raising}
    rows = Signal.objects.in_world(ctx).filter(
        place_key__in=keys, criterion__in=ids, state="cleared", at__gt=min(raising.values())
    )
    found = rows.order_by("at").values_list("place_key", "criterion", "at", "peak")
    return {(key, criterion): Ended(at, peak) for key, criterion, at, peak in found}


def _take(
    ctx: Context, groups: Mapping[str, list[tuple[Track, Change]]], events: Mapping[EventKey, SignalEvent]
) -> list[Signal]:
    """One instant's changes of all places; returns the signals that changed their level."""
    _speak(ctx, groups.get("speak", ()))
    _refresh(groups.get("refresh", ()))
    changed = _raise(ctx, groups.get("raise", ()), events)
    for kind in ("up", "down", "clear"):
        changed += _move(ctx, kind, groups.get(kind, ()), events)
    return changed


def _speak(ctx: Context, found: Iterable[tuple[Track, Change]]) -> None:
    ids = [track.signal.pk for track, _change in found if track.signal is not None]
    if ids:
        Signal.objects.in_world(ctx).filter(pk__in=ids).update(quiet=False)
    for track, _change in found:
        track.signal = None


def _refresh(found: Iterable[tuple[Track, Change]]) -> None:
    names: set[str] = set()
    rows = []
    for track, change in found:
        for name, value in change.fields.items():
            setattr(track.signal, name, value)
        names |= set(change.fields)
        rows.append(track.signal)
    save_columns([r for r in rows if r is not None], names)


def _raise(ctx: Context, found: Iterable[tuple[Track, Change]], events: Mapping[EventKey, SignalEvent]) -> list[Signal]:
    ordered = sorted(found, key=lambda pair: (-pair[1].fields["rank"], pair[0].place.key))
    rows = []
    for track, change in ordered:
        place, criterion = track.place, track.criterion
        row = {
            "id": new_id(), "scope": place.scope, "shared_with": list(place.shared_with), "criterion": criterion.id,
            "criterion_zh": criterion.zh, "version": criterion.version[:40], "scheme": criterion.scheme,
            "hazard": criterion.hazard, "place_key": place.key, "station_id": place.station,
            "clause": criterion.provenance.source[:300], "suggested": criterion.provenance.suggested, "since": change.at,
            "event": events[event_key(place, criterion)], **change.fields,
        }  # fmt: skip
        give_clock(ctx, row["event"], row["id"], row["scope"])
        rows.append(row)
    if not rows:
        return []
    signals: list[Signal] = open_records(
        ctx, Signal, rows, notes=[{"text": row["text"], "trace": row["trace"]} for row in rows]
    )
    for (track, _change), signal in zip(ordered, signals, strict=True):
        track.signal = signal
    _tell(ctx, signals, "raised")
    return signals


def _move(
    ctx: Context, kind: str, found: Iterable[tuple[Track, Change]], events: Mapping[EventKey, SignalEvent]
) -> list[Signal]:
    by_step: dict[str, list[tuple[Track, Change]]] = defaultdict(list)
    for track, change in found:
        down = "level_down" if track.signal is not None and track.signal.state == "raised" else "level_down_known"
        by_step[_STEPS.get(kind, down)].append((track, change))
    moved: list[Signal] = []
    for step, own in by_step.items():
        if kind == "up":
            for track, _change in own:
                if track.signal is not None and track.signal.event_id:
                    give_clock(
                        ctx, events[event_key(track.place, track.criterion)], track.signal.pk, track.signal.scope
                    )
            save_columns(list(events.values()), ["clocked"])
        moves = [Move(ctx, track.signal, fields=change.fields) for track, change in own if track.signal is not None]
        for (track, _change), answer in zip(own, transition_each(moves, step), strict=True):
            if isinstance(answer, Refused):
                raise answer
            track.signal = None if kind == "clear" else answer
            moved.append(answer)
    if kind == "clear":
        _tell_cleared(ctx, moved)
    else:
        _tell(ctx, moved, _TOLD[kind])
    return moved


def _tell(ctx: Context, signals: Sequence[Signal], change: str) -> None:
    announce_all(
        ctx,
        [
            (
                SignalRaised(
                    signal=str(s.pk), criterion=s.criterion, station=s.station_id or "", region=short_code(s.scope),
                    level=s.level, value=s.value if s.value is not None else 0.0, unit=s.unit, clause=s.clause, text=s.text,
                    change=change, place=s.place_key, event=str(s.event_id or ""),
                ),
                s.scope,
                s.shared_with,
            )
            for s in signals
        ],
    )  # fmt: skip


def _tell_cleared(ctx: Context, signals: Sequence[Signal]) -> None:
    announce_all(
        ctx,
        [
            (
                SignalCleared(
                    signal=str(s.pk), criterion=s.criterion, station=s.station_id or "", region=short_code(s.scope),
                    place=s.place_key, event=str(s.event_id or ""),
                ),
                s.scope,
                s.shared_with,
            )
            for s in signals
        ],
    )  # fmt: skip


def short_code(scope: str) -> str:
    return scope.rstrip("/").rsplit("/", 1)[-1]
