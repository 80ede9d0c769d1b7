"""Faults across fields, said before a row is kept. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from . import facts

Faults = list[tuple[str, str]]


#: Hourly amounts are the longest that criteria reckon with (min).
HOUR_MIN = 60


def check_station(values: Mapping[str, Any]) -> Faults:
    """A reading of rain stands for a part of an hour, and no two of them for the same time."""
    interval, period = values.get("interval_min"), values.get("period_min")
    if interval is not None and interval < 1:
        return [("interval_min", _("“上报间隔”至少 1 分钟"))]
    if period is None:
        return []
    if period < 1 or HOUR_MIN % period:
        return [("period_min", _("“雨量时段”要能整除 60 分钟，例如 5、10、60"))]
    if interval is not None and period > interval:
        return [("period_min", _("“雨量时段”不能长于“上报间隔”，否则前后的雨量会重复计入"))]
    return []


def check_site(values: Mapping[str, Any]) -> Faults:
    """A site is watched before it is closed."""
    warn, close = values.get("warn_cm"), values.get("close_cm")
    if warn is not None and close is not None and close < warn:
        return [("close_cm", _("“断行水深”不能小于“警戒水深”"))]
    return []


def check_shelter(values: Mapping[str, Any]) -> Faults:
    """No more people than the area holds by the standard of its class (GB 51143-2015)."""
    area, people, kind = values.get("effective_area_m2"), values.get("capacity"), values.get("shelter_class")
    each = facts.area_per_person(kind) if kind else None
    if area is None or people is None or not each or people <= area / each:
        return []
    said = _("“可容纳人数”超过有效面积所容：%(area)d 平方米按人均 %(each)s 平方米，最多 %(most)d 人")
    return [("capacity", said % {"area": area, "each": each, "most": int(area / each)})]


def check_stock(values: Mapping[str, Any]) -> Faults:
    """Nothing expires before it was made."""
    made, expires = values.get("made"), values.get("expires")
    if made is not None and expires is not None and expires < made:
        return [("expires", _("“到期日”早于“生产年月”"))]
    return []


def check_water(values: Mapping[str, Any]) -> Faults:
    """Levels rise in their order; a limit of the flood season belongs to a reservoir."""
    names = {
        "limit_m": _("汛限水位"), "warn_m": _("警戒水位"), "guarantee_m": _("保证水位"), "crest_m": _("坝（堤）顶高程"),
    }  # fmt: skip
    # A reservoir's limit may lie above or below its warning level: it is compared with the top only.
    for lower, upper in (
        ("limit_m", "crest_m"),
        ("warn_m", "guarantee_m"),
        ("guarantee_m", "crest_m"),
        ("warn_m", "crest_m"),
    ):
        low, high = values.get(lower), values.get(upper)
        if low is not None and high is not None and low > high:
            return [(upper, _("“%(upper)s”不能低于“%(lower)s”") % {"upper": names[upper], "lower": names[lower]})]
    if values.get("kind") == "river" and values.get("limit_m") is not None:
        return [("limit_m", _("河道没有汛限水位，请填警戒水位和保证水位"))]
    return []


def check_area(values: Mapping[str, Any]) -> Faults:
    """Those who need help are among those who leave."""
    people, weak = values.get("people"), values.get("weak")
    if people is not None and weak is not None and weak > people:
        return [("weak", _("“老弱病残孕人数”不能多于“人数”"))]
    return []
