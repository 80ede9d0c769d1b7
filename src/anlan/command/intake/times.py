"""When it happened, relative to the moment of typing: 12时40分, 下午3点半, 昨晚, 半小时前, 刚才.

Two clocks may be in one line, one of the call (接报) and one of the event; both are found and told apart by the words
beside them. A night is one night: 昨晚 at one past midnight is the evening just passed, 昨晚1点 already this morning.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .numerals import read_count
from .spans import NOTHING, Field
from .time_words import (
    AGO,
    AHEAD_MINUTES,
    CALL_AFTER,
    CALL_BEFORE,
    CONSEQUENCE_AFTER,
    DURATION_AFTER,
    EVENING_IS_OVER,
    FORECAST_AFTER,
    FORECAST_BEFORE,
    ISO,
    JUST_NOW,
    MOMENT,
    NOW_STANDS_FIRST,
    NOW_WORDS,
    PERIOD_WORDS,
    TOLD_THEN,
    WEEKDAYS,
)

#: The more exact of two times is the event's.
EXACT = ("minute", "about", "period", "day")


@dataclass(frozen=True, slots=True)
class Moment:
    """One time in the text; ``latest`` differs from ``value`` when only a part of the day was named; ``after`` the event."""

    value: datetime
    latest: datetime
    span: tuple[int, int]
    confidence: float
    precision: str
    of_call: bool = False
    after: bool = False


def recognise_times(text: str, now: datetime) -> list[Moment]:
    """All past or present moments in ``text``, in order. ``now`` must be aware; values carry its offset."""
    found: list[Moment] = []
    taken: list[tuple[int, int]] = []

    def free(span: tuple[int, int]) -> bool:
        return all(span[1] <= start or span[0] >= end for start, end in taken)

    for match in ISO.finditer(text):
        moment = datetime.fromisoformat(f"{match[1]}T{match[2]}:00")
        moment = moment.replace(tzinfo=now.tzinfo)
        found.append(Moment(moment, moment, match.span(), 0.95, "minute", _of_call(text, match.span())))
        taken.append(match.span())
    for match in AGO.finditer(text):
        if free(match.span()) and (ago := _ago(match, now)):
            found.append(Moment(ago, ago, match.span(), 0.8, "about", _of_call(text, match.span())))
            taken.append(match.span())
    for match in MOMENT.finditer(text):
        if not (match["clock"] or (match["day"] and match["period"])) and not (match["day"] or match["period"]):
            continue
        span = _trim(match)
        if span[0] == span[1] or not free(span) or _not_a_moment(text, match, span):
            continue
        moment_found = _resolve(match, span, now, _of_call(text, span))
        if moment_found:
            found.append(replace(moment_found, after=bool(CONSEQUENCE_AFTER.match(text[span[1] : span[1] + 12]))))
            taken.append(span)
    found.sort(key=lambda m: m.span)
    return found


def event_time(text: str, now: datetime) -> tuple[Field, Field, list[tuple[int, int]]]:
    """(time of the event, time of the call, spans understood). Words such as 刚才 count only when no clock is given."""
    moments = recognise_times(text, now)
    spans = [m.span for m in moments]
    calls = [m for m in moments if m.of_call]
    events = [m for m in moments if not m.of_call]
    call = _field(text, calls[0], now) if calls else NOTHING
    if events:
        best = min(events, key=lambda m: (m.after, EXACT.index(m.precision)))
        return _field(text, best, now), call, spans
    for pattern, confidence in ((JUST_NOW, 0.6), (NOW_WORDS, 0.4)):
        match = pattern.search(text)
        if match and (pattern is JUST_NOW or match.start() < NOW_STANDS_FIRST):
            spans.append(match.span())
            moment = Moment(now, now, match.span(), confidence, "about")
            return _field(text, moment, now), call, spans
    if calls:
        # the call's own time is the best that is known about the event
        only = calls[0]
        return _field(text, Moment(only.value, only.latest, only.span, 0.5, only.precision), now), call, spans
    return NOTHING, NOTHING, spans


def _field(text: str, moment: Moment, now: datetime) -> Field:
    details: dict[str, object] = {"precision": moment.precision}
    if moment.latest != moment.value:
        details["latest"] = min(moment.latest, max(now, moment.value)).isoformat()
    start, end = moment.span
    return Field(moment.value.isoformat(), moment.span, text[start:end], moment.confidence, details)


def _trim(match: re.Match[str]) -> tuple[int, int]:
    start, end = match.span()
    text = match[0]
    return start + len(text) - len(text.lstrip(" 的")), end - (len(text) - len(text.rstrip()))


def _of_call(text: str, span: tuple[int, int]) -> bool:
    start, end = span
    return bool(CALL_AFTER.match(text[end : end + 12]) or CALL_BEFORE.search(text[max(0, start - 8) : start]))


def _not_a_moment(text: str, match: re.Match[str], span: tuple[int, int]) -> bool:
    before, after = text[max(0, span[0] - 4) : span[0]], text[span[1] : span[1] + 4]
    if FORECAST_BEFORE.search(before) or FORECAST_AFTER.match(after):
        return True
    if match["clock"] is None and TOLD_THEN.match(text[span[1] : span[1] + 12]):
        return True  # 昨天我跟你们说过的那个坑
    if DURATION_AFTER.match(after) and not (match["day"] or match["period"]):
        return True
    if match["clock"] is None:
        if match["period"] is None:
            # a bare day (今天, 20日) is a time only when nothing else is; a bare 前, 今 or 昨 is part of another word
            word = match["rel"] or ""
            if match["dom"] and "号" in match["day"]:
                return True  # 3号门岗, 3号地
            return word in ("今", "昨", "前", "当天", "当日") or (match["dom"] is not None and before.endswith("第"))
        # a bare period: 早, 晚, 夜 and 晨 alone are parts of other words
        return match["day"] is None and len(match["period"]) == 1
    # 3点建议, 第2点
    return before.endswith(("第", "有", "提", "分")) and match["day"] is None and match["period"] is None


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    value = read_count(text).value
    return None if value is None else int(value)


def _clock(match: re.Match[str]) -> tuple[int, int] | None:
    if match["hour2"]:
        return int(match["hour2"]), int(match["minute2"])
    hour = _number(match["hour"] or match["hour3"])
    if hour is None or hour > 24:
        return None
    minute = 30 if match["half"] else {"一": 15, "三": 45}.get(match["quarter"] or "", 0)
    if match["minute"]:
        minute = _number(match["minute"]) or 0
    return (hour, minute) if minute < 60 else None


def _day(match: re.Match[str], now: datetime) -> tuple[datetime | None, bool]:
    """(midnight of the named day, whether a day was named)."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    try:
        if month := match["month"] or match["month2"] or match["month3"]:
            of_month = int(re.sub(r"\D", "", match["mday"] or match["mday2"] or match["mday3"]))
            day = today.replace(year=int(match["year"] or now.year), month=int(month), day=of_month)
            if not match["year"] and day > today + timedelta(days=1):
                day = day.replace(year=day.year - 1)
            return day, True
        if match["dom"]:
            day = today.replace(day=int(match["dom"]))
            if day > today:
                day = (today.replace(day=1) - timedelta(days=1)).replace(day=int(match["dom"]))
            return day, True
    except ValueError:
        return None, True
    if match["wday"]:
        back = (today.weekday() - WEEKDAYS[match["wday"]]) % 7
        week_before = match["last"] and back <= today.weekday()
        return today - timedelta(days=back + (7 if week_before else 0)), True
    word = match["rel"]
    if not word:
        return today, False
    back = {"昨": 1, "前": 2, "大": 3}.get(word[0], 0)
    if back and match["period"] in ("后半夜", "下半夜"):
        back -= 1  # the second half of yesterday's night lies in today
    return today - timedelta(days=back), True


def _resolve(match: re.Match[str], span: tuple[int, int], now: datetime, of_call: bool) -> Moment | None:
    day, named = _day(match, now)
    if day is None:
        return None
    period = match["period"]
    slack = now + timedelta(minutes=AHEAD_MINUTES)
    if match["rel"] and match["rel"][0] == "今" and now.hour >= EVENING_IS_OVER and _lies_ahead(match, day, slack):
        return None  # 今晚有大到暴雨: a forecast
    if match["clock"] is None:
        low, high = PERIOD_WORDS[period] if period else (0, 24)
        start, end = day + timedelta(hours=low), day + timedelta(hours=high)
        if start > slack:
            start, end = start - timedelta(days=1), end - timedelta(days=1)
        return Moment(start, end, span, 0.5 if period else 0.3, "period" if period else "day", of_call)
    clock = _clock(match)
    if clock is None:
        return None
    hour, minute = clock
    if period:
        moment = _with_period(day, hour, minute, period, match["rel"])
        if moment > slack:
            moment -= timedelta(days=1)
        return Moment(moment, moment, span, 0.95 if named else 0.9, "minute", of_call)
    exact = day + timedelta(hours=hour, minutes=minute)
    if named:
        if exact > slack and match["rel"]:
            exact -= timedelta(days=1)
        late = exact + timedelta(hours=12)
        return Moment(exact, exact, span, 0.9 if hour >= 12 or late > slack else 0.75, "minute", of_call)
    candidates = [exact]
    if 1 <= hour <= 11 and not match["hour2"]:
        candidates.append(exact + timedelta(hours=12))
    candidates = [c if c <= slack else c - timedelta(days=1) for c in candidates]
    best = max(candidates)
    sure = 0.9 if len(candidates) == 1 else 0.6
    return Moment(best, best, span, sure, "minute", of_call)


def _lies_ahead(match: re.Match[str], day: datetime, slack: datetime) -> bool:
    low = PERIOD_WORDS[match["period"]][0] if match["period"] else 0
    return match["clock"] is None and day + timedelta(hours=low) > slack


def _with_period(day: datetime, hour: int, minute: int, period: str, rel: str | None) -> datetime:
    if (period in ("下午", "傍晚", "午后") and hour < 12) or (period in ("中午", "正午") and hour < 10):
        hour += 12
    elif period == "凌晨" and hour == 12:
        hour = 0
    elif PERIOD_WORDS[period][0] >= 18:
        if 5 < hour < 12:
            hour += 12
        elif hour == 12 or hour <= 5:
            # 晚上12点 and 昨夜两点 lie after midnight: the day named is the evening's; not so in 今天夜里1点, 夜里1点
            hour = (0 if hour == 12 else hour) + (24 if (rel and rel[0] in "昨前") or (hour == 12 and rel) else 0)
    return day + timedelta(hours=hour, minutes=minute)


def _ago(match: re.Match[str], now: datetime) -> datetime | None:
    words = match["amount"]
    amount = 0.5 if words == "半" else read_count(words.removesuffix("半")).value
    if amount is None:
        return None
    if match["andhalf"] or (words.endswith("半") and words != "半"):
        amount += 0.5
    minutes = amount * {"小时": 60, "钟头": 60, "分钟": 1, "刻钟": 15, "天": 1440}[match["unit"]]
    minutes += (match["minutes"] and read_count(match["minutes"]).value) or 0
    if minutes > 30 * 1440:
        return None
    return (now - timedelta(minutes=minutes)).replace(second=0, microsecond=0)
