"""The fold: journal entries become blocks and frames, in one transaction each time; a killed one leaves everything as it was."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.db.models import Min, Sum

from anlan.kernel import clock
from anlan.kernel.health.probing import ACTOR as PROBE
from anlan.kernel.outages import is_outage

from ..models import Fold, Journal, Origin
from .blocks import OFTEN_S, make_partitions, span_of, write_blocks
from .frames import write_frames
from .journal import lock
from .latest import keep_latest
from .packing import READING, micros, unpack_entry
from .streams import read_often

log = logging.getLogger("anlan.sensing")

#: Readings that one fold takes on at most: what fits into memory with ease.
MOST = 1_000_000
#: A world's journal is folded when it holds so many readings, or when its oldest entry is so old.
ENOUGH, OLD = 50_000, timedelta(seconds=60)
#: Folded entries stay for those who follow the journal and for processes that recognise duplicates by it.
STAYS = timedelta(minutes=2)

_holds: list[Callable[[uuid.UUID], int | None]] = []


def hold(position_of: Callable[[uuid.UUID], int | None]) -> None:
    """Folded entries after ``position_of(world)`` are not thrown away yet (None: as far as the caller cares, they may)."""
    _holds.append(position_of)


def fold_due() -> int:
    """Fold every world whose journal is long or old enough; returns how many readings were folded."""
    now = clock.real_now()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT w.id FROM kernel_world w LEFT JOIN sensing_fold f ON f.world_id = w.id"
            " CROSS JOIN LATERAL (SELECT sum(count) AS n, min(recorded_at) AS oldest FROM sensing_journal"
            " WHERE world_id = w.id AND id > COALESCE(f.position, 0)) fresh"
            " CROSS JOIN LATERAL (SELECT min(recorded_at) AS oldest FROM sensing_journal"
            " WHERE world_id = w.id AND id > f.discarded AND id <= f.position) folded"
            " WHERE fresh.n >= %s OR fresh.oldest <= %s OR folded.oldest <= %s",
            [ENOUGH, now - OLD, now - 2 * STAYS],
        )
        worlds = [world for (world,) in cursor.fetchall()]
    return sum(_fold_or_say(world) for world in worlds)


def _fold_or_say(world: uuid.UUID) -> int:
    """What one world cannot be folded for stays in its journal, where it is read from, and holds up no other."""
    try:
        return fold(world)
    except Exception as error:
        if is_outage(error):
            raise
        log.exception("the journal of %s could not be folded", world)
        return 0


def fold(world: uuid.UUID, *, most: int = MOST) -> int:
    """Move journal entries of a world into blocks and frames; returns how many readings. 0 also when another process folds."""
    total = 0
    _make_room(world, most)
    while done := _fold_some(world, most):
        total += done
        _make_room(world, most)
    return total


@transaction.atomic
def _make_room(world: uuid.UUID, most: int) -> None:
    """Partitions that the next fold needs, in a transaction of their own: whoever makes one keeps readers out, and must not wait for
    them with other rows in hand.
    """
    state = Fold.objects.filter(pk=world).first()
    rows = _next(world, state.position if state else 0, most)
    if rows:
        make_partitions(np.unique(np.concatenate([np.unique(_days(row)) for row in rows])))


def _days(row: Journal) -> np.ndarray[Any, np.dtype[np.int64]]:
    """The UTC days (µs) that an entry's readings lie in: no span begins in another year."""
    _stream, time_us, _value, _quality = unpack_entry(row.payload, row.count)
    return np.asarray(span_of(time_us, np.ones(row.count, dtype=bool)), np.int64)


@transaction.atomic
def _fold_some(world: uuid.UUID, most: int) -> int:
    if not lock(world, folding=True, wait=False):
        return 0
    state, _created = Fold.objects.get_or_create(pk=world)
    rows = _next(world, state.position, most)
    if rows:
        _move(world, rows)
        state.position = rows[-1].pk
    _discard(state)
    state.save()
    return sum(row.count for row in rows)


def _next(world: uuid.UUID, position: int, most: int) -> list[Journal]:
    """Entries after a position until they hold `most` readings (at least one entry)."""
    found: list[Journal] = []
    held = 0
    for row in Journal.objects.filter(world_id=world, id__gt=position).order_by("id").iterator(chunk_size=100):
        found.append(row)
        held += row.count
        if held >= most:
            break
    return found


def _move(world: uuid.UUID, entries: list[Journal]) -> None:
    counts = np.array([row.count for row in entries])
    total = int(counts.sum())
    rows, stream = np.empty(total, READING), np.empty(total, np.int64)
    origins = _origins({row.source for row in entries})
    at = 0
    for row in entries:
        place = slice(at, at + row.count)
        stream[place], time_us, rows["value"][place], rows["quality"][place] = unpack_entry(row.payload, row.count)
        rows["time"][place] = time_us
        rows["lag"][place] = micros(row.received_at) - time_us
        rows["origin"][place] = origins[row.source]
        at += row.count
    position = entries[-1].pk
    keep_latest(
        world, stream=stream, time_us=rows["time"].copy(), value=rows["value"].copy(),
        entry=np.repeat(np.array([row.pk for row in entries], np.int64), counts),
    )  # fmt: skip
    if any(row.by == PROBE for row in entries):
        # The platform's own probe is read every few seconds and asked for by nobody: only its newest is kept.
        kept = np.repeat(np.array([row.by != PROBE for row in entries]), counts)
        stream, rows = stream[kept], rows[kept]
    if not len(stream):
        return
    write_blocks(world, position, stream=stream, by_day=read_often(stream, OFTEN_S), rows=rows)
    write_frames(
        world,
        position,
        stream=stream,
        time_us=rows["time"].copy(),
        value=rows["value"].copy(),
        quality=rows["quality"].copy(),
    )


def _origins(names: set[str]) -> dict[str, int]:
    """Numbers of sources; a new one gets the next. Past the last number (32,767 sources) they are all called the same."""
    known = dict(Origin.objects.filter(name__in=names).values_list("name", "pk"))
    for name in sorted(names - known.keys()):
        if Origin.objects.count() < 32_000:
            known[name] = Origin.objects.create(name=name).pk
        else:
            known[name] = Origin.objects.get_or_create(name="")[0].pk
    return known


def _discard(state: Fold) -> None:
    """Throw away folded entries that nobody follows any more."""
    held = [at for at in (position_of(state.pk) for position_of in _holds) if at is not None]
    bound = min([state.position, *held])
    rows = Journal.objects.filter(world_id=state.pk, id__gt=state.discarded, id__lte=bound)
    # What is thrown away is always a beginning: an entry that stays holds back the later ones.
    stays = rows.filter(recorded_at__gte=clock.real_now() - STAYS).aggregate(first=Min("id"))["first"]
    if stays is not None:
        bound, rows = stays - 1, rows.filter(id__lt=stays)
    if rows.exists():
        rows.delete()
        state.discarded = bound


def waiting(world: uuid.UUID) -> tuple[int, int]:
    """Entries and readings of a world that are not folded yet."""
    row = Fold.objects.filter(pk=world).first()
    found = Journal.objects.filter(world_id=world, id__gt=row.position if row else 0)
    return found.count(), found.aggregate(n=Sum("count"))["n"] or 0
