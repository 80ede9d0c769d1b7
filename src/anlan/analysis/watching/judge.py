"""The judge: takes the journal's entries in their order, and lets signals follow what the readings reach.

One turn is one transaction: the entries after `Watch.position` are taken into the board, the stations at which a level may
have changed are judged from their stored readings, their signals move, and the position moves with them. A turn that fails
leaves nothing behind; the board, which is only a memory, is then built anew. So no reading is judged twice or left out,
wherever a process dies.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

import numpy as np
from django.db import connection, transaction

from anlan.kernel import clock
from anlan.kernel.context import Context, system
from anlan.kernel.exchanges import in_flight
from anlan.kernel.outages import is_outage
from anlan.kernel.wording import own_language
from anlan.sensing import store
from anlan.sensing.arrivals import announce_arrivals
from anlan.sensing.store import Entry

from .. import services
from ..book.in_force import Book, criteria_in_force
from ..models import StoppedRule, Watch
from ..models.watch import OF_BOOK
from ..watchdog.services import is_probe, probe_judged
from .board import Board, Touched
from .building import MICRO, build_board, fill_board, made_of, show_levels
from .judging import judge_stations
from .position import keep_position, lock_watch
from .rings import Ints

log = logging.getLogger("anlan.analysis.watching")

#: Entries and readings of one turn at most: a long backlog is judged in parts, each kept.
MOST_ENTRIES, MOST_READINGS = 500, 20_000
#: The stations, their datastreams and criteria are compared with the board at least this often (s).
LOOK_AGAIN_S = 10.0
#: Pages and regional figures hear of arrivals this often (s): they need the newest, not every one. What takes long to tell is told
#: more seldom, so that at most a fifth of the time goes into it.
TELL_S, TELL_REST = 0.25, 4.0
NAME = "analysis.watching"


@dataclass(slots=True)
class _Held:
    """The board of a world as far as it was carried on, what it was built from, and arrivals that nobody was told of yet."""

    board: Board
    book: Book
    lineage: uuid.UUID
    position: int
    made_of: Any
    looked_at: float
    #: Stations of which it is written down that they cannot be judged.
    stopped: set[str]
    #: Something else was found than it was built from.
    doubted: bool = False
    untold: list[Entry] = field(default_factory=list)
    told_at: float = 0.0
    #: Seconds that the last telling took.
    telling_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn did."""

    entries: int = 0
    readings: int = 0
    touched: int = 0
    position: int = 0
    #: Whether more was waiting already when it began.
    more: bool = False


class Judge:
    """Holds the boards of the worlds that it judges. One per process; several processes may judge one after the other.

    `tell_s`: arrivals are told of at most so often (s); None: whoever stores readings tells of them. `beside`: a thread of its own
    calls `tell`, so that no signal waits for it.
    """

    def __init__(self, *, tell_s: float | None = TELL_S, beside: bool = False) -> None:
        self._held: dict[uuid.UUID, _Held] = {}
        self.tell_s, self.beside = tell_s, beside
        #: Held while the position and the arrivals that are still to be told of are changed together.
        self._guard = threading.Lock()

    def catch_up(self, world: uuid.UUID, *, stop: Callable[[], bool] = lambda: False) -> int:
        """Judge everything that the journal holds; returns the number of readings. `stop()` true ends between turns."""
        done = 0
        while not stop():
            turn = self.turn(world)
            done += turn.readings
            # After the turn has committed: no signal waits for the figures that pages show.
            if not self.beside:
                self.tell()
            if not turn.more:
                break
        return done

    def turn(self, world: uuid.UUID) -> Turn:
        """Judge the next entries. What one station's judgement fails of is put aside and holds up no other."""
        try:
            return self._turn(world)
        except Exception:
            self._held.pop(world, None)
            raise

    def _turn(self, world: uuid.UUID) -> Turn:
        with own_language(), transaction.atomic(), in_flight():
            watch, entries, more = self._next(world)
            if not entries:
                return Turn(position=watch.position)
            store.remember(world, watch.position, entries)
            # One reading of the clock: whatever a turn does is done at one moment.
            ctx = replace(system(NAME, world=world, cause=f"journal:{entries[-1].id}"), reading=clock.read(world))
            held = self._board(ctx, watch, entries)
            held.book.centres.take(entries)
            touched = self._look_again(ctx, held, watch)
            touched += self._take(ctx, held.board, entries)
            if touched:
                self._judge(ctx, held, touched, entries[-1].id)
            for entry in entries:
                probe_judged(entry)
            watch.position = entries[-1].id
            if self.tell_s is None:
                watch.told = watch.position
            # Inline somebody else's transaction holds more than this turn.
            keep_position(watch, told=self.tell_s is None, lasting=bool(touched) or self.tell_s is None)
        with self._guard:
            held.position = watch.position
            if self.tell_s is not None:
                held.untold += [e for e in entries if not e.history and not is_probe(e)]
        if touched:
            # Nobody waits for it: the next turn begins when it is done.
            show_levels(ctx, held.board, [t.station for t in touched])
        return Turn(len(entries), sum(len(e.stream) for e in entries), len(touched), watch.position, more)

    def _next(self, world: uuid.UUID) -> tuple[Watch, list[Entry], bool]:
        """The locked row, the entries after its position and whether more follow. Nearly always the row stands where this process
        left it, so that both are asked together."""
        locked = lock_watch(world)
        held = self._held.get(world)
        asked = _entries_after(world, held.position) if held is not None else None
        watch = locked()
        if held is None or asked is None or held.position != watch.position:
            asked = _entries_after(world, watch.position)
        return watch, *asked()

    # --- arrivals -------------------------------------------------------------------------------------------------

    def owes(self) -> bool:
        """Whether somebody is still to be told of arrivals."""
        return any(held.untold for held in self._held.values())

    def tell(self) -> None:
        """Tell of the arrivals of every world whose time has come."""
        if self.tell_s is None:
            return
        for world, held in list(self._held.items()):
            began = time.monotonic()
            if not held.untold or began - held.told_at < max(self.tell_s, TELL_REST * held.telling_s):
                continue
            try:
                self._tell(world, held)
                held.told_at = time.monotonic()
                held.telling_s = held.told_at - began
            except Exception:
                # Told of again by whoever builds the board anew.
                if self._held.get(world) is held:
                    self._held.pop(world, None)
                raise

    def _tell(self, world: uuid.UUID, held: _Held) -> None:
        with self._guard:
            untold, upto = held.untold, held.position
            held.untold = []
        with transaction.atomic(), connection.cursor() as cursor:
            announce_arrivals(system(NAME, world=world, cause=f"journal:{upto}"), untold, newest=True)
            # Last: a turn that ends now waits for this row.
            cursor.execute(
                "UPDATE analysis_watch SET told = greatest(told, %s) WHERE world_id = %s AND lineage = %s",
                [upto, world, held.lineage],
            )

    def look_again(self) -> None:
        """Compare what every board was built from with what there is, beside the turns: they need it and need not wait for it."""
        for world, held in list(self._held.items()):
            now = time.monotonic()
            if now - held.looked_at >= LOOK_AGAIN_S and not held.doubted:
                held.doubted = made_of(system(NAME, world=world)) != held.made_of
                held.looked_at = now if not held.doubted else held.looked_at

    # --- the board ------------------------------------------------------------------------------------------------

    def _board(self, ctx: Context, watch: Watch, entries: Sequence[Entry]) -> _Held:
        held = self._held.get(ctx.world)
        now = time.monotonic()
        fresh = held is not None and (held.lineage, held.position) == (watch.lineage, watch.position)
        # The first readings of a datastream that was entered a moment ago count too.
        known = held is not None and bool(held.board.knows(np.concatenate([e.stream for e in entries])).all())
        # Who has a thread beside looks there; should it not come to it, a turn looks itself.
        patience = 2 * LOOK_AGAIN_S if self.beside else LOOK_AGAIN_S
        if held is not None and fresh and known and not held.doubted and now - held.looked_at < patience:
            return held
        of = made_of(ctx)
        if held is not None and fresh and held.made_of == of:
            held.looked_at, held.doubted = now, False
            return held
        return self._build(ctx, watch, of)

    def _build(self, ctx: Context, watch: Watch, of: Any) -> _Held:
        began = time.perf_counter()
        book = criteria_in_force(ctx.world)
        board = build_board(ctx, book, upto=watch.position)
        untold = []
        if self.tell_s is not None:
            past = (e for e in _all_after(ctx.world, watch.told) if e.id <= watch.position)
            untold = [e for e in past if not e.history and not is_probe(e)]
        _tell_unread(ctx, book)
        held = _Held(board, book, watch.lineage, watch.position, of, time.monotonic(), _stopped(ctx), untold=untold)
        self._held[ctx.world] = held
        log.info(
            "board of %s: %s stations, %s datastreams, %.0f MB, built in %.2f s",
            ctx.world, len(board.stations), len(board.streams), board.nbytes() / 1e6, time.perf_counter() - began,
        )  # fmt: skip
        return held

    def _take(self, ctx: Context, board: Board, entries: Sequence[Entry]) -> list[Touched]:
        """Bring the entries into the windows and find the stations to judge. Of the past (`history`) nothing is judged."""
        touched: dict[str, set[int]] = {}
        wall = time.monotonic()
        for news, group in _runs(entries):
            stream = np.concatenate([e.stream for e in group]).astype(np.int64)
            times = np.concatenate([e.time for e in group]) // MICRO
            values = np.concatenate([e.value for e in group])
            known = board.knows(stream)
            changed = known & (np.concatenate([e.quality for e in group]) == store.CORRECTED)
            plain = known & ~changed
            found = board.take(stream[plain], times[plain], values[plain], wall=wall, judge=news)
            found += self._refill(ctx, board, stream[changed], times[changed], news, upto=group[-1].id)
            for one in found:
                touched.setdefault(one.station, set()).update(one.times)
        return [Touched(station, tuple(sorted(at))) for station, at in sorted(touched.items())]

    def _refill(self, ctx: Context, board: Board, stream: Ints, times: Ints, news: bool, *, upto: int) -> list[Touched]:
        """A corrected value changes every window that holds it: the series is laid anew, and the station judged. What the
        journal holds after `upto` has its turn later and is left out."""
        if not len(stream):
            return []
        wanted = set(stream.tolist())
        fill_board(ctx, board, [s for s in board.streams if s.pk in wanted], upto=upto)
        found: dict[str, set[int]] = {}
        for pk, at in zip(stream, times, strict=True):
            found.setdefault(board.stations[int(board.station_of[pk])], set()).add(int(at))
        return [Touched(station, tuple(sorted(at))) for station, at in found.items()] if news else []

    # --- signals --------------------------------------------------------------------------------------------------

    def _judge(self, ctx: Context, held: _Held, touched: Sequence[Touched], upto: int) -> None:
        codes = [t.station for t in touched]
        try:
            with transaction.atomic(), in_flight():
                judge_stations(ctx, touched, held.book, held.board, upto=upto, at_once=self.beside)
                _end_stopped(ctx, held, codes)
        except Exception as error:
            if is_outage(error):
                raise
            log.exception("stations could not be judged together and are judged one by one")
            for one in touched:
                _judge_alone(ctx, one, held, upto)

    def _look_again(self, ctx: Context, held: _Held, watch: Watch) -> list[Touched]:
        """Under other criteria than before every station is looked at once where it stands now: a lowered standard must not wait
        for the next reading of a station that reports once a day."""
        before, watch.book = watch.book, sha256(held.book.key.encode()).hexdigest()
        if before in ("", watch.book):
            return []
        return held.board.look_at_all(int(ctx.now().timestamp()), wall=time.monotonic())


def _judge_alone(ctx: Context, one: Touched, held: _Held, upto: int) -> None:
    """A station that cannot be judged is noted for a person; the others go on."""
    try:
        with transaction.atomic(), in_flight():
            judge_stations(ctx, [one], held.book, held.board, upto=upto)
            _end_stopped(ctx, held, [one.station])
    except Exception as error:
        if is_outage(error):
            raise
        log.exception("station %s could not be judged", one.station)
        services.note_stopped(ctx, what=one.station, error=error)
        held.stopped.add(one.station)


def _entries_after(world: uuid.UUID, position: int) -> Callable[[], tuple[list[Entry], bool]]:
    return store.next_entries(world, position, most=MOST_ENTRIES, readings=MOST_READINGS)


def _end_stopped(ctx: Context, held: _Held, codes: Collection[str]) -> None:
    """These are judged again. Nearly always none of them was not, and nothing is asked."""
    if again := held.stopped.intersection(codes):
        services.end_stopped(ctx, what=again)
        held.stopped -= again


def _stopped(ctx: Context) -> set[str]:
    rows = StoppedRule.objects.filter(world_id=ctx.world, ended_at__isnull=True)
    return set(rows.values_list("station", flat=True))


def _tell_unread(ctx: Context, book: Book) -> None:
    """Versions of the book that cannot be read are named; those that can be again are not."""
    unread = {StoppedRule.of_book(path): bad for path, bad in book.unread}
    for what, bad in unread.items():
        services.note_stopped(ctx, what=what, error=bad)
    named = StoppedRule.objects.filter(world_id=ctx.world, ended_at__isnull=True, station__startswith=OF_BOOK)
    services.end_stopped(ctx, what=set(named.values_list("station", flat=True)) - unread.keys())


def _all_after(world: uuid.UUID, position: int) -> list[Entry]:
    found: list[Entry] = []
    while part := store.entries_after(world, found[-1].id if found else position, MOST_ENTRIES):
        found += part
    return found


def _runs(entries: Sequence[Entry]) -> Iterable[tuple[bool, list[Entry]]]:
    """Neighbouring entries that are all news, or all of the past."""
    group: list[Entry] = []
    for entry in entries:
        if group and group[-1].history != entry.history:
            yield not group[-1].history, group
            group = []
        group.append(entry)
    if group:
        yield not group[-1].history, group
