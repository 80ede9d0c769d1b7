"""Readings into the store, each once: what is there already is recognised, what contradicts it is kept as a correction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from django.db import transaction

from anlan.kernel.context import Context

from ..models import Correction
from .journal import Entry, judged_elsewhere, tail, write_entry
from .latest import keep_latest
from .newest import caught_up
from .packing import CORRECTED, GOOD, MISSING, Bytes, Floats, Ints, moment
from .reading import find, read_blocks

#: What became of a reading.
FRESH, KNOWN, AMENDED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Kept:
    """`entry`: the journal entry (None: nothing was new). `outcome`: FRESH, KNOWN or AMENDED for each reading given."""

    entry: Entry | None
    outcome: Bytes


@transaction.atomic(savepoint=False)
def keep(ctx: Context, *, stream: Ints, time_us: Ints, value: Floats, source: str = "", history: bool = False) -> Kept:
    """Store readings (arrays of one length; NaN: known to be missing) as one journal entry in ctx's world.

    The same reading again is KNOWN, and so is one that says missing where there is a value; another value is AMENDED: it counts
    from now on, and a `Correction` keeps what was before. Durable when the surrounding transaction commits.
    """
    outcome = np.zeros(len(stream), np.uint8)
    if not len(stream):
        return Kept(None, outcome)
    stream = np.ascontiguousarray(stream, np.int64)
    newest = caught_up(ctx.world)
    again = _repeated(stream, time_us)
    held, before = _held(ctx, stream, time_us, (time_us <= newest.of(stream)) & ~again)
    same = np.isnan(value) | (value == before)
    outcome[held] = np.where(same[held], KNOWN, AMENDED)
    if again.any():
        _settle_repeats(stream, time_us, value, before, outcome, again)
    kept = outcome != KNOWN
    if not kept.any():
        return Kept(None, outcome)
    quality = np.where(np.isnan(value), MISSING, GOOD).astype(np.uint8)
    quality[outcome == AMENDED] = CORRECTED
    arrays = (stream[kept].astype(np.int32), time_us[kept], value[kept], quality[kept])
    entry = write_entry(ctx, arrays, source, history=history)
    newest.saw(stream[kept], time_us[kept])
    newest.position = entry.id
    _keep_corrections(ctx, stream, time_us, value, before, np.flatnonzero(outcome == AMENDED))
    if not judged_elsewhere():
        keep_latest(
            ctx.world, stream=stream[kept], time_us=time_us[kept], value=value[kept],
            entry=np.full(int(kept.sum()), entry.id, np.int64),
        )  # fmt: skip
    return Kept(entry, outcome)


def _repeated(stream: Ints, time_us: Ints) -> np.ndarray:
    """Readings whose key stands earlier in the same batch."""
    order = np.lexsort((time_us, stream))
    again = np.zeros(len(stream), bool)
    again[order[1:]] = (np.diff(stream[order]) == 0) & (np.diff(time_us[order]) == 0)
    return again


def _held(ctx: Context, stream: Ints, time_us: Ints, late: np.ndarray) -> tuple[np.ndarray, Floats]:
    """Which readings have a value in the store, and that value (NaN: missing, or not held)."""
    held, before = np.zeros(len(stream), bool), np.full(len(stream), np.nan)
    places = np.flatnonzero(late)
    if not len(places):
        return held, before
    fresh = tail(ctx.world)
    found = find(fresh, stream[places], time_us[places])
    hit = places[found >= 0]
    held[hit], before[hit] = True, fresh.value[found[found >= 0]]
    places = places[found < 0]
    if len(places):
        asked = time_us[places]
        old = read_blocks(ctx.world, stream[places].tolist(), int(asked.min()) - 1, int(asked.max()))
        found = find(old, stream[places], asked)
        hit = places[found >= 0]
        held[hit], before[hit] = True, old.value[found[found >= 0]]
    return held, before


def _settle_repeats(
    stream: Ints, time_us: Ints, value: Floats, before: Floats, outcome: Bytes, again: np.ndarray
) -> None:
    """Several readings of one key in one batch, one after the other as if each had come by itself."""
    keys = {(int(stream[i]), int(time_us[i])) for i in np.flatnonzero(again)}
    stands: dict[tuple[int, int], float] = {}
    involved = np.flatnonzero(np.isin(stream, [s for s, _t in keys]) & np.isin(time_us, [t for _s, t in keys]))
    for i in involved.tolist():
        key = (int(stream[i]), int(time_us[i]))
        if key not in keys:
            continue
        if key not in stands:
            stands[key] = float(before[i] if outcome[i] == KNOWN else value[i])
            continue
        before[i] = stands[key]
        if np.isnan(value[i]) or value[i] == before[i]:
            outcome[i] = KNOWN
        else:
            outcome[i], stands[key] = AMENDED, float(value[i])


def _keep_corrections(ctx: Context, stream: Ints, time_us: Ints, value: Floats, before: Floats, places: Ints) -> None:
    if not len(places):
        return
    now = ctx.now()
    Correction.objects.bulk_create(
        [
            Correction(
                datastream_id=int(stream[i]), world_id=ctx.world, phenomenon_time=moment(time_us[i]), at=now, by=ctx.actor.key,
                before=None if np.isnan(before[i]) else float(before[i]), after=float(value[i]),
            )
            for i in places
        ],
        batch_size=500,
    )  # fmt: skip
