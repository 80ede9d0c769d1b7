"""Figures: what is known about one variable. Plain values, bounds, and profiles over an area; unknown is never zero.

A fact arrives as JSON or as Python values, in one of these forms:

* ``None``: unknown
* ``3``, ``"orange"``, ``True``: known exactly, in the unit that the condition declares
* ``{"value": 120, "unit": "mm", "area_pct": 40}``: with its unit, or with the share of the area that reached it
* ``{"at_least": 80}``, ``{"at_most": 5}``, or both: a bound, such as a sum with hours missing or "at least two dead"
* ``[[120, 35.0], [80, 65.0]]`` or ``[{"at_least": 120, "share_pct": 35.0}, …]``: a profile, the values over an area
  with their shares in percent; what the shares leave over from 100 is unknown
* ``{"each": [45, 30, 12], "unread": 1}``: one figure for each of several things; so many more could not be read (null: nobody
  knows how many). A condition asks how many of them have reached the figure that it counts from (`over`)
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

SHARE_TOLERANCE = 1e-6  # shares come from polygons: their sum misses 100 by rounding


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a fact: which variable, a stable code, and a sentence for the person who gave it."""

    var: str
    code: str
    message: str


class BadFacts(ValueError):
    """Facts that cannot be judged. `problems` lists them all; the command line answers with exit code 2."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("；".join(p.message for p in problems))
        self.problems = tuple(problems)

    def as_dict(self) -> dict[str, Any]:
        return {"problems": [{"var": p.var, "code": p.code, "message": p.message} for p in self.problems]}


def bad_fact(var: str, code: str, message: str) -> BadFacts:
    return BadFacts([Problem(var, code, message)])


@dataclass(frozen=True, slots=True)
class Figure:
    """A fact, read. Numbers are an interval ``low..high`` (equal when exact); `parts`: (figure, percent); `each`: one figure
    per thing, `unread` the number of things without one."""

    kind: Literal["unknown", "number", "text", "flag", "profile", "each"]
    low: float = math.nan
    high: float = math.nan
    text: str = ""
    flag: bool = False
    parts: tuple[tuple[Figure, float], ...] = ()
    area_pct: float | None = None
    unit: str | None = None
    each: tuple[float, ...] = ()
    unread: int | None = 0

    def counted(self, over: float | None) -> Figure:
        """How many of `each` have reached `over` (None: are above zero); things without a figure make it a lower bound,
        and so does `unread` None: nobody knows how many there are."""
        reached = sum(1 for one in self.each if (one > 0 if over is None else one >= over))
        return Figure("number", low=reached, high=math.inf if self.unread is None else reached + self.unread)

    @property
    def exact(self) -> bool:
        return self.kind in ("text", "flag") or (self.kind == "number" and self.low == self.high)

    def shown(self) -> Any:
        """The figure as JSON for a trace."""
        match self.kind:
            case "unknown":
                return None
            case "text":
                return self.text
            case "flag":
                return self.flag
            case "profile":
                return [{"figure": part.shown(), "share_pct": round(share, 2)} for part, share in self.parts]
            case "each":
                return {"each": [_tidy(one) for one in self.each], "unread": self.unread}
        if self.low == self.high:
            return _tidy(self.low)
        bounds: dict[str, float] = {}
        if math.isfinite(self.low):
            bounds["at_least"] = _tidy(self.low)
        if math.isfinite(self.high):
            bounds["at_most"] = _tidy(self.high)
        return bounds or None


UNKNOWN = Figure("unknown")
_FORMS = {"value", "at_least", "at_most", "profile", "area_pct", "unit", "each", "unread"}


def read_figure(var: str, raw: Any) -> Figure:
    """Read one fact in any of the forms above. Raises BadFacts naming `var`."""
    if raw is None:
        return UNKNOWN
    if isinstance(raw, bool):
        return Figure("flag", flag=raw)
    if isinstance(raw, str):
        if not raw.strip():
            return UNKNOWN
        return Figure("text", text=raw)
    if isinstance(raw, Mapping):
        return _read_mapping(var, raw)
    if isinstance(raw, Sequence) and not isinstance(raw, bytes | bytearray):
        return Figure("profile", parts=_read_profile(var, raw))
    number = read_number(var, raw)
    return Figure("number", low=number, high=number)


def read_number(var: str, raw: Any) -> float:
    """A finite number, or BadFacts."""
    value = math.nan
    if not isinstance(raw, bool):
        try:
            value = float(raw) if not isinstance(raw, str) else math.nan
        except (TypeError, ValueError, OverflowError):
            value = math.nan
    if not math.isfinite(value):
        raise bad_fact(var, "not_a_number", f"“{var}”应为有限的数字，收到的是 {raw!r}；不知道时请填 null")
    return value


def _read_mapping(var: str, raw: Mapping[str, Any]) -> Figure:
    strange = sorted(str(k) for k in raw if k not in _FORMS)
    if strange:
        raise bad_fact(
            var,
            "unknown_form",
            f"“{var}”里有不认识的项 {'、'.join(strange)}；可用的项是 {'、'.join(sorted(_FORMS))}",
        )
    area = raw.get("area_pct")
    area_pct = None if area is None else _read_share(f"{var}.area_pct", area)
    unit = raw.get("unit")
    if "each" in raw:
        return _read_each(var, raw)
    if "profile" in raw:
        return Figure("profile", parts=_read_profile(var, raw["profile"]), unit=unit)
    if "at_least" in raw or "at_most" in raw:
        low = read_number(var, raw["at_least"]) if raw.get("at_least") is not None else -math.inf
        high = read_number(var, raw["at_most"]) if raw.get("at_most") is not None else math.inf
        if low > high:
            raise bad_fact(var, "crossed_bounds", f"“{var}”的 at_least 大于 at_most，请对调或核对")
        return Figure("number", low=low, high=high, area_pct=area_pct, unit=unit)
    inner = read_figure(var, raw.get("value"))
    return Figure(inner.kind, inner.low, inner.high, inner.text, inner.flag, inner.parts, area_pct=area_pct, unit=unit)


def _read_each(var: str, raw: Mapping[str, Any]) -> Figure:
    given, unread = raw["each"], raw.get("unread", 0)
    if not isinstance(given, Sequence) or isinstance(given, str | bytes):
        raise bad_fact(var, "not_a_list", f"“{var}”的 each 应是一列数字，收到的是 {given!r}")
    if unread is not None and (isinstance(unread, bool) or not isinstance(unread, int) or unread < 0):
        raise bad_fact(
            var, "not_a_count", f"“{var}”的 unread 应是没有读数的个数（不知道有多少时填 null），收到的是 {unread!r}"
        )
    return Figure("each", each=tuple(sorted((read_number(var, one) for one in given), reverse=True)), unread=unread)


def _read_share(var: str, raw: Any) -> float:
    share = read_number(var, raw)
    if not 0 <= share <= 100 + SHARE_TOLERANCE:
        raise bad_fact(var, "not_a_share", f"“{var}”是百分数，应在 0 到 100 之间，收到的是 {raw!r}")
    return share


def _read_profile(var: str, raw: Any) -> tuple[tuple[Figure, float], ...]:
    parts: list[tuple[Figure, float]] = []
    for entry in raw:
        if isinstance(entry, Mapping):
            value = {k: v for k, v in entry.items() if k != "share_pct"}
            parts.append((read_figure(var, value), _read_share(f"{var}.share_pct", entry.get("share_pct"))))
        elif isinstance(entry, Sequence) and not isinstance(entry, str) and len(entry) == 2:
            parts.append((read_figure(var, entry[0]), _read_share(f"{var}.share_pct", entry[1])))
        else:
            raise bad_fact(var, "not_a_profile", f"“{var}”的分布应写成 [[数值, 占比百分数], …]")
    if any(part.kind not in ("number", "unknown") for part, _ in parts):
        raise bad_fact(var, "not_a_profile", f"“{var}”的分布只能由数字（或 null）组成")
    if sum(share for _, share in parts) > 100 + 1e-3:
        raise bad_fact(var, "not_a_share", f"“{var}”的占比合计超过 100%")
    return tuple(parts)


def _tidy(number: float) -> float | int:
    return int(number) if float(number).is_integer() and abs(number) < 1e15 else round(number, 6)
