"""The lane chart of a try: one lane per role, one bar per card, levels as steps above. Plain figures; the template draws them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

LABEL, WIDTH, LANE, BAR, TOP = 168, 1000, 8, 14, 46
MOST_BARS = 600


def lanes(found: Mapping[str, Any]) -> dict[str, Any]:
    """``{"width", "height", "ticks": [{"x", "text"}], "levels": [{"x", "width", "level"}], "lanes": [{"role", "y", "height", "bars":
    [{"x", "y", "width", "text", "jam"}]}]}`` in pixels, from what `try_plan` tells. Nothing to draw: lanes is empty."""
    tasks = found["tasks"][:MOST_BARS]
    if not tasks:
        return {"width": LABEL + WIDTH, "height": TOP, "ticks": [], "levels": [], "lanes": []}
    begins = min(_at(t["given_at"]) for t in tasks)
    ends = max([_at(t["due_at"]) for t in tasks] + [_at(c["time"]) for c in found["levels"]])
    span = max((ends - begins).total_seconds(), 3600.0)

    def x(at: datetime) -> float:
        return round(LABEL + (at - begins).total_seconds() / span * (WIDTH - 12), 1)

    jammed = {
        (b["role"], c["id"], c["due_at"]) for b in found["bottlenecks"] for c in b["cards"]
    }  # fmt: skip
    rows, y = [], TOP
    for role in found["roles"]:
        bars, ends_at = [], list[datetime]()
        for task in (t for t in tasks if t["role"] == role["role"]):
            start, end = _at(task["given_at"]), _at(task["due_at"])
            start, end = min(start, end), max(start, end)
            track = next((i for i, last in enumerate(ends_at) if last <= start), len(ends_at))
            ends_at[track : track + 1] = [end]
            bars.append({
                "x": x(start), "y": y + 4 + track * (BAR + 3), "width": max(3.0, round(x(end) - x(start), 1)), "height": BAR,
                "text": f"{task['zh']} · {_clock(task['due_at'])} 前 · {task['level']}级",
                "jam": (role["role"], task["id"], task["due_at"]) in jammed,
            })  # fmt: skip
        height = max(1, len(ends_at)) * (BAR + 3) + LANE
        if bars:
            rows.append(
                {
                    "role": role["role_zh"],
                    "y": y,
                    "height": height,
                    "middle": y + height / 2,
                    "bars": bars,
                    "at_once": role["at_once"],
                }
            )
            y += height
    return {
        "width": LABEL + WIDTH, "height": y + 4, "label": LABEL, "ticks": _ticks(begins, ends, x), "levels": _levels(found, x, ends),
        "lanes": rows,
    }  # fmt: skip


def _levels(found: Mapping[str, Any], x: Any, ends: datetime) -> list[dict[str, Any]]:
    changes = found["levels"]
    shown = []
    for i, change in enumerate(changes):
        until = _at(changes[i + 1]["time"]) if i + 1 < len(changes) else ends
        if change["change"] != "end":
            left = x(_at(change["time"]))
            shown.append({"x": left, "width": max(2.0, round(x(until) - left, 1)), "level": f"{change['level']}级"})
    return shown


def _ticks(begins: datetime, ends: datetime, x: Any) -> list[dict[str, Any]]:
    hours = max(1.0, (ends - begins).total_seconds() / 3600)
    step = next(s for s in (1, 2, 3, 6, 12, 24, 48, 96, 192, 10**6) if hours / s <= 12)
    at = begins.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    found: list[dict[str, Any]] = []
    while at <= ends:
        if at.hour % min(step, 24) == 0:
            found.append({"x": x(at), "text": f"{at:%m-%d %H:%M}" if at.hour == 0 or not found else f"{at:%H:%M}"})
        at += timedelta(hours=1) if step < 24 else timedelta(hours=24 - at.hour if at.hour else 24)
    return found[:40]


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _clock(text: str) -> str:
    return f"{_at(text):%m-%d %H:%M}"
