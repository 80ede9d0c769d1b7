"""A reading as it is given, judged before it is stored: its time, value and unit. What is wrong is said with its mending."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from .models import Datastream

#: Clocks differ; a reading may be this much ahead of the world's clock.
AHEAD = timedelta(minutes=5)
EARLIEST = datetime(1971, 1, 1, tzinfo=UTC)


class BadReading(ValueError):
    """A reading that cannot be kept: `reason` says what and where, `mend` how to put it right."""

    def __init__(self, reason: str, mend: str = "") -> None:
        super().__init__(reason)
        self.reason, self.mend = reason, mend


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading that may be stored. `time` is in UTC and ends the period; `value` None says that it is missing."""

    index: int
    stream: Datastream
    time: datetime
    value: float | None

    @property
    def key(self) -> tuple[int, datetime]:
        return (self.stream.pk, self.time)


def read_reading(
    index: int, given: Mapping[str, Any], stream: Datastream, now: datetime, *,
    calibrate: Callable[[float, datetime, Datastream], float] | None = None,
) -> Reading:  # fmt: skip
    """Raises BadReading. `calibrate`: from what the instrument says to what is stored; the range is that of the latter."""
    unit = str(given.get("unit") or "").strip()
    if unit and unit != stream.unit:
        raise BadReading(
            _("单位应为 %(unit)s，收到的是 %(given)s") % {"unit": stream.unit, "given": unit[:16]}, _("请换算后再报")
        )
    time = _time(given.get("time"), stream, now)
    value = _number(given.get("value"))
    if value is not None and calibrate is not None:
        value = calibrate(value, time, stream)
    return Reading(index, stream, time, _within(value, stream))


def _time(given: Any, stream: Datastream, now: datetime) -> datetime:
    try:
        moment = given if isinstance(given, datetime) else parse_datetime(str(given or ""))
    except ValueError:
        moment = None
    if moment is None:
        raise BadReading(
            _("时间“%(time)s”认不出来") % {"time": str(given)[:40]}, _("请写成 2016-07-20T12:00:00+08:00 的样子")
        )
    if moment.tzinfo is None:
        raise BadReading(_("时间“%(time)s”没有时区") % {"time": str(given)[:40]}, _("请带上时区偏移，例如 +08:00"))
    if moment.year < EARLIEST.year or moment.year > now.year + 1:
        # The first and last years there are cannot be shifted to another zone.
        moment = moment.replace(tzinfo=UTC)
    moment = moment.astimezone(UTC)
    if moment > now + AHEAD:
        raise BadReading(
            _("时间“%(time)s”在将来") % {"time": str(given)[:40]}, _("请校准设备时钟；比现在晚 5 分钟以上的读数不收")
        )
    if moment < EARLIEST:
        raise BadReading(_("时间“%(time)s”早于 1971 年") % {"time": str(given)[:40]}, _("设备时钟可能没有校过"))
    if stream.period_s and moment.timestamp() % stream.period_s:
        raise BadReading(
            _("时间“%(time)s”不在时段终点") % {"time": str(given)[:40]}, _("时段量的时间是时段终点，例如整点")
        )
    return moment


def _number(given: Any) -> float | None:
    if given is None or (isinstance(given, str) and not given.strip()):
        return None
    try:
        if isinstance(given, bool):
            raise ValueError
        value = float(given)
    except (TypeError, ValueError, OverflowError):
        raise BadReading(
            _("数值“%(value)s”不是数字") % {"value": str(given)[:40]}, _("没有读数时请留空，不要填 0")
        ) from None
    if not math.isfinite(value):
        raise BadReading(_("数值不是有限的数字"), _("没有读数时请留空，不要填 0"))
    return value


def _within(value: float | None, stream: Datastream) -> float | None:
    if value is not None and not stream.least <= value <= stream.most:
        raise BadReading(
            _("数值 %(value)s %(unit)s 超出可信范围 %(least)s～%(most)s")
            % {"value": f"{value:g}", "unit": stream.unit, "least": f"{stream.least:g}", "most": f"{stream.most:g}"},
            _("请核对仪器和单位"),
        )
    return value
