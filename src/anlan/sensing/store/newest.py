"""The newest time of each datastream, known in this process: what is newer than that needs no search for duplicates."""

from __future__ import annotations

import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable

import numpy as np
from django.db import connection

from anlan.kernel.exchanges import in_flight, sent

from ..models import Latest
from .journal import lock
from .packing import Ints, micros, unpack_entry

_NEVER = -(2**62)
_WORLDS_KEPT = 16


class Newest:
    """Times by datastream number. It may say a time too late (an append that was rolled back) and never one too early:
    too late only costs a search.
    """

    def __init__(self) -> None:
        self.position = -1
        self._times = np.full(1024, _NEVER, np.int64)

    def of(self, stream: Ints) -> Ints:
        """The newest time (µs) of each; far in the past for none."""
        self._reach(stream)
        return self._times[stream]

    def saw(self, stream: Ints, time_us: Ints) -> None:
        self._reach(stream)
        np.maximum.at(self._times, stream, time_us)

    def _reach(self, stream: Ints) -> None:
        top = int(stream.max(initial=0))
        if top >= len(self._times):
            grown = np.full(max(2 * len(self._times), top + 1), _NEVER, np.int64)
            grown[: len(self._times)] = self._times
            self._times = grown


_known: OrderedDict[tuple[str, uuid.UUID], Newest] = OrderedDict()
_guard = threading.Lock()


def caught_up(world: uuid.UUID) -> Newest:
    """What this process knows, brought up to the end of the journal, which is locked until the transaction ends."""
    key = (str(connection.settings_dict["NAME"]), world)
    with _guard:
        newest = _known.setdefault(key, Newest())
        _known.move_to_end(key)
        while len(_known) > _WORLDS_KEPT:
            _known.popitem(last=False)
    # Asked together: while the lock is waited for another thread may bring it further, and its entries are taken a second time.
    with in_flight():
        lock(world)
        asked = _after(world, newest.position)
    position, discarded, after = asked()
    # Entries that were thrown away before this process saw them are in `Latest`, as are all that are folded.
    # A fold between two statements may throw away more: then once again.
    while newest.position < max(discarded, 0):
        rows = Latest.objects.filter(world_id=world).values_list("datastream_id", "phenomenon_time")
        held = np.array([(pk, micros(at)) for pk, at in rows], np.int64).reshape(-1, 2)
        newest.saw(held[:, 0], held[:, 1])
        newest.position = max(newest.position, position, 0)
        position, discarded, after = _after(world, newest.position)()
    for pk, count, payload in after:
        stream, time_us, _value, _quality = unpack_entry(payload, count)
        newest.saw(stream.astype(np.int64), time_us)
        newest.position = pk
    return newest


def _after(world: uuid.UUID, position: int) -> Callable[[], tuple[int, int, list[tuple[int, int, bytes]]]]:
    """How far the journal is folded and thrown away, and its entries after a position, in one statement. Answered when it is called."""
    asked = sent(
        "SELECT f.position, f.discarded, j.id, j.count, j.payload FROM (SELECT COALESCE(max(position), 0) AS position,"
        " COALESCE(max(discarded), 0) AS discarded FROM sensing_fold WHERE world_id = %s) f"
        " LEFT JOIN sensing_journal j ON j.world_id = %s AND j.id > %s AND %s ORDER BY j.id",
        [world, world, position, position >= 0], tuple,
    )  # fmt: skip

    def answer() -> tuple[int, int, list[tuple[int, int, bytes]]]:
        rows = asked()
        return rows[0][0], rows[0][1], [row[2:] for row in rows if row[2] is not None]

    return answer
