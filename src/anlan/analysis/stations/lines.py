"""The levels that apply to one station's figure: lines of its chart, and the rows that name their clauses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from anlan.kernel.conditions import Leaf, leaves

from ..criteria import Criterion
from ..data.criteria_files import shipped_derivations
from ..judging import label_of, threshold_of, unit_of
from ..levels import rank_of

#: Functions whose figure stands on the scale of what is drawn; a rise or a share that came does not.
_ON_THE_SCALE = ("", "sum", "max", "min", "mean", "held")


def levels_for(
    criteria: Sequence[Criterion], property: str, own: Mapping[str, float], *, adds_up: bool
) -> list[dict[str, Any]]:
    """Every condition on what the station measures: ``{"label", "figure", "said", "unit", "clause", "suggested", "level",
    "scheme", "area_pct", "window_s", "value"}``, the lowest level first.

    `value` is where its line lies on the chart, None where it has none. `own`: the station's own levels, from which a level
    above them is counted.
    """
    found = []
    for criterion in criteria:
        for level in criterion.levels:
            for leaf in leaves(level.when):
                value = _height(leaf, property, own, adds_up)
                if leaf.var != property and value is None:
                    continue
                found.append({
                    "label": level.words, "figure": label_of(leaf), "said": threshold_of(leaf).strip(), "unit": unit_of(leaf),
                    "clause": criterion.provenance.source, "suggested": criterion.provenance.suggested, "level": level.name,
                    "scheme": criterion.scheme, "area_pct": leaf.area_pct, "window_s": leaf.seconds, "value": value,
                })  # fmt: skip
    return sorted(found, key=lambda row: (row["window_s"], row["scheme"] != "warning", rank_of(row["level"])))


def _height(leaf: Leaf, property: str, own: Mapping[str, float], adds_up: bool) -> float | None:
    single = isinstance(leaf.value, int | float) and not isinstance(leaf.value, bool)
    if not single or leaf.op not in (">=", ">", "<=", "<") or leaf.area_pct is not None or leaf.consecutive_days:
        return None
    if leaf.var == property:
        return float(leaf.value) if leaf.fn in _ON_THE_SCALE else None
    if adds_up or leaf.seconds:
        return None
    for way in shipped_derivations().get(leaf.var, ()):
        if way.source == property and way.how == "above" and way.own and way.own[0] in own:
            return round(own[way.own[0]] + float(leaf.value), 3)
    return None


def drawn(levels: Sequence[Mapping[str, Any]], window_s: float, *, adds_up: bool) -> list[dict[str, Any]]:
    """The lines of a chart: those of the window that is shown (states: all), standards at one height as one line."""
    by_height: dict[float, list[Mapping[str, Any]]] = {}
    for row in levels:
        if row["value"] is not None and (not adds_up or row["window_s"] == window_s):
            by_height.setdefault(row["value"], []).append(row)
    return [
        {
            "value": value,
            "label": "、".join(dict.fromkeys(str(r["label"]) for r in rows)),
            "said": f"{rows[0]['figure']} {rows[0]['said']}{rows[0]['unit']}",
            "clause": "；".join(dict.fromkeys(str(r["clause"]) for r in rows)),
        }
        for value, rows in sorted(by_height.items())
    ]


def windows_of(levels: Sequence[Mapping[str, Any]], usual: Sequence[int]) -> list[int]:
    """Windows (s) that may be chosen for an amount: the usual hours and those that a standard asks for."""
    asked = {int(row["window_s"]) for row in levels if row["value"] is not None and row["window_s"]}
    return sorted({hours * 3600 for hours in usual} | asked)
