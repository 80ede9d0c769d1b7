"""The plain text of a 预警信号, as it comes by fax, message or telephone note, → ``WarningNotice``.

A text is taken apart by its own grammar: issuer, time, action, hazard and colour stand in the first sentence; what
follows is the forecast; 防御指南 is the instruction. Nothing is guessed: what is not said stays None with a reason.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from .cap import hazards
from .cap.hazards import Colour, Hazard
from .cap.notice import WarningNotice
from .signal_areas import place_names

BEIJING = timezone(timedelta(hours=8))
MAX_LENGTH = 20_000
VERBS = frozenset({"发布", "继续", "变更", "更新", "继续发布", "变更发布", "更新发布"})

TIME = re.compile(
    r"(?:(?P<year>\d{4}|\d{2})\s*年)?(?:(?P<month>\d{1,2})\s*月)?(?P<day>\d{1,2})\s*[日号]"
    r"\s*(?P<hour>\d{1,2})\s*(?:[时点]\s*(?:(?P<minute>\d{1,2})\s*分?)?|[:：]\s*(?P<minute2>\d{2}))"
)
ISO_TIME = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})[ T](?P<hour>\d{1,2}):(?P<minute>\d{2})")
ISSUER_ENDING = (
    r"(?:气象台|气象局|气象站|水务局|水利局|应急管理局|应急局|自然资源局|自然资源和规划局|规划和自然资源委员会|"
    r"规划自然资源委|规自委|指挥部办公室|指挥部|防汛办|森防办|生态环境局|林业局|林业和草原局|预报台|预警中心|"
    r"预警信息发布中心|发布中心|海洋预报台|观象台)"
)
ISSUER = re.compile(
    rf"[\u4e00-\u9fff（）()]{{0,24}}?{ISSUER_ENDING}(?:[、和与][\u4e00-\u9fff]{{1,24}}?{ISSUER_ENDING})*"
)
COLOUR = re.compile(r"(红|橙|黄|蓝|白)\s*色")
ROMAN = re.compile(r"(Ⅳ|Ⅲ|Ⅱ|Ⅰ|IV|III|II|I|四|三|二|一)\s*级")
ROMAN_LEVEL = {"Ⅰ": 1, "I": 1, "一": 1, "Ⅱ": 2, "II": 2, "二": 2, "Ⅲ": 3, "III": 3, "三": 3, "Ⅳ": 4, "IV": 4, "四": 4}
LIFT = re.compile(r"解除|撤销|取消")
RISE = re.compile(r"升级|升格|提升|提高|上调")
FALL = re.compile(r"降级|降低|降为|下调")
CHANGE = re.compile(r"变更|更新|更改|调整|转为|改发")
RENEW = re.compile(r"继续|延续|维持|确认")
ISSUE = re.compile(r"发布|签发|启动")
GUIDE = re.compile(r"(?:防御指南|防御措施|防范建议|防范提示|温馨提示|防御提示)\s*[:：]")
SOURCE_MARK = re.compile(r"[（(]\s*预警信息来源[^）)]*[）)]")


@dataclass(frozen=True, slots=True)
class _Head:
    """The first statement of the text: where it starts and ends, and the moment of issue in it."""

    text: str
    end: int
    time: re.Match[str] | None


def parse_signal_text(text: str, *, now: datetime | None = None, issuer_place: str | None = None) -> WarningNotice:
    """The warning that ``text`` announces.

    ``now`` completes a date written without year or month (the latest such moment not after ``now``); without it such
    a time stays unknown. ``issuer_place`` ("北京") completes an issuer written as 市气象台. Odd texts never raise: the
    fields stay None and ``unknown`` says why. Raises ``ValueError`` only when ``text`` exceeds 20,000 characters.
    """
    if len(text) > MAX_LENGTH:
        raise ValueError(f"text of {len(text)} characters exceeds {MAX_LENGTH}")
    whole = text.strip()
    unknown: dict[str, str] = {}
    head = _head(whole)
    sent = _moment(head.time, now, unknown)
    issuer = _issuer(head, issuer_place)
    if issuer is None:
        unknown["issuer"] = "文字中没有发布单位"
    hazard, hazard_at = _hazard(head.text, head)
    if hazard is None:
        unknown["hazard"] = "文字中没有可识别的灾种"
    colour, previous = _colours(head.text, whole)
    if colour is None:
        unknown["colour"] = "文字中没有写预警颜色或等级"
    action = _action(head.text, whole, colour, previous)
    if action is None:
        unknown["action"] = "文字中没有“发布、变更、解除”等字样"
    body, instruction = _body(whole, head)
    areas = _areas(head.text, body, hazard_at)
    if not areas:
        unknown["area_names"] = "文字中没有明确的影响区域"
    unknown["expires"] = "预警信号文字不写失效时间，以变更或解除为准"
    return WarningNotice(
        form="signal-text",
        hazard=hazard.id if hazard else None,
        hazard_zh=hazard.zh if hazard else None,
        event_code=hazard.code if hazard else None,
        colour=colour.id if colour else None,
        level=colour.level if colour else None,
        previous_colour=previous.id if previous else None,
        action=action,
        msg_type=None if action is None else _MESSAGE_TYPES[action],
        status="Exercise" if "演练" in whole else ("Test" if "测试" in head.text else "Actual"),
        issuer=issuer,
        sender=issuer,
        sent=sent,
        effective=sent,
        area_names=areas,
        headline=head.text.rstrip("，,。：:；;") or None,
        text=body or None,
        instruction=instruction,
        language="zh-CN",
        unknown=unknown,
    )


_MESSAGE_TYPES = {
    "发布": "Alert",
    "继续": "Update",
    "变更": "Update",
    "更新": "Update",
    "升级": "Update",
    "降级": "Update",
    "解除": "Cancel",
}


def _head(text: str) -> _Head:
    """The statement up to the first punctuation after the word 预警; a text without that word is all head."""
    mark = re.search(r"预警", text)
    if not mark:
        stop = re.search(r"[。\n]", text)
        end = stop.start() if stop else len(text)
    else:
        stop = re.compile(r"[，,。：:；;\n]").search(text, mark.end())
        end = stop.start() if stop else len(text)
        # several clauses may stand before the announcement; the head begins with the issuer, so it may include them
    head = text[:end]
    return _Head(head, end, TIME.search(head) or ISO_TIME.search(head))


def _moment(match: re.Match[str] | None, now: datetime | None, unknown: dict[str, str]) -> datetime | None:
    if match is None:
        unknown["sent"] = "文字中没有发布时间"
        return None
    parts = match.groupdict()
    hour, minute = int(parts["hour"]), int(parts.get("minute") or parts.get("minute2") or 0)
    day, month, year = int(parts["day"]), parts.get("month"), parts.get("year")
    days = 1 if hour == 24 else 0
    hour %= 24
    try:
        if year and month:
            century = 2000 if len(year) == 2 else 0
            return datetime(century + int(year), int(month), day, hour, minute, tzinfo=BEIJING) + timedelta(days=days)
        if now is None:
            unknown["sent"] = f"时间“{match[0]}”没有写年月，须由接收时间补全"
            return None
        return _latest(now.astimezone(BEIJING), int(month) if month else None, day, hour, minute)
    except ValueError:
        unknown["sent"] = f"时间“{match[0]}”不存在"
        return None


def _latest(now: datetime, month: int | None, day: int, hour: int, minute: int) -> datetime:
    """The latest moment of that day and clock that is not later than ``now`` by more than an hour (clocks differ)."""
    year, candidate_month = now.year, month or now.month
    for _attempt in range(24):
        try:
            moment = datetime(year, candidate_month, day, hour, minute, tzinfo=BEIJING)
        except ValueError:
            moment = None
        if moment is not None and moment <= now + timedelta(hours=1):
            return moment
        if month:
            year -= 1
        else:
            candidate_month -= 1
            if candidate_month == 0:
                year, candidate_month = year - 1, 12
    raise ValueError("no such day")


def _issuer(head: _Head, place: str | None) -> str | None:
    before = head.text[: head.time.start()] if head.time else head.text
    matches = list(ISSUER.finditer(before)) or list(ISSUER.finditer(head.text))[:1]
    match = matches[-1] if matches else None
    if match is None:
        return None
    name = re.sub(r"^.*(?:，|,|。|接|收到|据|接到)", "", match[0])
    name = re.sub(r"(?:于|联合)$", "", name).strip("（）()")
    if place:
        # 市气象台 alone is the observatory of the city whose desk reads this
        name = re.sub(rf"(^|[、和与])(?=[市区县省]{ISSUER_ENDING})", rf"\g<1>{place.rstrip('市区县省')}", name)
    return name or None


def _hazard(head: str, parts: _Head) -> tuple[Hazard | None, int]:
    """The hazard named last before its colour or 预警: its name ends where the level begins."""
    level = COLOUR.search(head) or ROMAN.search(head) or re.search(r"预警", head)
    before = head[: level.start()] if level else head
    best: tuple[int, int, Hazard] | None = None
    for hazard in hazards.hazards():
        for name in (hazard.zh, *hazard.aliases):
            at = before.rfind(name)
            if at >= 0 and (best is None or (at + len(name), len(name)) > best[:2]):
                best = (at + len(name), len(name), hazard)
    return (best[2], best[0] - best[1]) if best else (None, -1)


def _colours(head: str, whole: str) -> tuple[Colour | None, Colour | None]:
    """The colour now in force and the one before. "由黄色升级为橙色" and "橙色…降级为黄色" name both."""
    named = [m[1] for m in COLOUR.finditer(head)]
    table = {c.zh: c for c in hazards.colours()}
    changed = re.search(
        r"(红|橙|黄|蓝|白)色[^。\n]{0,24}?(?:升级|降级|变更|更新|调整|转|改|更改)[^。\n]{0,8}?(红|橙|黄|蓝|白)色?",
        whole,
    )
    if changed and changed[1] != changed[2]:
        return table[changed[2]], table[changed[1]]
    if named:
        return table[named[0]], None
    if roman := ROMAN.search(head):
        return next(c for c in hazards.colours() if c.level == ROMAN_LEVEL[roman[1]]), None
    return None, None


def _action(head: str, whole: str, colour: Colour | None, previous: Colour | None) -> str | None:
    first_sentence = re.split(r"[。\n]", whole, maxsplit=1)[0]
    if LIFT.search(head):
        return "解除"
    if previous and colour and previous.level and colour.level:
        return "升级" if colour.level < previous.level else "降级"
    if RISE.search(head):
        return "升级"
    if FALL.search(head) and COLOUR.search(head):
        return "降级"
    if RENEW.search(head):
        return "继续"
    if CHANGE.search(head):
        return "变更"
    if ISSUE.search(head):
        return "发布"
    return "发布" if ISSUE.search(first_sentence) else None


def _body(whole: str, head: _Head) -> tuple[str, str | None]:
    rest = whole[head.end :].lstrip("，,。：:；; \n")
    if guide := GUIDE.search(rest):
        instruction = SOURCE_MARK.sub("", rest[guide.end() :]).strip()
        rest = rest[: guide.start()].rstrip("。 \n") + ("。" if guide.start() else "")
        return SOURCE_MARK.sub("", rest).strip(), instruction or None
    return SOURCE_MARK.sub("", rest).strip(), None


def _areas(head: str, body: str, hazard_at: int) -> tuple[str, ...]:
    """Names the text gives, in the head (发布<地名>台风白色预警) and the forecast; 本市, 我区 stay as written."""
    between = re.search(r"(?:发布|将|解除|变更)([\u4e00-\u9fff、]{2,40})$", head[:hazard_at]) if hazard_at > 0 else None
    named = (
        [name for name in re.split(r"[、和及与]", between[1]) if len(name) > 1 and name not in VERBS] if between else []
    )
    return tuple(dict.fromkeys([*named, *place_names(body[:600])]))
