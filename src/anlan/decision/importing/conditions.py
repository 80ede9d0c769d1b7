"""Conditions in the words of paper plans, read into the form that machines judge. Pure.

Only what is said plainly is read; a sentence that yields nothing is left for a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..data.plan_words import plan_words

COLOURS = {"蓝": "blue", "黄": "yellow", "橙": "orange", "红": "red"}
LEVEL_WORDS = {
    "I": "I",
    "II": "II",
    "III": "III",
    "IV": "IV",
    "Ⅰ": "I",
    "Ⅱ": "II",
    "Ⅲ": "III",
    "Ⅳ": "IV",
    "一": "I",
    "二": "II",
    "三": "III",
    "四": "IV",
}
_LEVEL = r"(I{1,3}V?|IV|[ⅠⅡⅢⅣ]|[一二三四])"
_NUMBER = r"(\d+(?:\.\d+)?)\s*(万)?"
_MORE = r"(?:达到?|超过|≥|大于|不少于|在)?\s*"

_RAIN = re.compile(
    rf"(1|3|6|12|24)\s*(?:个)?小时[^，。；\d]{{0,12}}(?:雨量|降雨|降水)[^，。；\d]{{0,8}}{_NUMBER}\s*(?:毫米|mm)", re.I
)
_RAIN_AFTER = re.compile(
    rf"(?:降雨|雨量|降水)[^，。；\d]{{0,8}}(1|3|6|12|24)\s*小时[^，。；\d]{{0,8}}{_NUMBER}\s*(?:毫米|mm)", re.I
)
_AREA = re.compile(
    rf"{_NUMBER}\s*[%％]\s*以上(?:的)?(?:面积|地区|区域|站点|街道)|(?:面积|站点|区域)[^，。；\d]{{0,8}}{_NUMBER}\s*[%％]"
)
_SIGNAL = re.compile(r"(蓝|黄|橙|红)色[^，。；]{0,8}(?:预警|警报|信号)")
_CITY = re.compile(rf"(?:市|省|上级)[^，。；]{{0,14}}启动[^，。；]{{0,8}}{_LEVEL}\s*级")
_STAGE = (
    ("警戒水位", "stage_vs_warning_m"),
    ("保证水位", "stage_vs_guarantee_m"),
    ("历史最高水位", "stage_vs_record_m"),
)
_UNTIL = rf"(?:以上)?(?:[^，。；\d]{{0,4}}{_NUMBER}\s*%s以下)?"
_PEOPLE = tuple(
    (re.compile(words + rf"{_NUMBER}\s*{unit}" + _UNTIL % unit), var, unit)
    for words, var, unit in (
        (r"死亡(?:（含失踪）|和失踪|、失踪|或失踪|失踪)[^，。；\d]{0,6}", "deaths_missing", "人"),
        (r"死亡[^，。；\d失]{0,6}", "deaths_missing", "人"),
        (r"转移安置[^，。；\d]{0,16}", "relocated_plus_aid", "人"),
        (r"转移[^，。；\d安]{0,10}", "relocated", "人"),
        (r"(?:倒塌|严重损坏)[^，。；\d]{0,14}", "house_rooms", "间"),
    )
)
_QUAKE = re.compile(
    rf"(?:发生)?\s*{_NUMBER}\s*级(?:以上)?(?:[^，。；\d]{{0,6}}{_NUMBER}\s*级以下)?[^，。；]{{0,6}}地震"
)
_DEPTH = re.compile(rf"积水[^，。；\d]{{0,10}}{_NUMBER}\s*(?:厘米|cm)", re.I)
_POINTS = re.compile(rf"{_NUMBER}\s*处(?:以上)?[^，。；]{{0,10}}积水|积水[^，。；\d]{{0,6}}{_NUMBER}\s*处")


def read_condition(text: str, hazard: str) -> dict[str, Any] | None:
    """The condition that a sentence says, None when nothing in it can be read. Several figures joined by 且 hold together."""
    found = list(_leaves(text, hazard))
    seen: set[str] = set()
    once = [leaf for leaf in found if not (leaf["var"] in seen or seen.add(leaf["var"]))]  # type: ignore[func-returns-value]
    if not once:
        return None
    if len(once) == 1:
        return once[0]
    joined = (
        "且" in text or "同时" in text or {leaf["var"] for leaf in once} == {"waterlog_depth_cm", "waterlog_points"}
    )
    return {"all": once} if joined else {"any": once}


def level_in(text: str) -> str:
    """The response level that a heading names: ``III`` in “（三）三级响应” or “4.3 Ⅲ级应急响应”; empty when none."""
    found = re.search(rf"(?<![IVⅠ-Ⅳ]){_LEVEL}\s*级\s*(?:应急)?\s*响应", text)
    return LEVEL_WORDS.get(found[1], "") if found else ""


def _leaves(text: str, hazard: str) -> Iterator[dict[str, Any]]:
    area = _AREA.search(text)
    share = next((float(g) for g in (area[1], area[3]) if g), None) if area else None
    for pattern in (_RAIN, _RAIN_AFTER):
        for hit in pattern.finditer(text):
            forecast = re.search(r"预[报计测]|未来", text[: hit.start() + 4])
            name = f"forecast_rain_{hit[1]}h_mm" if forecast and hit[1] == "24" else f"rain_{hit[1]}h_mm"
            leaf = {"var": name, "op": ">=", "value": _number(hit[2], hit[3]), "unit": "mm"}
            yield {**leaf, "area_pct": share} if share and 0 < share <= 100 else leaf
    for hit in _SIGNAL.finditer(text):
        before = text[max(0, hit.start() - 14) : hit.end()]
        var = next((v for word, v in plan_words().signals if word in before), "")
        if var:
            yield {"var": var, "op": ">=", "value": COLOURS[hit[1]]}
    if city := _CITY.search(text):
        yield {"var": f"city_response.{hazard}", "op": ">=", "value": LEVEL_WORDS[city[1]]}
    for word, var in _STAGE:
        if word in text:
            yield {"var": var, "op": ">=", "value": 0, "unit": "m"}
            break
    for pattern, var, unit in _PEOPLE:
        if found := pattern.search(text):
            yield _between(var, unit, found)
    if hazard == "earthquake" and (quake := _QUAKE.search(text)):
        yield _between("magnitude", "", quake)
        yield {"var": "in_area", "op": "is_true"}
    if deep := _DEPTH.search(text):
        yield {"var": "waterlog_depth_cm", "op": ">=", "value": _number(deep[1], deep[2]), "unit": "cm"}
    if many := _POINTS.search(text):
        yield {
            "var": "waterlog_points",
            "op": ">=",
            "value": _number(many[1] or many[3], many[2] or many[4]),
            "unit": "处",
        }


def _between(var: str, unit: str, hit: re.Match[str]) -> dict[str, Any]:
    low = _number(hit[1], hit[2])
    leaf: dict[str, Any] = {"var": var, **({"unit": unit} if unit else {})}
    if hit[3] and _number(hit[3], hit[4]) > low:
        return {**leaf, "op": "range", "min": low, "max": _number(hit[3], hit[4])}
    return {**leaf, "op": ">=", "value": low}


def _number(text: str, unit: str | None) -> float | int:
    number = float(text) * (10_000 if unit else 1)
    return int(number) if number.is_integer() else number
