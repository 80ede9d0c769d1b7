"""How time is cut into buckets: their length for a datastream, and how many cover a window."""

from __future__ import annotations

from .rings import HOUR_S, MOST_SLOTS


def step_of(interval_s: int) -> int:
    """Length of a bucket: the expected interval, an hour at most; what comes seldom or at no set time lies in hours."""
    return interval_s if 0 < interval_s < HOUR_S and HOUR_S % interval_s == 0 else HOUR_S


def width_of(seconds: float, step: int) -> int:
    """Buckets that cover a window."""
    return max(1, -(-int(seconds) // step))


def is_long(seconds: float, step: int) -> bool:
    """Whether a window is too long for the fine ring."""
    return step < HOUR_S and width_of(seconds, step) > MOST_SLOTS
