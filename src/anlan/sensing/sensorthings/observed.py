"""Observations as rows: the columns of the store, cut, joined and named."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from anlan.kernel.context import Context
from anlan.sensing.store import CORRECTED, GOOD, MISSING, Flat

from .columns import Array
from .entities import ENTITIES

#: Accepted times lie well within (µs since 1970).
EARLIEST_US, LATEST_US = -86_400_000_000, 7_258_118_400_000_000
US = 1_000_000
QUALITY = {GOOD: "good", MISSING: "missing", CORRECTED: "corrected"}


@dataclass(frozen=True, slots=True)
class Observed:
    """One reading, as a row of the entity set. `time_us` ends a period of `period_s` seconds; `value` None: known to be missing."""

    stream: int
    thing: str
    period_s: int
    time_us: int
    value: float | None
    quality: str
    received_us: int

    @property
    def pk(self) -> str:
        return f"{self.stream}-{self.time_us}"


@dataclass(slots=True)
class Page:
    """Rows of one answer. `more`: there are further ones; `after`: where they begin; `count`: of all, when it was asked for."""

    rows: list[Any] = field(default_factory=list)
    more: bool = False
    count: int | None = None
    after: str = ""


@dataclass(frozen=True, slots=True)
class Streams:
    """Datastreams by id (rising), with the thing and the period of each."""

    pk: Array
    thing: Array
    period_s: Array

    def only(self, chosen: Array) -> Streams:
        return Streams(self.pk[chosen], self.thing[chosen], self.period_s[chosen])

    def at(self, streams: Any) -> Any:
        return np.searchsorted(self.pk, streams)


def streams_of(ctx: Context, rows: Any) -> Streams:
    """Visible ones of some datastreams."""
    visible = ENTITIES["Datastreams"].rows
    assert visible is not None
    found = rows.filter(pk__in=visible(ctx).values("pk")).order_by("pk").values_list("pk", "thing_id", "period_s")
    pk, thing, period = zip(*found, strict=True) if found else ((), (), ())
    return Streams(np.array(pk, np.int64), np.array(thing, object), np.array(period, np.int64))


def where(flat: Flat, chosen: Array | slice) -> Flat:
    """The chosen rows (a mask, places in order, or a stretch)."""
    return Flat(
        flat.stream[chosen], flat.time_us[chosen], flat.value[chosen], flat.quality[chosen], flat.received_us[chosen]
    )


def joined(parts: list[Flat]) -> Flat:
    """One after the other."""
    if len(parts) == 1:
        return parts[0]
    if not parts:
        nothing = np.empty(0, np.int64)
        return Flat(nothing, nothing, np.empty(0, float), np.empty(0, np.uint8), nothing)
    return Flat(
        *(
            np.concatenate([getattr(p, name) for p in parts])
            for name in ("stream", "time_us", "value", "quality", "received_us")
        )
    )


def rows_of(flat: Flat, streams: Streams) -> list[Observed]:
    """Each reading as a row."""
    at = streams.at(flat.stream)
    return [
        Observed(s, thing, period, t, None if v != v else v, QUALITY.get(q, "good"), r)
        for s, thing, period, t, v, q, r in zip(
            flat.stream.tolist(), streams.thing[at].tolist(), streams.period_s[at].tolist(), flat.time_us.tolist(),
            flat.value.tolist(), flat.quality.tolist(), flat.received_us.tolist(), strict=True,
        )
    ]  # fmt: skip
