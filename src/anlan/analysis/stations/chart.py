"""The chart of a stretch, as frontend/src/charts.ts calls ChartConfig."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from ..models import Signal
from .course import Stretch, running_sums


def chart_of(
    stretch: Stretch, name: str, lines: Sequence[dict[str, Any]], signals: Iterable[Signal], window: timedelta | None
) -> dict[str, Any]:
    """Bars of an amount with the running sum that `lines` are compared with, or the course of a state with its extremes."""
    unit = stretch.stream.unit
    return {
        "title": name,
        "unit": unit,
        "from": stretch.since.isoformat(),
        "to": stretch.until.isoformat(),
        "series": _amount(stretch, name, window) if stretch.adds_up else _state(stretch, name),
        "lines": [*lines],
        "gaps": [[since.isoformat(), until.isoformat()] for since, until in stretch.gaps],
        "spans": [_span(s, stretch) for s in signals],
        "zoom": True,
    }


def _amount(stretch: Stretch, name: str, window: timedelta | None) -> list[dict[str, Any]]:
    step = {"reading": name, "hour": _("逐小时合计"), "day": _("逐日合计")}[stretch.step]
    # A day stands at its noon, not at the midnight that closes it.
    back = timedelta(hours=12) if stretch.step == "day" else timedelta(0)
    bars = {"name": step, "kind": "bar", "points": _points((p.at - back, p.value) for p in stretch.points)}
    every = stretch.stream.interval_s
    if window is None or stretch.step == "day" or (stretch.step == "reading" and window.total_seconds() <= every):
        return [bars]
    sums = running_sums(stretch, window)
    said = {"n": f"{window.total_seconds() / 3600:g}"}
    whole = [(at, total if complete else None) for at, total, complete in sums]
    part = [(at, None if complete else total) for at, total, complete in sums]
    course = [{"name": _("%(n)s 小时累计") % said, "kind": "line", "points": _points(whole), "emphasis": True}]
    if any(total is not None for _at, total in part):
        course.append({"name": _("%(n)s 小时累计（有缺测，至少）") % said, "kind": "line", "points": _points(part)})
    return [bars, *course]


def _state(stretch: Stretch, name: str) -> list[dict[str, Any]]:
    if stretch.step == "reading":
        return [{"name": name, "kind": "line", "points": _points((p.at, p.value) for p in stretch.points)}]
    return [
        {"name": _("平均"), "kind": "line", "points": _points((p.at, p.value) for p in stretch.points)},
        {"name": _("最高"), "kind": "line", "points": _points((p.at, p.most) for p in stretch.points)},
        {"name": _("最低"), "kind": "line", "points": _points((p.at, p.least) for p in stretch.points)},
    ]


def _span(signal: Signal, stretch: Stretch) -> dict[str, Any]:
    return {
        "from": max(signal.since, stretch.since).isoformat(),
        "to": (signal.at if signal.closed_at else stretch.until).isoformat(),
        "label": signal.words,
        "url": signal.get_absolute_url(),
        "open": signal.closed_at is None,
    }


def _points(rows: Iterable[tuple[datetime, float | None]]) -> list[list[Any]]:
    return [[at.isoformat(), None if value is None else round(value, 3)] for at, value in rows]
