"""How the figure behind a signal develops: its recent course, and whether it rises or falls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context
from anlan.sensing import queries as sensing
from anlan.sensing.models import Datastream

from .data.criteria_files import shipped_properties
from .models import Signal
from .numerics.windows import Course, column

#: So many figures make a course; what lies within this share of the course's span of the one before counts as level.
SHOWN = 24
LEVEL_SHARE = 0.05
WORDS = {"up": _("上升"), "down": _("下降"), "flat": _("持平"), "": _("走势未知")}
ARROWS = {"up": "↗", "down": "↘", "flat": "→", "": ""}


@dataclass(frozen=True, slots=True)
class Development:
    """`points`: (time, figure or None), oldest first; `trend`: up, down, flat, or "" when it cannot be said."""

    points: tuple[tuple[datetime, float | None], ...]
    trend: str

    @property
    def word(self) -> Any:
        return WORDS[self.trend]

    @property
    def arrow(self) -> str:
        return ARROWS[self.trend]

    @property
    def path(self) -> str:
        """The course as a path in a box of 96 by 24, gaps left open."""
        values = [v for _t, v in self.points if v is not None]
        if len(values) < 2:
            return ""
        low, span = min(values), (max(values) - min(values)) or 1.0
        across = 94 / max(1, len(self.points) - 1)
        said, pen = [], "M"
        for i, (_t, value) in enumerate(self.points):
            if value is None:
                pen = "M"
                continue
            said.append(f"{pen}{1 + i * across:.1f} {22 - 20 * (value - low) / span:.1f}")
            pen = "L"
        return " ".join(said)


def trend_of(values: Sequence[float | None]) -> str:
    """up, down or flat: the newest figure against the mean of the three before it; "" with fewer than two known."""
    known = [v for v in values if v is not None]
    if len(known) < 2:
        return ""
    before = float(np.mean(known[-4:-1]))
    change = known[-1] - before
    room = LEVEL_SHARE * max(max(known) - min(known), 1e-9)
    return "up" if change > room else "down" if change < -room else "flat"


def developments(ctx: Context, signals: Iterable[Signal]) -> dict[Any, Development]:
    """The course of the proving figure of each signal of a station, by the signal's id, in two queries for all."""
    wanted = [s for s in signals if s.station_id and s.proof.get("property") and s.proof.get("until")]
    if not wanted:
        return {}
    rows = Datastream.objects.filter(
        thing__in={s.station_id for s in wanted}, property__in={s.proof["property"] for s in wanted}
    )
    streams = {(d.thing_id, d.property): d for d in rows}
    found: dict[Any, Development] = {}
    groups: dict[tuple[float, int], list[Signal]] = defaultdict(list)
    for signal in wanted:
        stream = streams.get((signal.station_id or "", signal.proof["property"]))
        if stream is not None:
            groups[float(signal.proof.get("window_s") or 0), stream.interval_s].append(signal)
    for (window_s, interval_s), own in groups.items():
        used = [streams[s.station_id or "", s.proof["property"]] for s in own]
        until = max(datetime.fromisoformat(s.proof["until"]) for s in own)
        back = timedelta(seconds=window_s + SHOWN * interval_s)
        read = sensing.series(ctx, used, since=until - back)
        for signal, stream in zip(own, used, strict=True):
            found[signal.pk] = _development(signal, stream, read.get(stream.pk, []))
    return found


def _development(signal: Signal, stream: Datastream, rows: sensing.Series) -> Development:
    times = np.array([t.timestamp() for t, _v in rows])
    if not times.size:
        return Development((), "")
    course = Course(times, np.array([np.nan if v is None else v for _t, v in rows]), float(stream.interval_s))
    window_s = float(signal.proof.get("window_s") or 0)
    fn = str(signal.proof.get("fn") or "") or (
        "sum" if window_s and shipped_properties()[stream.property].adds_up else ""
    )
    figure = column(course, fn if window_s else "", window_s, times[-SHOWN:])
    values = [
        None if np.isnan(v) else round(float(v), 3) for v in np.where(np.isfinite(figure.low), figure.low, figure.high)
    ]
    values = [None if v is not None and not np.isfinite(v) else v for v in values]
    at = [datetime.fromtimestamp(t, UTC) for t in times[-SHOWN:].tolist()]
    return Development(tuple(zip(at, values, strict=True)), trend_of(values))
