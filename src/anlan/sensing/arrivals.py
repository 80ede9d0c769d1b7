"""What happens when readings have arrived: whoever judges is called, and the others hear of it.

With ``JUDGE=inline`` (the default) this happens in the transaction that stores them. With ``JUDGE=process`` a process of its own
follows the journal, judges, and announces what it has judged with `announce_arrivals`.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np
from django.db import transaction

from anlan.events.sensing import ObservationsArrived
from anlan.kernel.announcing import announce_all
from anlan.kernel.context import Context
from anlan.kernel.ids import new_id

from .models import Datastream
from .store import Entry, hold, judged_elsewhere, keep_latest, moment, newest_of

EVENT_ROWS = 500
_callbacks: list[Callable[[Context, Entry], None]] = []


def on_arrival(callback: Callable[[Context, Entry], None]) -> None:
    """Call ``callback(ctx, entry)`` for every stored entry that is news, in its transaction (only with ``JUDGE=inline``)."""
    _callbacks.append(callback)


def follow_journal(position_of: Callable[[uuid.UUID], int | None]) -> None:
    """Entries after ``position_of(world)`` stay in the journal, folded or not (None: nobody follows this world)."""
    hold(position_of)


def arrived(ctx: Context, entry: Entry) -> None:
    """An entry was stored. History is nobody's news."""
    if entry.history or judged_elsewhere():
        return
    announce_arrivals(ctx, [entry])
    for callback in _callbacks:
        callback(ctx, entry)


@transaction.atomic(savepoint=False)
def announce_arrivals(ctx: Context, entries: Sequence[Entry], *, newest: bool = False) -> int:
    """Announce the readings of entries (history left out); returns how many announcements.

    One per scope and length of period: whoever may see the stations gets the live notice, nobody else. `newest`: of each datastream
    only the newest reading, for whoever shows values and does not judge them.
    """
    own = [e for e in entries if not e.history and len(e.stream)]
    if not own:
        return 0
    stream = np.concatenate([e.stream for e in own]).astype(np.int64)
    time_us, value = np.concatenate([e.time for e in own]), np.concatenate([e.value for e in own])
    entry = np.repeat(np.array([e.id for e in own], np.int64), [len(e.stream) for e in own])
    if newest:
        stream, time_us, value, entry = newest_of(stream, time_us, value, entry)
    if judged_elsewhere():
        # Whoever hears of a reading finds it in the rows that maps and lists are drawn from.
        keep_latest(own[0].world, stream=stream, time_us=time_us, value=value, entry=entry)
    columns = ("pk", "thing_id", "property", "period_s", "thing__scope", "thing__shared_with")
    rows_of = Datastream.objects.filter(pk__in=np.unique(stream).tolist())
    known = {pk: facts for pk, *facts in rows_of.values_list(*columns)}
    groups: dict[tuple[str, tuple[str, ...], int], list[tuple[int, str, str, float | None]]] = defaultdict(list)
    for pk, at, v in zip(stream.tolist(), time_us.tolist(), value.tolist(), strict=True):
        code, name, period, scope, shared_with = known[pk]
        groups[scope, tuple(shared_with), period].append((at, code, name, None if v != v else v))
    batch, notices = str(new_id()), []
    for (scope, shared, period), rows in groups.items():
        rows.sort(key=lambda row: row[:2])
        for start in range(0, len(rows), EVENT_ROWS):
            part = [(code, name, moment(at).isoformat(), v) for at, code, name, v in rows[start : start + EVENT_ROWS]]
            event = ObservationsArrived(batch=batch, first=part[0][2], last=part[-1][2], period_s=period, readings=part)
            notices.append((event, scope, shared))
    announce_all(ctx, notices)
    return len(notices)
