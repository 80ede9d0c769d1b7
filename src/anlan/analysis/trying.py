"""Criteria tried on series of readings: which standards a series reaches, and when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .courses import columns_of, stamps_of
from .criteria import Columns, Criterion, CriterionLevel, for_one_station, proving_leaf, shipped_criteria
from .judging import shown_value, verdicts_of
from .numerics.levels import levels_in_force
from .numerics.windows import Course, Floats
from .series import read_rows

Bools = NDArray[np.bool_]
LONGEST_GAP_S = 24 * 30 * 3600
"""After a gap longer than any window nothing of before counts."""
LOCAL = timezone(timedelta(hours=8))


def try_series(
    rows: Iterable[Mapping[str, Any]],
    criteria: Sequence[Criterion] | None = None,
    *,
    now: datetime | None = None,
    clear_after: int | None = None,
) -> dict[str, Any]:
    """Try criteria on a series of readings.

    `rows`: mappings with ``time`` (ISO 8601 with offset, the end of the period), ``station``, ``value``, and optionally
    ``property`` (default hourly rain ``rain_mm``), ``unit`` and ``line``. Readings later than `now` are refused.
    Returns ``{"signals": [{"criterion", "time", "station", "level", "value", "clause", …}], "rejected": [{"line",
    "reason"}]}``: one signal each time that a station's level of a criterion rises, in the order of time; silence is an
    empty list. A criterion is tried where the station has one of its properties; what it cannot decide stays silent.
    """
    criteria = shipped_criteria() if criteria is None else criteria
    stations, rejected = read_rows(rows, now)
    signals: list[tuple[float, dict[str, Any]]] = []
    for station, series in stations.items():
        signals += try_courses(station, series.courses, criteria, clear_after=clear_after, written=series.time_at)
    signals.sort(key=lambda pair: (pair[0], pair[1]["station"], pair[1]["criterion"]))
    return {"signals": [signal for _, signal in signals], "rejected": rejected}


def try_courses(
    station: str,
    courses: Mapping[str, Course],
    criteria: Sequence[Criterion],
    *,
    own: Mapping[str, float] | None = None,
    clear_after: int | None = None,
    written: Any = None,
    applies: Callable[[Criterion, Floats], Bools] | None = None,
) -> list[tuple[float, dict[str, Any]]]:
    """What one station's courses raise: (stamp, signal), by criterion. `own`: its own levels; `written`: stamp → text;
    `applies`: at which of the stamps a criterion applies here (default: at all), as one that follows a moving centre does."""
    present = frozenset(courses)
    wanted = [c for c in criteria if c.properties & present]
    if not wanted:
        return []
    stamps = stamps_of(courses)
    columns = columns_of(courses, stamps, wanted, own)
    found = []
    for criterion in wanted:
        levels = [lv for lv in (for_one_station(lv, present, own or ()) for lv in criterion.levels) if lv]
        if not levels:
            continue
        where = applies(criterion, stamps) if applies else None
        for step, index in rises(criterion, levels, columns, stamps, clear_after, where):
            said = (written or _said)(float(stamps[step]))
            found.append((float(stamps[step]), _signal(criterion, levels[index], station, said, columns, step)))
    return found


def rises(
    criterion: Criterion,
    levels: Sequence[CriterionLevel],
    columns: Columns,
    stamps: Floats,
    clear_after: int | None = None,
    where: Bools | None = None,
) -> Iterator[tuple[int, int]]:
    """(step, index of the level) each time that the level in force rises; `where`: steps at which the criterion applies."""
    reached, staying = verdicts_of(criterion, levels, columns, stamps)
    for first, last in _stretches(stamps):
        force = levels_in_force(
            reached[:, first:last],
            clear_after or criterion.clear_after,
            staying=staying[:, first:last],
            stamps=stamps[first:last],
            hold_off_s=criterion.hold_off_min * 60,
        )
        if where is not None:
            force = np.where(where[first:last], force, -1)
        before = np.concatenate([[-1], force[:-1]])
        for step in np.nonzero(force > before)[0]:
            yield int(step) + first, int(force[step])


def _stretches(stamps: Floats) -> Iterator[tuple[int, int]]:
    cuts = np.flatnonzero(np.diff(stamps) > LONGEST_GAP_S) + 1
    bounds = np.concatenate([[0], cuts, [stamps.size]])
    for first, last in pairwise(bounds):
        yield int(first), int(last)


def _said(stamp: float) -> str:
    return datetime.fromtimestamp(stamp, UTC).astimezone(LOCAL).isoformat()


def _signal(
    criterion: Criterion, level: CriterionLevel, station: str, time: str, columns: Columns, step: int
) -> dict[str, Any]:
    leaf = proving_leaf(level.when, columns, step)
    return {
        "criterion": criterion.id,
        "time": time,
        "station": station,
        "level": level.name,
        "value": shown_value(leaf, columns, step, 3) if leaf else None,
        "clause": criterion.provenance.source,
        "words": level.words,
        "confidence": criterion.provenance.confidence,
        "suggested": criterion.provenance.suggested,
        "var": leaf.key if leaf else None,
        "op": leaf.op if leaf else None,
        "threshold": leaf.threshold if leaf else None,
        "unit": leaf.unit if leaf else None,
    }
