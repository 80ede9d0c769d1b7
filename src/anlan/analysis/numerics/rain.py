"""Windowed sums of hourly rain with missing hours, and three-valued thresholds.

A missing hour is NaN, never 0. The sum of what was obtained is a lower bound of the true sum: a threshold that it
reaches is reached whatever is missing; one that it does not reach is undecided as long as an hour is missing.
Time stamps end the hour that they stand for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WINDOWS_H = (1, 3, 6, 12, 24)
TRUE, FALSE, UNKNOWN = np.int8(1), np.int8(0), np.int8(-1)

Floats = NDArray[np.float64]
Verdicts = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class WindowSum:
    """Sums over one window. `total` is in mm, a lower bound where `obtained` (share 0..1 of the hours) is below 1."""

    window_h: int
    total: Floats
    obtained: Floats


def on_hourly_grid(hours: NDArray[np.int64], values: Floats, start: int, length: int) -> Floats:
    """Values at whole hours laid on a grid of `length` hours from `start`; NaN where there is none.

    `hours`: hours since an epoch, in any order, shape (n,); `values`: mm, shape (n,).
    Raises ValueError for an hour outside the grid or given twice.
    """
    grid = np.full(length, np.nan)
    index = hours - start
    if index.size and (index.min() < 0 or index.max() >= length):
        raise ValueError("an hour lies outside the grid")
    if np.unique(index).size != index.size:
        raise ValueError("an hour is given twice")
    grid[index] = values
    return grid


def window_sums(rain: Floats, windows: tuple[int, ...] = WINDOWS_H) -> dict[int, WindowSum]:
    """Sums of hourly rain over the hours up to and including each one.

    `rain`: shape (…, hours), mm, NaN where missing. Hours before the first column are missing too, so early windows are
    lower bounds. Returns per window arrays of the same shape.
    """
    if np.any(rain < 0) or np.any(np.isinf(rain)):
        raise ValueError("rain is a finite amount of at least 0 mm, or NaN")
    present = ~np.isnan(rain)
    amount = np.cumsum(np.where(present, rain, 0.0), axis=-1)
    count = np.cumsum(present, axis=-1)
    sums: dict[int, WindowSum] = {}
    for window in windows:
        total, hours = amount.copy(), count.astype(np.float64)
        if window < rain.shape[-1]:
            total[..., window:] -= amount[..., :-window]
            hours[..., window:] -= count[..., :-window]
        # 1e-9: a difference of long sums may fall short of a threshold that the single hours reach exactly
        sums[window] = WindowSum(window, np.round(np.maximum(total, 0.0), 9), hours / window)
    return sums


def reaches(sums: WindowSum, threshold: float) -> Verdicts:
    """Whether each sum reaches `threshold` (mm): 1 yes, 0 no, -1 undecided because hours are missing."""
    short = np.where(sums.obtained >= 1, FALSE, UNKNOWN)
    return np.where(sums.total >= threshold, TRUE, short).astype(np.int8)


def any_of(verdicts: list[Verdicts]) -> Verdicts:
    """Three-valued `any` over arrays: 1 where one is 1, else -1 where one is -1, else 0."""
    stacked = np.stack(verdicts)
    return np.where((stacked == 1).any(0), TRUE, np.where((stacked == -1).any(0), UNKNOWN, FALSE)).astype(np.int8)


def all_of(verdicts: list[Verdicts]) -> Verdicts:
    """Three-valued `all` over arrays: 0 where one is 0, else -1 where one is -1, else 1."""
    stacked = np.stack(verdicts)
    return np.where((stacked == 0).any(0), FALSE, np.where((stacked == -1).any(0), UNKNOWN, TRUE)).astype(np.int8)
