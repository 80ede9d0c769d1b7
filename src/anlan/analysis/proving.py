"""The readings that prove a signal, taken from what was judged. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np

from .criteria import proving_leaf, sources_of
from .judging import Judged

#: So many readings are kept with a signal, the newest; of a longer window the rest is counted.
MOST_READINGS = 72


def proof_of(judged: Judged, step: int, level: str, station: str) -> dict[str, Any]:
    """``{"station", "property", "figure", "window_s", "fn", "since", "until", "count", "missing", "readings": [[time, value], …]}``.

    `readings` are those of the window of the figure that decides `level` at `step`, oldest first, bounded; `missing` counts
    those that should have come in that window and did not. Empty when no single figure decides.
    """
    index = judged.index_of(level)
    leaf = proving_leaf(judged.levels[index].when, judged.columns, step) if index >= 0 else None
    name = _measured(judged, leaf.var) if leaf is not None else ""
    if leaf is None or not name:
        return {}
    window, until, course = leaf.seconds, judged.stamps[step], judged.courses[name]
    first = int(np.searchsorted(course.times, until - window, side="right")) if window else None
    last = int(np.searchsorted(course.times, until, side="right"))
    inside = slice(max(0, last - 1) if first is None else first, last)
    times, values = course.times[inside], course.values[inside]
    known = ~np.isnan(values)
    readings = [[_iso(float(t)), round(float(v), 3)] for t, v in zip(times[known], values[known], strict=True)]
    expected = max(1, round(window / course.interval_s)) if course.interval_s else len(readings)
    return {
        "station": station, "property": name, "figure": leaf.key, "fn": leaf.fn, "window_s": window, "op": leaf.op,
        "threshold": leaf.threshold, "since": _iso(until - window), "until": _iso(until), "count": len(readings),
        "missing": max(0, expected - len(readings)), "readings": readings[-MOST_READINGS:],
    }  # fmt: skip


def _measured(judged: Judged, var: str) -> str:
    """The property that was read: the figure's own, or the one that it is derived from."""
    return next((name for name in (var, *sources_of(var)) if name in judged.courses), "")


def _iso(stamp: float) -> str:
    return datetime.fromtimestamp(stamp, UTC).isoformat()
