"""When it happened, relative to the moment of typing: 12时40分, 下午3点半, 昨晚, 半小时前, 刚才.

Two clocks may be in one line, one of the call (接报) and one of the event; both are found and told apart by the words
beside them. A night is one night: 昨晚 at one past midnight is the evening just passed, 昨晚1点 already this morning.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from .numerals import read_count
from .spans import NOTHING, Field

#: Clocks differ: a time that is this far ahead is still taken for today; one farther ahead was yesterday, or is a slip of the hand.
AHEAD_MINUTES = 10

N = r"(?:\d{1,2}|[零〇一二两三四五六七八九十]{1,3})"
DAY_OF_MONTH = r"\d{1,2}(?:[日号]|(?![\d日号]))"
DAY = (
    rf"(?:(?P<year>\d{{4}})\s*[年/\-.]\s*(?P<month>\d{{1,2}})\s*[月/\-.]\s*(?P<mday>{DAY_OF_MONTH})"
    rf"|(?P<month2>\d{{1,2}})月(?P<mday2>{DAY_OF_MONTH})"
    r"|(?P<dom>\d{1,2})[日号](?![楼院线])"
    r"|(?<![\d.])(?P<month3>\d{1,2})\.(?P<mday3>\d{1,2})(?=日|号|\s*(?:凌晨|清晨|早|上午|中午|下午|傍晚|晚|夜))[日号]?"
    r"|(?P<rel>今天|今日|今儿个?|今|昨天|昨日|昨儿个?|昨|大前天|前天|前日|前儿|前|当天|当日))"
)
PERIOD_WORDS = {
    "凌晨": (0, 6),
    "清晨": (5, 8),
    "早上": (5, 9),
    "早晨": (5, 9),
    "早": (5, 9),
    "晨": (5, 9),
    "上午": (8, 12),
    "中午": (11, 13),
    "正午": (12, 13),
    "午后": (12, 15),
    "下午": (12, 18),
    "傍晚": (17, 19),
    "晚上": (18, 24),
    "晚间": (18, 24),
    "夜间": (18, 24),
    "夜里": (18, 24),
    "深夜": (22, 24),
    "半夜": (23, 27),
    "后半夜": (0, 5),
    "下半夜": (0, 5),
    "前半夜": (20, 24),
    "擦黑": (17, 20),
    "天亮": (4, 7),
    "午夜": (23, 25),
    "晚": (18, 24),
    "夜": (18, 24),
}
PERIOD = r"(?P<period>" + "|".join(sorted(PERIOD_WORDS, key=len, reverse=True)) + ")"
CLOCK = (
    rf"(?P<hour>{N})\s*(?:点钟?|时)(?!间|段|速)\s*(?:(?P<half>半)|(?P<quarter>[一三])刻|(?P<minute>{N})\s*分?(?!钟|米|之))?(?:整|多|许|左右)?"
    r"|(?P<hour2>[01]?\d|2[0-4])[:：](?P<minute2>[0-5]\d)(?::[0-5]\d)?(?!\d)"
)
MOMENT = re.compile(rf"(?P<day>{DAY})?\s*的?(?:{PERIOD})?\s*(?P<clock>{CLOCK})?")
ISO = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::\d\d)?([+-]\d\d:\d\d)?")
AGO = re.compile(
    r"(?:大约|大概|约|差不多)?(?<![\d.一二两三四五六七八九十几半])(?P<amount>\d{1,6}(?:\.\d{1,3})?|[一二两三四五六七八九十几半]{1,6})\s*个?"
    r"(?P<andhalf>半)?(?P<unit>小时|钟头|分钟|刻钟|天)(?:多|左右)?(?:之|以)?前"
)
JUST_NOW = re.compile(r"刚才|刚刚|就在刚才|方才|(?<![\u4e00-\u9fff])刚(?=[\u4e00-\u9fff])")
NOW_WORDS = re.compile(r"^目前|(?:现在|此刻|眼下|这会儿)(?!还?不|情况|是否)")
CALL_AFTER = re.compile(r"^[\s,，]*(?:许|左右|分)?[\s,，]*(?:我[办中心局]*)?(?:接|接到|接报|收到|来电|报告称|报称)")
FORECAST_BEFORE = re.compile(r"(?:预计|预报|将于|计划|预测|拟于?|准备|到|至|截至|截止|前往)\s*$")
DURATION_AFTER = re.compile(r"^\s*(?:内|降雨|雨量|累计|以来)")


@dataclass(frozen=True, slots=True)
class Moment:
    """One time in the text; ``latest`` differs from ``value`` when only a part of the day was named."""

    value: datetime
    latest: datetime
    span: tuple[int, int]
    confidence: float
    precision: str
    of_call: bool = False


def recognise_times(text: str, now: datetime) -> list[Moment]:
    """All past or present moments in ``text``, in order. ``now`` must be aware; values carry its offset."""
    found: list[Moment] = []
    taken: list[tuple[int, int]] = []

    def free(span: tuple[int, int]) -> bool:
        return all(span[1] <= start or span[0] >= end for start, end in taken)

    for match in ISO.finditer(text):
        moment = datetime.fromisoformat(f"{match[1]}T{match[2]}:00")
        moment = moment.replace(tzinfo=now.tzinfo)
        found.append(Moment(moment, moment, match.span(), 0.95, "minute", _of_call(text, match.end())))
        taken.append(match.span())
    for match in AGO.finditer(text):
        if free(match.span()) and (ago := _ago(match, now)):
            found.append(Moment(ago, ago, match.span(), 0.8, "about", _of_call(text, match.end())))
            taken.append(match.span())
    for match in MOMENT.finditer(text):
        if not (match["clock"] or (match["day"] and match["period"])) and not (match["day"] or match["period"]):
            continue
        span = _trim(match)
        if span[0] == span[1] or not free(span) or _not_a_moment(text, match, span):
            continue
        moment_found = _resolve(match, span, now, _of_call(text, span[1]))
        if moment_found:
            found.append(moment_found)
            taken.append(span)
    found.sort(key=lambda m: m.span)
    return found


def event_time(text: str, now: datetime) -> tuple[Field, Field, list[tuple[int, int]]]:
    """(time of the event, time of the call, spans understood). Words such as 刚才 count only when no clock is given."""
    moments = recognise_times(text, now)
    spans = [m.span for m in moments]
    calls = [m for m in moments if m.of_call]
    events = [m for m in moments if not m.of_call]
    clocks = [m for m in events if m.precision != "period"]
    call = _field(text, calls[0], now) if calls else NOTHING
    if clocks or events:
        return _field(text, (clocks or events)[0], now), call, spans
    for pattern, confidence in ((JUST_NOW, 0.6), (NOW_WORDS, 0.4)):
        if match := pattern.search(text):
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


def _of_call(text: str, end: int) -> bool:
    return bool(CALL_AFTER.match(text[end : end + 12]))


def _not_a_moment(text: str, match: re.Match[str], span: tuple[int, int]) -> bool:
    before, after = text[max(0, span[0] - 4) : span[0]], text[span[1] : span[1] + 4]
    if FORECAST_BEFORE.search(before) or DURATION_AFTER.match(after):
        return True
    if match["clock"] is None:
        if match["period"] is None:
            # a bare day (今天, 20日) is a time only when nothing else is; a bare 前, 今 or 昨 is part of another word
            word = match["rel"] or ""
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
    hour = _number(match["hour"])
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
    word = match["rel"]
    if not word:
        return today, False
    return today - timedelta(days={"昨": 1, "前": 2, "大": 3}.get(word[0], 0)), True


def _resolve(match: re.Match[str], span: tuple[int, int], now: datetime, of_call: bool) -> Moment | None:
    day, named = _day(match, now)
    if day is None:
        return None
    period = match["period"]
    slack = now + timedelta(minutes=AHEAD_MINUTES)
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
    if minutes > 30 * 1440:
        return None
    return (now - timedelta(minutes=minutes)).replace(second=0, microsecond=0)
