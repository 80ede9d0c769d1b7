"""A board from the store: datastreams, criteria, the readings of its windows, the levels in force."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from django.db import connection

from anlan.kernel.context import Context
from anlan.sensing import store
from anlan.sensing.models import Datastream, Thing
from anlan.sensing.store import Entry

from ..book.in_force import Book, book_key, book_moment, resolve
from ..data.criteria_files import shipped_properties
from .board import Board, Stream
from .rings import Ints

MICRO = 1_000_000
DAY_S = 86400
#: Readings (about) and datastreams that are in memory at a time while windows are filled.
READINGS_TOGETHER, TOGETHER = 400_000, 500
#: So long a backlog is judged with all that came before it.
AWAY_S = 45 * DAY_S


def build_board(ctx: Context, book: Book, *, upto: int | None = None) -> Board:
    """The board of ctx's world under the criteria of `book`, its windows filled from the store, its levels from the signals.

    `upto`: entries of the journal after this one are still to be judged; the store holds them already, so they are left out.
    """
    streams = _streams()
    things = Thing.objects.unscoped("the board holds every station").filter(retired=False)
    # A moving centre may bring its criteria to any station: the gate counts them everywhere, the exact judgement where it stands.
    applied = {thing.pk: resolve(book, thing, anywhere=True) for thing in things.only("code", "scope", "position")}
    known = shipped_properties()
    board = Board(
        streams, lambda code: applied[code], lambda name: name in known and known[name].adds_up, book.own
    )  # fmt: skip
    fill_board(ctx, board, board.streams, upto=upto)
    show_levels(ctx, board, None)
    return board


def fill_board(ctx: Context, board: Board, streams: Sequence[Stream], *, upto: int | None = None) -> None:
    """Lay the stored readings of these datastreams into the board's windows, without those of entries after `upto`."""
    ahead = _Readings(ctx.world, upto)
    now_s = int(ctx.now().timestamp())
    interval_s = {stream.pk: max(1, stream.interval_s) for stream in streams}
    parts = [
        (since_s, part)
        for since_s, own in _by_begin(ctx, board, streams, ahead).items()
        for part in _parts(own, {pk: max(0, now_s - since_s) / interval_s[pk] for pk in own})
    ]
    for since_s, some in parts:
        rows = store.read(ctx.world, some, since_s * MICRO, None)
        # Whatever was accepted while they were read has a turn of its own too.
        ahead.catch_up()
        for pk, columns in rows.items():
            kept = ahead.lacks(pk, columns.time_us)
            board.fill(pk, columns.time_us[kept] // MICRO, columns.value[kept])


def _parts(streams: Sequence[int], readings: Mapping[int, float]) -> Iterator[list[int]]:
    """Datastreams in their order, in parts that hold no more than what is read together; one at least. `readings`: expected of each."""
    part: list[int] = []
    held = 0.0
    for pk in streams:
        if part and (len(part) == TOGETHER or held + readings[pk] > READINGS_TOGETHER):
            yield part
            part, held = [], 0.0
        part.append(pk)
        held += readings[pk]
    if part:
        yield part


def _by_begin(ctx: Context, board: Board, streams: Sequence[Stream], ahead: _Readings) -> dict[int, list[int]]:
    """Datastreams by the instant (s) from which on they are read: their windows back from their newest reading, or from the
    first of those that are still to be judged.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT datastream_id, extract(epoch FROM phenomenon_time)::bigint FROM sensing_latest WHERE world_id = %s",
            [ctx.world],
        )
        newest = dict(cursor.fetchall())
    now = int(ctx.now().timestamp())
    found: dict[int, list[int]] = defaultdict(list)
    for stream in streams:
        last = min(newest.get(stream.pk, now), now)
        # What comes years late is judged by where the station stands now: for it nobody reads years.
        last = max(min(last, ahead.first_s(stream.pk, last)), last - AWAY_S) // DAY_S * DAY_S
        found[last - board.reach_s(stream.pk)].append(stream.pk)
    return found


class _Readings:
    """Which readings the entries after `upto` hold (None: there are no such entries), as far as they were there at `catch_up`."""

    def __init__(self, world: uuid.UUID, upto: int | None) -> None:
        self._world, self._upto = world, upto
        self._times: dict[int, Ints] = {}
        self._first: dict[int, int] = {}
        self.catch_up()

    def catch_up(self) -> None:
        while self._upto is not None and (part := store.entries_after(self._world, self._upto)):
            self._upto = part[-1].id
            self._add(part)

    def _add(self, entries: Sequence[Entry]) -> None:
        stream = np.concatenate([e.stream for e in entries]).astype(np.int64)
        time_us = np.concatenate([e.time for e in entries])
        news = np.repeat([not e.history for e in entries], [len(e.stream) for e in entries])
        order = np.argsort(stream, kind="stable")
        stream, time_us, news = stream[order], time_us[order], news[order]
        pks, starts = np.unique(stream, return_index=True)
        for pk, a, b in zip(pks.tolist(), starts.tolist(), [*starts.tolist()[1:], len(stream)], strict=True):
            held = self._times.get(pk)
            self._times[pk] = time_us[a:b] if held is None else np.concatenate((held, time_us[a:b]))
            if news[a:b].any():
                self._first[pk] = min(int(time_us[a:b][news[a:b]].min()), self._first.get(pk, 2**62))

    def first_s(self, stream: int, otherwise: int) -> int:
        """The time (s) of the first reading of a datastream, history aside."""
        return self._first.get(stream, otherwise * MICRO) // MICRO

    def lacks(self, stream: int, time_us: Ints) -> np.ndarray[Any, np.dtype[np.bool_]]:
        held = self._times.get(stream)
        return np.ones(len(time_us), dtype=bool) if held is None else ~np.isin(time_us, held)


def show_levels(ctx: Context, board: Board, stations: Collection[str] | None) -> None:
    """Tell the board which levels are in force: those of open signals, and of those judged false that still keep silent."""
    levels: dict[str, dict[str, str]] = defaultdict(dict)
    named = None if stations is None else list(stations)
    with connection.cursor() as cursor:
        # Asked after every turn that may have raised something.
        cursor.execute(
            "SELECT station_id, criterion, level, closed_at FROM analysis_signal WHERE world_id = %s AND station_id IS NOT NULL"
            " AND (closed_at IS NULL OR quiet) AND (%s::varchar[] IS NULL OR station_id = ANY(%s::varchar[]))",
            [ctx.world, named, named],
        )
        for station, criterion, level, closed in cursor.fetchall():
            if closed is None or criterion not in levels[station]:
                levels[station][criterion] = level
    for station in levels if stations is None else stations:
        board.stand(station, levels.get(station, {}))


def made_of(ctx: Context) -> Any:
    """What a board is built from, small enough to compare: another answer means that it must be built anew."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), coalesce(sum(d.id), 0), coalesce(sum(d.interval_s), 0), coalesce(sum(hashtext(d.property)), 0),"
            " coalesce(sum(hashtext(t.code || t.scope || coalesce(t.position::text, ''))), 0) "
            "FROM sensing_datastream d JOIN sensing_thing t ON t.code = d.thing_id WHERE NOT t.retired"
        )
        return (cursor.fetchone(), book_key(book_moment(ctx.world)))


def _streams() -> list[Stream]:
    rows: Iterable[tuple[int, str, str, int]] = (
        Datastream.objects.filter(thing__retired=False)
        .order_by("pk")
        .values_list("pk", "thing_id", "property", "interval_s")
    )
    return [Stream(*row) for row in rows]
