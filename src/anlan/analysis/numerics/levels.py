"""Levels that follow verdicts over time without flapping. Pure numpy and one plain loop."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .rain import FALSE, TRUE, Verdicts

Floats = NDArray[np.float64]


def levels_in_force(
    reached: Verdicts,
    clear_after: int,
    *,
    staying: Verdicts | None = None,
    stamps: Floats | None = None,
    hold_off_s: float = 0.0,
) -> NDArray[np.int64]:
    """The level in force at each step: its index, -1 for none.

    `reached`: shape (levels, steps), lowest level first; 1 reached, 0 not, -1 undecided. A higher level counts at once, a
    lower one only after `clear_after` steps in a row on which the level in force was known not to stand: `staying` (same
    shape; default `reached`) says so with the margin counted in. What is undecided neither raises nor lowers. Once no level
    is left, none up to the highest that had been reached is raised again within `hold_off_s` seconds by `stamps` (steps,).
    """
    steps = reached.shape[1]
    out = np.full(steps, -1, dtype=np.int64)
    true = reached == TRUE
    some = true.any(axis=0)
    if not some.any():
        return out
    first = int(np.argmax(some))
    tops = np.where(some, reached.shape[0] - 1 - np.argmax(true[::-1], axis=0), -1)[first:].tolist()
    gone = ((reached if staying is None else staying)[:, first:] == FALSE).tolist()
    times = stamps[first:].tolist() if stamps is not None else [0.0] * (steps - first)
    force, peak, below, barred, until = -1, -1, 0, -1, -np.inf
    found = []
    for step, top in enumerate(tops):
        if force < 0 and top >= 0 and top <= barred and times[step] < until:
            pass
        elif top >= force:
            force, peak, below = top, max(peak, top), 0
        elif gone[force][step]:
            below += 1
            if below >= clear_after:
                if top < 0:
                    barred, until, peak = peak, times[step] + hold_off_s, -1
                force, below = top, 0
        else:
            below = 0
        found.append(force)
    out[first:] = found
    return out
