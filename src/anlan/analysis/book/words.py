"""The words in the cells of the table, in the language of the page; what is typed is understood in Chinese too."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import override, pgettext, pgettext_lazy

FUNCTIONS: dict[str, Any] = {
    "": pgettext_lazy("cell", "现值"), "sum": pgettext_lazy("cell", "累计"), "max": pgettext_lazy("cell", "最大"),
    "min": pgettext_lazy("cell", "最小"), "mean": pgettext_lazy("cell", "平均"), "rise": pgettext_lazy("cell", "上涨"),
    "fall": pgettext_lazy("cell", "下降"), "held": pgettext_lazy("cell", "持续"), "obtained": pgettext_lazy("cell", "到报率"),
    "silence": pgettext_lazy("cell", "迟到"),
}  # fmt: skip
OPERATORS: dict[str, Any] = {
    ">=": "≥", ">": "＞", "<=": "≤", "<": "＜", "==": pgettext_lazy("cell", "等于"), "!=": pgettext_lazy("cell", "不等于"),
    "range": pgettext_lazy("cell", "范围"), "in": pgettext_lazy("cell", "之一"), "is_true": pgettext_lazy("cell", "是"),
    "is_false": pgettext_lazy("cell", "否"),
}  # fmt: skip
CONFIDENCES: dict[str, Any] = {
    "high": pgettext_lazy("cell", "高"), "medium": pgettext_lazy("cell", "中"), "low": pgettext_lazy("cell", "低（建议值）"),
}  # fmt: skip
LEVELS: dict[str, Any] = {
    "blue": pgettext_lazy("cell", "蓝色"), "yellow": pgettext_lazy("cell", "黄色"), "orange": pgettext_lazy("cell", "橙色"),
    "red": pgettext_lazy("cell", "红色"),
}  # fmt: skip
JOINED: dict[str, Any] = {
    "any": pgettext_lazy("cell", "任一"), "all": pgettext_lazy("cell", "同时"), "not": pgettext_lazy("cell", "不"),
}  # fmt: skip
_WINDOW = re.compile(r"(连续|each of)?\s*(\d+(?:\.\d+)?)\s*(分钟|分|min|小时|时|h|天|日|days?|d)\Z", re.IGNORECASE)
_MINUTES = {"分": 1, "m": 1, "小": 60, "时": 60, "h": 60, "天": 1440, "日": 1440, "d": 1440}
_AROUND = re.compile(r"(\S+)\s*(?:周围|around)\s*(\d+(?:\.\d+)?)\s*km\Z")


def named(words: Mapping[str, Any], text: str) -> str | None:
    """The name of a word, given as the name itself, in the language of the page or in Chinese."""
    with override("zh-hans"):
        chinese = {str(word): name for name, word in words.items()}
    return next((name for name, word in words.items() if text in (name, str(word))), chinese.get(text))


def all_of(words: Mapping[str, Any]) -> str:
    """What may be written, for a refusal."""
    return "、".join(str(word) for word in words.values())


def level_said(level: str) -> str:
    """橙色, IV级."""
    return str(LEVELS[level]) if level in LEVELS else pgettext("cell", "%(level)s级") % {"level": level}


def minute_said() -> str:
    return pgettext("cell", "分钟")


def minutes_said(minutes: float) -> str:
    return pgettext("cell", "%(n)g分钟") % {"n": minutes}


def hours_said(hours: float) -> str:
    return pgettext("cell", "%(n)g小时") % {"n": hours}


def days_said(days: float) -> str:
    """On each of so many days."""
    return pgettext("cell", "连续%(n)g天") % {"n": days}


def window_read(text: str) -> tuple[float, bool, bool] | None:
    """What a window says: (minutes, whether on each of the days, whether written in days); None for what is no window."""
    found = _WINDOW.match(text)
    if not found:
        return None
    unit = found[3].lower()[0]
    return float(found[2]) * _MINUTES[unit], bool(found[1]), _MINUTES[unit] == 1440


def around_said(centre: str, km: float) -> str:
    return pgettext("cell", "%(centre)s 周围 %(km)g km") % {"centre": centre, "km": km}


def around_read(text: str) -> tuple[str, float] | None:
    """A centre and a radius (km)."""
    found = _AROUND.match(text)
    return (found[1], float(found[2])) if found else None


def share_said(pct: float) -> str:
    """What stands behind a property that a share of the area has to reach."""
    return pgettext("cell", "（占面积 %(pct)g%%）") % {"pct": pct}


def polygon_said() -> str:
    return pgettext("cell", "指定区域")


def station_said(zh: str, station: str) -> str:
    """A criterion in the form that one station has of its own."""
    return pgettext("cell", "%(zh)s（测站 %(station)s）") % {"zh": zh, "station": station}
