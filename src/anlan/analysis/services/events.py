"""Signal events: signals of one hazard in one county are one event, acknowledged once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction

from anlan.events.analysis import SignalEventChanged
from anlan.kernel import auditing
from anlan.kernel.announcing import announce
from anlan.kernel.context import Context, system
from anlan.kernel.errors import Conflict, Refused
from anlan.kernel.exchanges import Rows, sent
from anlan.kernel.loops import Move, move_deadline, transition, transition_each
from anlan.kernel.loops.saving import save_columns
from anlan.kernel.wording import words as _
from anlan.places.queries import posts_with_role, region_at

from ..criteria import Criterion
from ..following import Place
from ..models import ACKNOWLEDGE_MIN, Signal, SignalEvent
from .standing import Standing, standing_of

#: A signal that comes so soon after an event has ended continues it. A value of the platform's.
CONTINUES_MIN = 60
#: So many turns of an event's course are kept, the first and the newest.
COURSE_KEPT = 200
COUNTY_DIGITS = 6
DEVICE = "device"

#: (scope of the county, hazard, scheme)
EventKey = tuple[str, str, str]


def event_key(place: Place, criterion: Criterion) -> EventKey:
    return county_path(place.scope), criterion.hazard, criterion.scheme


def county_path(scope: str) -> str:
    """The county of a path, or the path itself where it lies above the counties."""
    codes = scope.strip("/").split("/")
    index = next((i for i, code in enumerate(codes) if len(code) == COUNTY_DIGITS), len(codes) - 1)
    return "/".join(codes[: index + 1]) + "/"


def join_events(ctx: Context, wanted: Iterable[tuple[Place, Criterion]]) -> dict[EventKey, SignalEvent]:
    """The open event of each county, hazard and scheme, locked: there already, continued, or opened now."""
    named: dict[EventKey, tuple[Place, Criterion]] = {event_key(p, c): (p, c) for p, c in wanted}
    if not named:
        return {}
    found = _open_events(ctx, named)
    if len(found) == len(named):
        return found
    for key in [k for k in named if k not in found]:
        _continue(ctx, key)
    found = _open_events(ctx, named)
    missing = [key for key in named if key not in found]
    now = ctx.now()
    made = [
        SignalEvent(
            world_id=ctx.world, scope=scope, shared_with=list(named[scope, hazard, scheme][0].shared_with),
            hazard=hazard, scheme=scheme, place=_name_of(scope), opened_at=now, changed_at=now,
            criterion_zh=named[scope, hazard, scheme][1].zh,
        )
        for scope, hazard, scheme in missing
    ]  # fmt: skip
    if made:
        # Another process may have opened it meanwhile: then its row is taken.
        SignalEvent.everything.bulk_create(made, ignore_conflicts=True)
        found = _open_events(ctx, named)
    return found


def give_clock(ctx: Context, event: SignalEvent, signal: Any, scope: str) -> None:
    """The signal leads the event when none does yet and somebody is on duty for it. Unsaved."""
    if event.clocked is not None or event.scheme == DEVICE:
        return
    # Hundreds of signals may stand in a few places where nobody is on duty.
    if ctx.once(("analysis.on_duty", scope), lambda: posts_on_duty(scope)):
        event.clocked = signal


def settle_events(ctx: Context, ids: Iterable[Any], *, locked: Iterable[SignalEvent] = ()) -> None:
    """Bring events up to date after their signals changed: level, places, course, end; who still owes an acknowledgement.

    `locked`: those of them that this transaction has read and locked already.
    """
    held = {event.pk: event for event in locked}
    wanted = sorted({*ids, *held}, key=str)
    if not wanted:
        return
    with transaction.atomic(savepoint=False):
        if others := [pk for pk in wanted if pk not in held]:
            rows = SignalEvent.objects.in_world(ctx).select_for_update(of=("self",)).order_by("pk")
            held |= {event.pk: event for event in rows.filter(pk__in=others)}
        events = [held[pk] for pk in wanted if pk in held]
        standing, places = standing_of(events)
        _acknowledge_joined(ctx, events, standing)
        _hand_clock_on(ctx, events, standing)
        for event in events:
            _sum_up(ctx, event, standing[event.pk], places.get(event.pk, 0))
        save_columns(events, _KEPT)


def acknowledge_signal(ctx: Context, *, signal: Signal, note: str = "") -> Signal:
    """The duty room has seen it. With the signal that leads an event the whole event is acknowledged; so it is when no other
    signal waits."""
    evidence = {"note": note} if note else {}
    with transaction.atomic():
        led = signal.event_id if signal.leads else None
        seen: Signal = transition(ctx, signal, "acknowledge", evidence=evidence)
        if led:
            others = Signal.objects.visible_to(ctx).open().filter(event=led, state="raised").order_by("-rank", "pk")
            transition_each([Move(ctx, s, evidence) for s in others], "acknowledge")
        _note_known(ctx, seen)
    return seen


def acknowledge_event(ctx: Context, *, event: SignalEvent, note: str = "") -> list[Signal]:
    """The duty room has seen the whole event: all its waiting signals are acknowledged, and those that join up to its level.

    Raises the refusal when none of them may be acknowledged by this person, Conflict when none waits.
    """
    with transaction.atomic():
        rows = Signal.objects.visible_to(ctx).open().filter(event=event, state="raised").order_by("-rank", "pk")
        waiting = list(rows)
        if not waiting:
            raise Conflict(_("这个事件没有待确认的信号"), mend=_("可能已有人确认，请刷新后再看"))
        answers = transition_each([Move(ctx, s, {"note": note} if note else {}) for s in waiting], "acknowledge")
        seen = [a for a in answers if not isinstance(a, Refused)]
        if not seen:
            raise next(a for a in answers if isinstance(a, Refused))
        auditing.record(
            ctx, action="analysis.event.acknowledge", label=_("确认整个事件"), object_type="analysis.event",
            object_id=event.pk, scope=event.scope, data={"signals": [str(s.pk) for s in seen], "note": note},
        )  # fmt: skip
        _note_known(ctx, seen[0])
    return seen


def judge_signal_false(ctx: Context, *, signal: Signal, reason: str) -> Signal:
    """A person judges it false; it stays silent until the standard has been left or a higher one is reached."""
    with transaction.atomic():
        judged: Signal = transition(ctx, signal, "judge_false", evidence={"reason": reason}, quiet=True)
        settle_events(ctx, _event_of(judged))
    return judged


def verify_signal(ctx: Context, *, signal: Signal, how: str, note: str = "") -> Signal:
    """A person has made sure that it is true, and says how."""
    evidence = {"how": how, **({"note": note} if note else {})}
    with transaction.atomic():
        said: Signal = transition(ctx, signal, "verify", evidence=evidence, verified=Signal.Verified.CONFIRMED)
        _note_known(ctx, said)
    return said


_KEPT = (
    "level", "rank", "peak", "text", "standing", "places", "changed_at", "closed_at", "course", "clocked",
)  # fmt: skip


_ROWS = Rows(SignalEvent, "e")
_OPEN = f"""SELECT {_ROWS.columns} FROM {_ROWS.table} WHERE e.world_id = %s AND e.scope = ANY(%s) AND e.hazard = ANY(%s)
AND e.closed_at IS NULL ORDER BY e.id FOR UPDATE OF e"""


def _open_events(ctx: Context, keys: Mapping[EventKey, Any]) -> dict[EventKey, SignalEvent]:
    scopes, hazards = sorted({k[0] for k in keys}), sorted({k[1] for k in keys})
    found = {(e.scope, e.hazard, e.scheme): e for e in sent(_OPEN, [ctx.world, scopes, hazards], _ROWS.made)()}
    return {key: event for key, event in found.items() if key in keys}


def _continue(ctx: Context, key: EventKey) -> None:
    """Open the event again that ended a short while ago."""
    scope, hazard, scheme = key
    rows = SignalEvent.objects.in_world(ctx).filter(
        scope=scope, hazard=hazard, scheme=scheme, closed_at__gte=ctx.now() - timedelta(minutes=CONTINUES_MIN)
    )
    last = rows.order_by("-closed_at").first()
    if last is not None:
        # What was known of it then was another rise: it asks again.
        SignalEvent.objects.in_world(ctx).filter(pk=last.pk).update(closed_at=None, known_rank=None, clocked=None)


def _acknowledge_joined(
    ctx: Context, events: Sequence[SignalEvent], standing: Mapping[Any, list[Standing]]
) -> None:  # fmt: skip
    """Signals that joined an event up to the level at which it was acknowledged are acknowledged with it."""
    known = {e.pk: e.known_rank for e in events if e.known_rank is not None}
    joined = {s.pk: s for pk, rank in known.items() for s in standing[pk] if s.state == "raised" and s.rank <= rank}
    if not joined:
        return
    machine = system("analysis.events", world=ctx.world, cause=ctx.cause)
    signals = list(Signal.objects.in_world(ctx).filter(pk__in=joined).order_by("-rank", "-at", "place_key"))
    for answer in transition_each([Move(machine, s) for s in signals], "acknowledge_with_event"):
        if not isinstance(answer, Refused):
            joined[answer.pk].state = answer.state


def _hand_clock_on(ctx: Context, events: Sequence[SignalEvent], standing: Mapping[Any, list[Standing]]) -> None:
    """When the signal that led no longer waits, the most severe of those that do takes its place, with a clock of its own."""
    machine = system("analysis.events", world=ctx.world, cause=ctx.cause)
    for event in events:
        waiting = [s for s in standing[event.pk] if s.state == "raised"]
        if event.clocked in {s.pk for s in waiting}:
            continue
        event.clocked = None
        for one in waiting:
            give_clock(ctx, event, one.pk, one.scope)
            if event.clocked is not None:
                due = ctx.now() + timedelta(minutes=ACKNOWLEDGE_MIN)
                signal = Signal.objects.in_world(ctx).get(pk=one.pk)
                move_deadline(machine, signal, due_at=due, reason=str(_("事件中还有待确认的信号")))
                break


def _sum_up(ctx: Context, event: SignalEvent, standing: Sequence[Standing], places: int) -> None:
    before = [*event.course[-1][1:], event.is_open] if event.course else None
    # What a region says of itself sums its stations up: it is not counted beside them.
    stations = [s for s in standing if s.station] or list(standing)
    event.standing, event.places = len(stations), places
    if standing:
        event.level, event.rank = standing[0].level, standing[0].rank
        peak = max([event.rank, *(t[3] for t in event.course)])
        event.peak = event.level if event.rank >= peak else event.peak
        event.text = _text_of(event, stations, [s for s in standing if not s.station])[:200]
        event.closed_at = None
    else:
        event.level, event.rank, event.closed_at, event.clocked = "", 0, ctx.now(), None
    shape = [sum(s.rank == rank for s in stations) for rank in range(1, 5)] if standing else []
    turn = [event.level, event.standing, event.rank, shape]
    if [*turn, event.is_open] == before:
        return
    event.changed_at = ctx.now()
    event.course = [*event.course, [event.changed_at.isoformat(), *turn]]
    if len(event.course) > COURSE_KEPT:
        event.course = [event.course[0], *event.course[-(COURSE_KEPT - 1) :]]
    _tell(ctx, event, "opened" if before is None else "changed" if event.is_open else "ended")


def _text_of(event: SignalEvent, stations: Sequence[Standing], regions: Sequence[Standing]) -> str:
    if stations == regions:
        return stations[0].text
    level = stations[0].level
    top = [s for s in stations if s.level == level]
    words = {
        "place": event.place,
        "n": len(stations),
        "m": len(top),
        "words": top[0].words,
        "one": top[0].station_name or event.place,
    }
    if len(stations) == 1:
        text = _("%(place)s：%(one)s%(words)s") % words
    elif len(top) == len(stations):
        text = _("%(place)s %(n)d 处%(words)s") % words
    else:
        text = _("%(place)s %(n)d 处有信号，其中 %(m)d 处%(words)s") % words
    return "；".join([str(text), *(s.words for s in regions)])


def _note_known(ctx: Context, signal: Signal) -> None:
    """The event of the signal is known to the duty room when none of its signals waits any more."""
    if signal.event_id is None:
        return
    waits = Signal.objects.in_world(ctx).open().filter(event=signal.event_id, state="raised").exists()
    if not waits:
        event = SignalEvent.objects.in_world(ctx).select_for_update(of=("self",)).get(pk=signal.event_id)
        top = Signal.objects.in_world(ctx).open().filter(event=event).order_by("-rank").first()
        event.known_rank, event.known_at, event.known_by = top.rank if top else 0, ctx.now(), ctx.actor.name[:120]
        event.save(update_fields=["known_rank", "known_at", "known_by"])
        _tell(ctx, event, "acknowledged")
    settle_events(ctx, [signal.event_id])


def _event_of(signal: Signal) -> list[Any]:
    return [signal.event_id] if signal.event_id else []


def _tell(ctx: Context, event: SignalEvent, change: str) -> None:
    notice = SignalEventChanged(
        event=str(event.pk), region=event.scope.rstrip("/").rsplit("/", 1)[-1], hazard=event.hazard, scheme=event.scheme,
        level=event.level, standing=event.standing, text=event.text, change=change,
    )  # fmt: skip
    announce(ctx, notice, scope=event.scope, shared_with=event.shared_with)


def _name_of(scope: str) -> str:
    place = region_at(scope)
    return place.name if place is not None else scope.strip("/")


def posts_on_duty(scope: str) -> bool:
    return bool(posts_with_role("duty_officer", scope))
