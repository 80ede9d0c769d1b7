"""The journal: accepted batches in the order in which they were accepted. What is committed here is acknowledged."""

from __future__ import annotations

import threading
import uuid
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.conf import settings
from django.db import connection, transaction
from numpy.typing import NDArray

from anlan.kernel import clock
from anlan.kernel.context import Context

from ..models import Journal
from .packing import Bytes, Floats, Ints, micros, pack_entry, unpack_entry

#: PostgreSQL channel that wakes whoever follows the journal, at commit; its message is the world.
CHANNEL = "anlan_journal"
#: What the tail of so many worlds is kept decoded in memory for.
_WORLDS_KEPT = 4
_APPEND, _FOLD = 0x616E6A01, 0x616E6A02


@dataclass(frozen=True, slots=True)
class Entry:
    """One accepted batch: arrays of one length, in the order of its readings."""

    id: int
    world: uuid.UUID
    received_at: datetime
    recorded_at: datetime
    by: str
    source: str
    history: bool
    stream: NDArray[np.int32]
    time: Ints
    value: Floats
    quality: Bytes


@dataclass(frozen=True, slots=True)
class Tail:
    """What is not folded yet: readings in the order of their acceptance. `entry`: the journal id of each."""

    entry: Ints
    stream: Ints
    time_us: Ints
    value: Floats
    quality: Bytes
    received_us: Ints

    def __len__(self) -> int:
        return len(self.entry)

    def where(self, chosen: NDArray[np.bool_]) -> Tail:
        return Tail(
            self.entry[chosen], self.stream[chosen], self.time_us[chosen], self.value[chosen], self.quality[chosen],
            self.received_us[chosen],
        )  # fmt: skip


def lock(world: uuid.UUID, *, folding: bool = False, wait: bool = True) -> bool:
    """Until the transaction ends, nobody else appends to (or folds) this world's journal. False: somebody does, and `wait` is off."""
    name = "pg_advisory_xact_lock" if wait else "pg_try_advisory_xact_lock"
    key = (int.from_bytes(world.bytes[:4], "big") ^ int.from_bytes(world.bytes[12:], "big")) & 0x7FFFFFFF
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {name}(%s, %s)", [_FOLD if folding else _APPEND, key])
        return wait or bool(cursor.fetchone()[0])


@transaction.atomic(savepoint=False)
def append(ctx: Context, arrays: Sequence[NDArray[Any]], source: str = "", *, history: bool = False) -> int:
    """Write one entry; returns its id. `arrays`: (stream, time µs, value, quality), of which the store holds no reading yet.

    Whoever is not sure of that calls `keeping.keep`. Durable when the surrounding transaction commits.
    """
    lock(ctx.world)
    return write_entry(ctx, arrays, source, history=history).id


def write_entry(ctx: Context, arrays: Sequence[NDArray[Any]], source: str = "", *, history: bool = False) -> Entry:
    """The same while `lock(ctx.world)` is held; returns the entry."""
    stream, time_us, value, quality = arrays
    received_at, recorded_at = ctx.now(), clock.real_now()
    by, source = ctx.actor.key[:80], source[:80]
    # Written and called for in one exchange; whoever listens is called at commit.
    call, channel = (", pg_notify(%s, %s)", [CHANNEL, str(ctx.world)]) if judged_elsewhere() else ("", [])
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH written AS (INSERT INTO sensing_journal"
            ' (world_id, received_at, recorded_at, source, "by", history, count, payload)'
            f" VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING id) SELECT id{call} FROM written",
            [
                ctx.world, received_at, recorded_at, source, by, history, len(stream),
                pack_entry(stream, time_us, value, quality), *channel,
            ],
        )  # fmt: skip
        pk = cursor.fetchone()[0]
    return Entry(pk, ctx.world, received_at, recorded_at, by, source, history, stream, time_us, value, quality)


def judged_elsewhere() -> bool:
    """Whether a process of its own follows the journal and judges (``JUDGE=process``)."""
    return getattr(settings, "JUDGE", "inline") == "process"


def entries_after(world: uuid.UUID, position: int, most: int = 500) -> list[Entry]:
    """Entries after a position, oldest first, at most `most`. None of them is ever seen after a later one was."""
    rows = Journal.objects.filter(world_id=world, id__gt=position).order_by("id")[:most]
    return [entry_of(row) for row in rows]


#: The next entries of a world: as many as hold so many readings together, one at least, and how many wait beside them. Of a long
#: backlog only what is taken is brought here.
_NEXT = """SELECT id, received_at, recorded_at, "by", source, history, count, payload, waiting FROM (
  SELECT j.*, sum(count) OVER place AS held, row_number() OVER place AS place, count(*) OVER () AS waiting FROM (
    SELECT * FROM sensing_journal WHERE world_id = %s AND id > %s ORDER BY id LIMIT %s) j
  WINDOW place AS (ORDER BY id)) k
WHERE place = 1 OR (place <= %s AND held <= %s) ORDER BY id"""


def next_entries(world: uuid.UUID, position: int, *, most: int, readings: int) -> tuple[list[Entry], bool]:
    """The same, no more than hold `readings` (one at least), and whether others follow them already."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [world, position, most + 1, most, readings])
        rows = cursor.fetchall()
    entries = [
        Entry(pk, world, received_at, recorded_at, by, source, history, *unpack_entry(payload, count))
        for pk, received_at, recorded_at, by, source, history, count, payload, _waiting in rows
    ]
    return entries, bool(rows) and len(rows) < rows[0][-1]


def entry(position: int) -> Entry:
    """The entry with this id."""
    return entry_of(Journal.objects.get(pk=position))


def entry_of(row: Journal) -> Entry:
    stream, time_us, value, quality = unpack_entry(row.payload, row.count)
    return Entry(
        row.pk, row.world_id, row.received_at, row.recorded_at, row.by, row.source, row.history, stream, time_us, value, quality,
    )  # fmt: skip


_tails: OrderedDict[tuple[str, uuid.UUID], Tail] = OrderedDict()
_guard = threading.Lock()


#: What is not folded: after which id, how many entries, and the last of them; takes the world twice.
UNFOLDED = (
    "SELECT f.position, count(j.id), COALESCE(max(j.id), 0)"
    " FROM (SELECT COALESCE(max(position), 0) AS position FROM sensing_fold WHERE world_id = %s) f"
    " LEFT JOIN sensing_journal j ON j.world_id = %s AND j.id > f.position GROUP BY f.position"
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """The `count` entries with ``after < id <= last``."""

    after: int
    count: int
    last: int


def tail(world: uuid.UUID) -> Tail:
    """What is not folded yet."""
    with connection.cursor() as cursor:
        cursor.execute(UNFOLDED, [world, world])
        return tail_of(world, Stretch(*cursor.fetchone()))


def tail_of(world: uuid.UUID, stretch: Stretch) -> Tail:
    """The readings of these entries. Entries never change, so those that this process has seen are not read again. Fewer than
    `stretch.count` entries say that some were folded and thrown away meanwhile."""
    key = (str(connection.settings_dict["NAME"]), world)
    with _guard:
        seen = _tails.get(key) or _empty()
    kept = seen.where((seen.entry > stretch.after) & (seen.entry <= stretch.last)) if len(seen) else seen
    rows = Journal.objects.filter(world_id=world, id__lte=stretch.last)
    upto = max(stretch.after, int(seen.entry[-1]) if len(seen) else 0)
    if upto < stretch.last:
        kept = _joined(kept, rows.filter(id__gt=upto))
    if entries_of(kept) != stretch.count:
        # What this process saw of a transaction that was rolled back never was; or it was restored to another time.
        kept = _joined(_empty(), rows.filter(id__gt=stretch.after))
    if kept is not seen:
        with _guard:
            _tails[key] = kept
            _tails.move_to_end(key)
            while len(_tails) > _WORLDS_KEPT:
                _tails.popitem(last=False)
    return kept


def entries_of(found: Tail) -> int:
    """How many entries these readings are of; they stand in the order of their entries."""
    return int((np.diff(found.entry) != 0).sum()) + 1 if len(found) else 0


def _joined(kept: Tail, rows: Iterable[Journal]) -> Tail:
    parts = [kept]
    for row in sorted(rows, key=lambda r: r.pk):
        stream, time_us, value, quality = unpack_entry(row.payload, row.count)
        entry, received = np.full(row.count, row.pk, np.int64), np.full(row.count, micros(row.received_at), np.int64)
        parts.append(Tail(entry, stream.astype(np.int64), time_us, value, quality, received))
    joined = Tail(*(np.concatenate([getattr(p, name) for p in parts]) for name in Tail.__slots__))
    if len(parts) > 1 and len(kept) and parts[1].entry[:1] < kept.entry[-1:]:
        order = np.argsort(joined.entry, kind="stable")
        joined = Tail(*(getattr(joined, name)[order] for name in Tail.__slots__))
    return joined


def _empty() -> Tail:
    ints = np.empty(0, np.int64)
    return Tail(ints, ints, ints, np.empty(0), np.empty(0, np.uint8), ints)
