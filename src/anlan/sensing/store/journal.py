"""The journal: accepted batches in the order in which they were accepted. What is committed here is acknowledged."""

from __future__ import annotations

import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.conf import settings
from django.db import connection, transaction
from numpy.typing import NDArray

from anlan.kernel import clock
from anlan.kernel.context import Context
from anlan.kernel.exchanges import sent

from ..models import Journal
from .packing import Bytes, Floats, Ints, micros, pack_entry, unpack_entry

#: PostgreSQL channel that wakes whoever follows the journal, at commit; its message is the world.
CHANNEL = "anlan_journal"
#: Of so many worlds what is not folded is kept decoded in memory.
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

    def between(self, after: int, last: int) -> Tail:
        """The entries with ``after < id <= last``."""
        a, b = np.searchsorted(self.entry, (after, last), side="right").tolist()
        if (a, b) == (0, len(self)):
            return self
        return Tail(
            self.entry[a:b], self.stream[a:b], self.time_us[a:b], self.value[a:b], self.quality[a:b], self.received_us[a:b]
        )  # fmt: skip

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


def next_entries(
    world: uuid.UUID, position: int, *, most: int, readings: int
) -> Callable[[], tuple[list[Entry], bool]]:
    """The same, no more than hold `readings` (one at least), and whether others follow them already. Asked at once, answered when
    it is called."""
    asked = sent(_NEXT, [world, position, most + 1, most, readings], tuple)

    def answer() -> tuple[list[Entry], bool]:
        rows = asked()
        entries = [
            Entry(pk, world, received_at, recorded_at, by, source, history, *unpack_entry(payload, count))
            for pk, received_at, recorded_at, by, source, history, count, payload, _waiting in rows
        ]
        return entries, bool(rows) and len(rows) < rows[0][-1]

    return answer


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


@dataclass(slots=True)
class _Heard:
    """What who follows the journal has read after an entry, nothing missing between, and what is in no tail yet."""

    after: int
    entries: list[Entry]
    readings: int = 0


_heard: OrderedDict[tuple[str, uuid.UUID], _Heard] = OrderedDict()
#: So many readings of a world at most; whoever needs older ones reads them anew.
_HEARD_KEPT = 100_000


#: What is not folded: after which id, how many entries, and the last of them, none after the last that is given (None: all of them);
#: takes the world twice, and that last one twice.
UNFOLDED = (
    "SELECT f.position, count(j.id), COALESCE(max(j.id), 0)"
    " FROM (SELECT COALESCE(max(position), 0) AS position FROM sensing_fold WHERE world_id = %s) f"
    " LEFT JOIN sensing_journal j ON j.world_id = %s AND j.id > f.position AND (%s::bigint IS NULL OR j.id <= %s) GROUP BY f.position"
)


def remember(world: uuid.UUID, after: int, entries: Sequence[Entry]) -> None:
    """The entries that follow on `after`, read just now: whoever reads the tail in this process need not read them again."""
    key = (str(connection.settings_dict["NAME"]), world)
    with _guard:
        heard = _heard.get(key)
        if (
            heard is None
            or heard.readings > _HEARD_KEPT
            or (heard.entries[-1].id if heard.entries else heard.after) != after
        ):
            heard = _heard[key] = _Heard(after, [])
        heard.entries += entries
        heard.readings += sum(len(e.stream) for e in entries)
        _keep_newest(_heard, key)


@dataclass(frozen=True, slots=True)
class Stretch:
    """The `count` entries with ``after < id <= last``."""

    after: int
    count: int
    last: int


def tail(world: uuid.UUID) -> Tail:
    """What is not folded yet."""
    with connection.cursor() as cursor:
        cursor.execute(UNFOLDED, [world, world, None, None])
        return tail_of(world, Stretch(*cursor.fetchone()))


def tail_of(world: uuid.UUID, stretch: Stretch) -> Tail:
    """The readings of these entries. Entries never change, so those that this process has seen are not read again. Fewer than
    `stretch.count` entries say that some were folded and thrown away meanwhile."""
    key = (str(connection.settings_dict["NAME"]), world)
    with _guard:
        seen = _tails.get(key) or _empty()
        upto = max(stretch.after, int(seen.entry[-1]) if len(seen) else 0)
        heard = _heard_after(key, upto, stretch.last)
    kept = seen.between(stretch.after, stretch.last)
    if heard:
        kept, upto = _joined(kept, heard), heard[-1].id
    if upto < stretch.last:
        kept = _joined(kept, _stretch_of(world, upto, stretch.last))
    if entries_of(kept) != stretch.count:
        # What this process saw of a transaction that was rolled back never was; or it was restored to another time.
        kept = _joined(_empty(), _stretch_of(world, stretch.after, stretch.last))
    if kept is not seen:
        with _guard:
            _tails[key] = kept
            _keep_newest(_tails, key)
    return kept


def _keep_newest(kept: OrderedDict[tuple[str, uuid.UUID], Any], key: tuple[str, uuid.UUID]) -> None:
    """The world of `key` was used last; those used longest ago are forgotten and read anew when asked for. Under `_guard`."""
    kept.move_to_end(key)
    while len(kept) > _WORLDS_KEPT:
        kept.popitem(last=False)


def entries_of(found: Tail) -> int:
    """How many entries these readings are of; they stand in the order of their entries."""
    return int((np.diff(found.entry) != 0).sum()) + 1 if len(found) else 0


def _stretch_of(world: uuid.UUID, after: int, last: int) -> list[Entry]:
    return [entry_of(row) for row in Journal.objects.filter(world_id=world, id__gt=after, id__lte=last)]


def _heard_after(key: tuple[str, uuid.UUID], after: int, last: int) -> list[Entry]:
    """What was heard of ``after < id <= last``, when nothing before it is missing; not to be asked for again. Under `_guard`."""
    heard = _heard.get(key)
    if heard is None or heard.after > after:
        return []
    found = [e for e in heard.entries if after < e.id <= last]
    rest = [e for e in heard.entries if e.id > last]
    _heard[key] = _Heard(
        max([heard.after, *(e.id for e in heard.entries if e.id <= last)]), rest, sum(len(e.stream) for e in rest)
    )
    return found


def _joined(kept: Tail, entries: Iterable[Entry]) -> Tail:
    parts = [kept]
    for one in sorted(entries, key=lambda e: e.id):
        count = len(one.stream)
        entry, received = np.full(count, one.id, np.int64), np.full(count, micros(one.received_at), np.int64)
        parts.append(Tail(entry, one.stream.astype(np.int64), one.time, one.value, one.quality, received))
    joined = Tail(*(np.concatenate([getattr(p, name) for p in parts]) for name in Tail.__slots__))
    if len(parts) > 1 and len(kept) and parts[1].entry[:1] < kept.entry[-1:]:
        order = np.argsort(joined.entry, kind="stable")
        joined = Tail(*(getattr(joined, name)[order] for name in Tail.__slots__))
    return joined


def _empty() -> Tail:
    ints = np.empty(0, np.int64)
    return Tail(ints, ints, ints, np.empty(0), np.empty(0, np.uint8), ints)
