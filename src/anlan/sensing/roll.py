"""The roll of datastreams as arrays: what an array of readings is checked against, and who may report for each.

Kept in memory. It is read anew when a datastream is unknown, after this process registered or retired something, and every
so often, so that what another process retired is noticed within that time.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from .models import Datastream
from .store.packing import Floats, Ints

#: Seconds after which the roll is read anew.
LASTS_S = 15.0


@dataclass(frozen=True, slots=True)
class Roll:
    """Arrays by place; `place` gives the place of each datastream number (-1: unknown).

    `period_us` 0: a state; `audience`: index into `audiences`, pairs of scope and the keys that it is shared with.
    """

    place: Ints
    thing: NDArray[np.str_]
    property: NDArray[np.str_]
    least: Floats
    most: Floats
    period_us: Ints
    retired: NDArray[np.bool_]
    audience: Ints
    audiences: tuple[tuple[str, tuple[str, ...]], ...]
    calibrated: dict[int, list[dict[str, Any]]]

    def places(self, stream: Ints) -> Ints:
        """The place of each datastream, -1 for an unknown one."""
        inside = (stream >= 0) & (stream < len(self.place))
        return np.where(inside, self.place[np.where(inside, stream, 0)], -1)


_rolls: dict[str, tuple[float, Roll]] = {}
_guard = threading.Lock()


def roll(stream: Ints) -> Roll:
    """The roll, with these datastreams in it if they exist."""
    name = str(connection.settings_dict["NAME"])
    with _guard:
        read_at, known = _rolls.get(name, (0.0, None))
    if known is not None and time.monotonic() - read_at < LASTS_S and (known.places(stream) >= 0).all():
        return known
    fresh = _read()
    with _guard:
        _rolls[name] = (time.monotonic(), fresh)
    return fresh


def forget_roll() -> None:
    """What is registered has changed."""
    with _guard:
        _rolls.clear()


def _read() -> Roll:
    rows = list(
        Datastream.objects.order_by("pk").values_list(
            "pk", "thing_id", "property", "least", "most", "period_s", "thing__retired", "thing__scope", "thing__shared_with",
            "calibration",
        )
    )  # fmt: skip
    numbers: dict[tuple[str, tuple[str, ...]], int] = {}
    audience = [numbers.setdefault((row[7], tuple(row[8])), len(numbers)) for row in rows]
    pks = np.array([row[0] for row in rows], np.int64)
    place = np.full(int(pks.max(initial=0)) + 1, -1, np.int64)
    place[pks] = np.arange(len(rows))
    return Roll(
        place, np.array([r[1] for r in rows], dtype=object), np.array([r[2] for r in rows], dtype=object),
        np.array([r[3] for r in rows], float), np.array([r[4] for r in rows], float),
        np.array([r[5] for r in rows], np.int64) * 1_000_000, np.array([r[6] for r in rows], bool),
        np.array(audience, np.int64), tuple(numbers), {r[0]: r[9] for r in rows if r[9]},
    )  # fmt: skip
