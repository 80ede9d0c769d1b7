"""Criteria as plain data: how a version of the book keeps them, read strictly and written back the same. Pure.

body := {id, zh, scheme, hazard, levels: [{level, when}], applies_when, excluded_when, clear_after, hold_off_min,
         season: [[MM-DD, MM-DD]], place: {polygon} | {centre, radius_km}, source, confidence, note}
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape

from anlan.kernel.conditions import Condition, ConditionError, Leaf, Vocabulary, guarded, leaves, parse, written
from anlan.kernel.facts import CONFIDENCES, Provenance, load_record, read_vocabulary

from ..criteria import CLEAR_AFTER, Criterion, CriterionLevel, Place
from ..data.criteria_files import RESPONSE_LEVELS, shipped_properties, shipped_response_criteria
from ..data.warning_signals import FILE as SIGNALS_FILE
from ..data.warning_signals import shipped_signals

COLOURS = ("blue", "yellow", "orange", "red")
LEVELS = {"warning": COLOURS, "response": RESPONSE_LEVELS}
COLOURS_ZH = {"blue": "蓝色", "yellow": "黄色", "orange": "橙色", "red": "红色"}
LONGEST_CLEAR = 100
LONGEST_HOLD_OFF_MIN = 60 * 24 * 30
FARTHEST_KM = 2000.0
MOST_PARTS, DEEPEST = 300, 20
MOST_CORNERS = 20_000
"""A condition has at most so many parts, so deep in one another. The largest that ships has a tenth of it."""
_KEYS = frozenset(
    {"id", "zh", "scheme", "hazard", "levels", "applies_when", "excluded_when", "clear_after", "hold_off_min", "season"}
    | {"place", "source", "confidence", "note"}
)
_ID = re.compile(r"[a-z][a-z0-9_.]{1,58}\Z")
_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])\Z")


class BadBody(ValueError):
    """A criterion that cannot be used: `where` (level and condition), `column` of the table, `what`, and how to mend it."""

    def __init__(self, where: str, column: str, what: str, mend: str = "") -> None:
        super().__init__(f"{where}：{what}" if where else what)
        self.where, self.column, self.what, self.mend = where, column, what, mend


@cache
def vocabulary() -> Vocabulary:
    return read_vocabulary(load_record(SIGNALS_FILE))


@cache
def shipped_bodies() -> dict[str, dict[str, Any]]:
    """Every criterion that ships, as a body by id."""
    found: dict[str, dict[str, Any]] = {}
    for signal in shipped_signals().signals.values():
        levels = [{"level": lv.colour, "when": written(_bare(lv.observed, signal))} for lv in reversed(signal.levels)]
        body = _body(signal.id, signal.zh, "warning", signal.id, levels, signal.provenance)
        for name in ("applies_when", "excluded_when"):
            part = getattr(signal, name)
            if part is not None:
                body[name] = written(part)
        found[signal.id] = body
    for one in shipped_response_criteria():
        levels = [{"level": name, "when": written(when)} for name, when in one.levels]
        found[one.id] = _body(one.id, one.zh, "response", one.hazard, levels, one.provenance)
    return found


def _bare(condition: Condition, signal: Any) -> Condition:
    """The standard without the premises that `guarded` put in front of it."""
    fronted = (signal.applies_when is not None) + (signal.excluded_when is not None)
    return condition.parts[-1] if fronted else condition  # type: ignore[union-attr]


def _body(
    name: str, zh: str, scheme: str, hazard: str, levels: list[dict[str, Any]], provenance: Provenance
) -> dict[str, Any]:
    return {
        "id": name, "zh": zh, "scheme": scheme, "hazard": hazard, "levels": levels, "clear_after": CLEAR_AFTER,
        "hold_off_min": 0, "season": [], "place": None, "source": provenance.source, "confidence": provenance.confidence,
        "note": provenance.note,
    }  # fmt: skip


def read_body(body: Mapping[str, Any], version: str = "") -> Criterion:
    """The criterion of a body. Raises BadBody naming where, in which column, what is wrong and how to mend it."""
    if not isinstance(body, Mapping):
        raise BadBody("", "", "判据应为一条记录")
    strange = sorted(str(k) for k in body if k not in _KEYS)
    if strange:
        raise BadBody("", "", f"不认得 {'、'.join(strange)[:80]}", "请删去，或核对写法")
    name, scheme = body.get("id"), body.get("scheme")
    if not isinstance(name, str) or not _ID.match(name):
        raise BadBody(
            "",
            "criterion",
            "编号应以小写字母开头，由小写字母、数字、点和下划线组成，2 到 59 位",
            "例如 own.tunnel_depth",
        )
    if scheme not in LEVELS:
        raise BadBody(name, "scheme", "类别应为 warning（预警信号标准）或 response（响应条件）")
    zh = _text(body, "zh", name, 80)
    words = {
        level: f"达到{zh}{COLOURS_ZH[level]}标准" if scheme == "warning" else f"达到{zh}{level}级条件"
        for level in LEVELS[scheme]
    }
    premises = {k: _condition(body[k], name, k) if body.get(k) else None for k in ("applies_when", "excluded_when")}
    confidence = body.get("confidence")
    if confidence not in CONFIDENCES:
        raise BadBody(name, "confidence", f"可信度应为 {'、'.join(CONFIDENCES)} 之一")
    return Criterion(
        id=name, zh=zh, scheme=str(scheme), hazard=_text(body, "hazard", name, 40),
        levels=tuple(
            CriterionLevel(level, guarded(when, premises["applies_when"], premises["excluded_when"]), words[level])
            for level, when in _levels(body, name, str(scheme))
        ),
        provenance=Provenance(_text(body, "source", name, 300), str(confidence), str(body.get("note") or "")[:500]),
        clear_after=int(_number(body.get("clear_after", CLEAR_AFTER), name, "clear_after", 1, LONGEST_CLEAR, whole=True)),
        hold_off_min=_number(body.get("hold_off_min") or 0, name, "hold_off_min", 0, LONGEST_HOLD_OFF_MIN),
        season=_season(body.get("season") or (), name), place=_place(body.get("place"), name), version=version,
    )  # fmt: skip


def _levels(body: Mapping[str, Any], name: str, scheme: str) -> list[tuple[str, Condition]]:
    raw = body.get("levels")
    if not isinstance(raw, list | tuple) or not raw:
        raise BadBody(name, "level", "至少要有一个级别")
    found: dict[str, Condition] = {}
    for one in raw:
        level = one.get("level") if isinstance(one, Mapping) else None
        if level not in LEVELS[scheme] or level in found:
            raise BadBody(name, "level", f"级别应为 {'、'.join(LEVELS[scheme])}，各写一次，收到的是 {str(level)[:20]}")
        found[level] = _condition(one.get("when"), f"{name} {level}", "when")
    return [(level, found[level]) for level in LEVELS[scheme] if level in found]


def _condition(raw: Any, where: str, path: str) -> Condition:
    _bounded(raw, where)
    try:
        condition = parse(raw, vocabulary(), path)
    except ConditionError as wrong:
        column = wrong.path.rsplit(".", 1)[-1]
        raise BadBody(where, column, f"{wrong.path}：{wrong.what}", "请按说明改正这一格") from None
    for leaf in leaves(condition):
        _check_leaf(leaf, where)
    return condition


def _bounded(raw: Any, where: str) -> None:
    """Refuse a condition that is too large to be read, level by level: one that is nested in itself is never walked to its end."""
    parts, row, depth = 0, [raw], 0
    while row:
        parts, depth = parts + len(row), depth + 1
        if parts > MOST_PARTS or depth > DEEPEST:
            raise BadBody(
                where, "when", f"条件太大：最多 {MOST_PARTS} 项、{DEEPEST} 层", "请拆成几条判据，或删去用不着的并列条件"
            )
        row = [
            inner
            for one in row
            for inner in (one.values() if isinstance(one, Mapping) else one if isinstance(one, list | tuple) else ())
            if isinstance(inner, Mapping | list | tuple)
        ]


def _check_leaf(leaf: Leaf, where: str) -> None:
    known = shipped_properties().get(leaf.var)
    if known is None:
        if leaf.kind == "number" and leaf.fn:
            raise BadBody(where, "var", f"没有“{leaf.var}”这种观测量", "请从观测量清单里选")
        return
    if leaf.kind != "number":
        raise BadBody(where, "op", f"{known.zh}是数值，不能按文字或是否判断", "请改用 >=、>、<=、< 或范围")
    if leaf.unit and leaf.unit != known.unit:
        raise BadBody(
            where,
            "unit",
            f"{known.zh}的单位是 {known.unit or '（无单位）'}，收到的是 {leaf.unit}",
            "请换算阈值后改正单位",
        )
    values = (
        (leaf.low, leaf.high) if leaf.op == "range" else leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
    )
    if leaf.fn == "obtained":
        outside = [v for v in values if not 0 <= v <= 100]
    elif leaf.fn in ("", "max", "min", "mean", "held") and not (known.adds_up and leaf.seconds):
        outside = [v for v in values if not known.least <= v <= known.most]
    else:
        outside = []
    if outside:
        span = "0～100 %" if leaf.fn == "obtained" else f"{known.least:g}～{known.most:g} {known.unit}"
        raise BadBody(where, "value", f"阈值 {outside[0]:g} 超出{known.zh}的可信范围 {span}", "请核对数值和单位")


def _text(body: Mapping[str, Any], key: str, name: str, most: int) -> str:
    value = body.get(key)
    if not isinstance(value, str) or not value.strip() or len(value) > most:
        raise BadBody(name, key, f"{key} 不能为空，最多 {most} 字")
    return value.strip()


def _number(raw: Any, name: str, column: str, least: float, most: float, *, whole: bool = False) -> float:
    fits = isinstance(raw, int | float) and not isinstance(raw, bool) and math.isfinite(raw) and least <= raw <= most
    if not fits or (whole and raw != int(raw)):
        raise BadBody(
            name, column, f"应为 {least:g} 到 {most:g} 之间的{'整数' if whole else '数字'}，收到的是 {str(raw)[:20]}"
        )
    return float(raw)


def _season(raw: Any, name: str) -> tuple[tuple[str, str], ...]:
    if not isinstance(raw, list | tuple) or len(raw) > 12:
        raise BadBody(name, "season", "季节应为起止日期的列表，最多 12 段")
    found = []
    for one in raw:
        days = tuple(one) if isinstance(one, list | tuple) else ()
        if len(days) != 2 or not all(isinstance(d, str) and _DAY.match(d) for d in days):
            raise BadBody(name, "season", f"季节写成 月-日～月-日，收到的是 {str(one)[:40]}", "例如 06-01～09-15")
        found.append((days[0], days[1]))
    return tuple(found)


def _place(raw: Any, name: str) -> Place | None:
    if not raw:
        return None
    if not isinstance(raw, Mapping) or set(raw) not in ({"polygon"}, {"centre", "radius_km"}):
        raise BadBody(name, "place", "范围应为一个面（polygon），或一个中心和半径（centre, radius_km）")
    if "polygon" not in raw:
        radius = _number(raw["radius_km"], name, "place", 0.1, FARTHEST_KM)
        return Place(centre=_text(raw, "centre", name, 60), radius_km=radius)
    try:
        area = shape(raw["polygon"])
    except (ShapelyError, ValueError, TypeError, KeyError, AttributeError, IndexError):
        raise BadBody(name, "place", "范围不是 GeoJSON 的面", "请画出或粘贴 Polygon") from None
    if shapely.get_num_coordinates(area) > MOST_CORNERS:
        raise BadBody(name, "place", f"范围的边线最多 {MOST_CORNERS} 个点", "请先简化边线")
    if area.geom_type not in ("Polygon", "MultiPolygon") or area.is_empty or not area.is_valid:
        why = shapely.is_valid_reason(area) if not area.is_empty else "空"
        raise BadBody(name, "place", f"范围不是有效的面（{why}）", "边线不能自相交，请重画")
    west, south, east, north = area.bounds
    if not (west >= -180 and east <= 180 and south >= -90 and north <= 90):
        raise BadBody(name, "place", "范围的坐标不是经纬度", "请用 WGS84 经纬度（度）")
    return Place(polygon=dict(raw["polygon"]))


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What differs between two bodies: ``{"where", "before", "after"}`` by key, conditions leaf by leaf in their words."""
    found = []
    for key in ("zh", "clear_after", "hold_off_min", "season", "place", "source", "confidence", "note"):
        if before.get(key) != after.get(key):
            found.append({"where": key, "before": before.get(key), "after": after.get(key)})
    old, new = ({lv["level"]: lv["when"] for lv in body.get("levels", ())} for body in (before, after))
    for level in dict.fromkeys([*old, *new]):
        if old.get(level) != new.get(level):
            found.append({"where": f"level.{level}", "before": old.get(level), "after": new.get(level)})
    return found
