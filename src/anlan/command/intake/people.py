"""Counts of people: dead, injured, seriously injured, missing, trapped, evacuated, rescued.

Counts are people; 两车被困 says nothing about people. Silence is None, 人数不详 is None with its words, 无人员伤亡 is 0
dead and 0 injured.
The grammar is one of clauses: a count with a word for people beside a word for what befell them, on either side.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .numerals import ABOUT_BEFORE, count_pattern, read_count
from .people_words import (
    AFTER,
    BEFORE,
    BY_ROLE,
    CORRECTED,
    FAMILY,
    FIELDS,
    NOBODY,
    NONE_HURT,
    PENDING_REPORT,
    PEOPLE,
    SAFE,
    SHORT_FORM,
    STILL_INSIDE,
    TRAP_CONTEXT,
    UNKNOWN,
    UNTOLD,
)
from .spans import NOTHING, Field, clauses


@dataclass(frozen=True, slots=True)
class _Mention:
    field: str
    value: float | None
    approximate: bool
    span: tuple[int, int]
    confidence: float
    corrected: bool = False


def recognise_people(text: str) -> dict[str, Field]:
    """The seven counts of ``text`` (already normalised and masked). Never negative; never guessed from things."""
    mentions: list[_Mention] = []
    for offset, clause in clauses(text):
        mentions += _counts(clause, offset)
    mentions += _short_forms(text, mentions)
    mentions += _inside(text, mentions)
    mentions += _gone(text, mentions)
    result = {name: _settle(text, [m for m in mentions if m.field == name]) for name in FIELDS}
    result = _totals(text, result)
    _negations(text, result)
    _unknowns(text, result)
    _lone_drivers(text, result)
    return result


def _counts(clause: str, offset: int) -> list[_Mention]:
    """Mentions in one clause. A list puts its counts first (2人死亡5人受伤) or last (死亡2人受伤5人); what stands first
    decides, and no count and no word is used twice."""
    found: list[_Mention] = []
    for at, part in _parts(clause):
        before = [entry for name in BY_ROLE for entry in _before(name, part)]
        after = [entry for name in BY_ROLE for entry in _after(name, part)]
        first_after = bool(after) and (
            not before or min(e[1].start() for e in after) < min(e[1].start() for e in before)
        )
        used: list[tuple[str, tuple[int, int]]] = []
        for name, match in [*after, *before] if first_after else [*before, *after]:
            if any(_overlap(span, match.span()) and not _same_harm(name, other) for other, span in used):
                continue
            used.append((name, match.span()))
            found.append(_mention(name, match, offset + at, part))
    return found


def _parts(clause: str) -> list[tuple[int, str]]:
    return [(m.start(), m[0]) for m in re.finditer(r"[^、]+", clause)]


def _same_harm(name: str, other: str) -> bool:
    return name != other and {name, other} <= {"injured", "seriously_injured"}


def _after(name: str, clause: str) -> list[tuple[str, re.Match[str]]]:
    return [
        (name, match)
        for match in AFTER[name].finditer(clause)
        if not (_crosses(match[0], match["role"], name) or _thing(match[0]))
    ]


def _before(name: str, clause: str) -> list[tuple[str, re.Match[str]]]:
    return [
        (name, match)
        for match in BEFORE[name].finditer(clause)
        if not (_crosses(match["filler"], "", name) or re.search(r"车|户|间|辆|没有|未|不是|准备", match["filler"]))
    ]


def _mention(name: str, match: re.Match[str], offset: int, clause: str) -> _Mention:
    groups = match.groupdict()
    span = (match.start() + offset, match.end() + offset)
    if groups.get("family"):
        return _Mention(name, read_count(groups["family"]).value, False, span, 0.85)
    count = read_count(_count_words(match))
    corrected = bool(CORRECTED.search(clause))
    if corrected and (
        to := re.search(rf"(?:至|到|为)\s*{count_pattern('t')}\s*(?:{PEOPLE})?", clause[match.start() :])
    ):
        count = read_count(to[0][1:])
        span = (span[0], match.start() + to.end() + offset)
    return _Mention(name, count.value, count.approximate, span, 0.7 if count.approximate else 0.9, corrected)


def _count_words(match: re.Match[str]) -> str:
    start = match.start("numbern")
    lead = re.search(rf"{ABOUT_BEFORE}\s*$", match.string[max(match.start(), start - 4) : start])
    return (lead[0] if lead else "") + match["numbern"] + (match["moren"] or "")


def _crosses(filler: str, own_role: str, name: str) -> bool:
    """Whether another fate stands between the count and the word: 3人死亡5人受伤 must not give 3 injured."""
    rest = filler.replace(own_role, "", 1) if own_role else filler
    for other, words in BY_ROLE.items():
        if other == name or _same_harm(name, other) or (name == "dead" and other == "injured"):
            # 触电身亡, 重伤不治身亡: the end of the story counts
            continue
        if re.search(words, rest):
            return True
    return False


def _thing(words: str) -> bool:
    return bool(re.search(r"辆|车辆|台车|鸡|猪|牛|羊|房屋|间房", words))


def _overlap(a: tuple[int, int], b: tuple[int, int]) -> bool:
    return a[0] < b[1] and b[0] < a[1]


def _short_forms(text: str, known: list[_Mention]) -> list[_Mention]:
    """三死五伤一失踪, 一死两伤."""
    names = {"死": "dead", "亡": "dead", "失踪": "missing", "失联": "missing", "重伤": "seriously_injured"}
    found = []
    for match in SHORT_FORM.finditer(text):
        name = names.get(match["role"], "injured")
        if not any(_overlap(m.span, match.span()) for m in known):
            count = read_count(match["number"])
            found.append(_Mention(name, count.value, False, match.span(), 0.85))
    return found


def _inside(text: str, known: list[_Mention]) -> list[_Mention]:
    """车内有2人, 里面有一家三口: inside something that holds them, when the text speaks of being caught."""
    if any(m.field == "trapped" for m in known) or not TRAP_CONTEXT.search(text):
        return []
    pattern = re.compile(
        rf"(?:里面|里头|车内|车里|车上|车中|轿厢[内里]|屋里|井下|楼上|里边)\s*(?:还|共|仍|现)?(?:有|剩|困)?\s*(?:{count_pattern('n')}\s*{PEOPLE}|{FAMILY})"
    )
    found = []
    for match in pattern.finditer(text):
        rest = re.split(r"[。;；!?]", text[match.end() :], maxsplit=1)[0][:14]
        if re.search(rf"(?:都|均|全|已)[^,，]{{0,4}}{SAFE}", rest):
            continue
        mention = _mention("trapped", match, 0, match[0])
        found.append(_Mention("trapped", mention.value, mention.approximate, match.span(), 0.65))
    return found


def _gone(text: str, known: list[_Mention]) -> list[_Mention]:
    """渔船失联,船上9人: those on board share the fate of the vessel; 5户18人,已全部撤出: so do those named before."""
    found = []
    people = rf"{count_pattern('n')}\s*{PEOPLE}"
    if not any(m.field == "missing" for m in known) and re.search(r"[船机艇][^。;；]{0,6}(?:失联|失踪|沉没)", text):
        match = re.search(rf"[船机艇]上(?:共|有|载有)*{people}", text)
        if match:
            found.append(_Mention("missing", read_count(match["numbern"]).value, False, match.span(), 0.6))
    if not any(m.field == "evacuated" for m in known):
        match = re.search(rf"{people}\s*,\s*(?:已|均|全部|都)+(?:撤出|撤离|转移|疏散)", text)
        if match:
            found.append(_Mention("evacuated", read_count(match["numbern"]).value, False, match.span(), 0.75))
    return found


def _settle(text: str, mentions: list[_Mention]) -> Field:
    if not mentions:
        return NOTHING
    mentions.sort(key=lambda m: m.span)
    corrections = [m for m in mentions if m.corrected]
    told = corrections[-1:] or [m for m in mentions if m.value is not None] or mentions
    if not corrections and len(told) > 1 and (joint := _joint(text, told)):
        return joint
    values = {m.value for m in told}
    best = max(told, key=lambda m: (m.value is not None, m.value or 0, -m.span[0]))
    details: dict[str, object] = {}
    if best.approximate:
        details["approximate"] = True
    if len(values) > 1:
        details["candidates"] = sorted(int(v) for v in values if v is not None)
    if best.value is None:
        details["reason"] = "只说有人，没有说人数"
    confidence = best.confidence * (0.6 if len(values) > 1 else 1)
    start, end = best.span
    value = None if best.value is None else int(best.value)
    return Field(value, best.span, text[start:end], confidence, details)


def _joint(text: str, told: list[_Mention]) -> Field | None:
    """The sum when the text itself adds: 两人烧伤,隔壁一名顾客划伤; 2人受伤,另有3人受伤."""
    first, *others = told
    lead = [text[max(0, m.span[0] - 5) : m.span[0] + 2] for m in others]
    if (
        first.value is None
        or any(m.value is None for m in others)
        or not all(re.search("另|隔壁|还有", t) for t in lead)
    ):
        return None
    if any(mark in text[first.span[0] : others[-1].span[1]] for mark in "。\n"):
        return None
    value = int(sum(m.value or 0 for m in told))
    end = others[-1].span[1]
    return Field(value, (first.span[0], end), text[first.span[0] : end], 0.7, {"derived": "几处人数相加"})


def _totals(text: str, result: dict[str, Field]) -> dict[str, Field]:
    """What follows by subtraction when the text says 其中: 17人伤亡,其中5人死亡 leaves 12 injured."""
    dead, injured, serious = result["dead"], result["injured"], result["seriously_injured"]
    total = re.search(rf"{count_pattern('n')}\s*{PEOPLE}?(?:的)?伤亡|伤亡(?:共)?{count_pattern('m')}\s*{PEOPLE}", text)
    if total and isinstance(dead.value, int) and injured.value is None:
        count = read_count(total["numbern"] or total["numberm"])
        if count.value is not None and count.value >= dead.value:
            value = int(count.value) - dead.value
            result["injured"] = Field(value, total.span(), total[0], 0.7, {"derived": "伤亡总数减死亡人数"})
    elif (
        isinstance(dead.value, int)
        and isinstance(injured.value, int)
        and injured.span
        and dead.span
        and injured.value >= dead.value
        and re.search(r"中毒|触电|溺水|昏迷", injured.words or "")
        and injured.span[1] <= dead.span[0]
        and (re.search(r"其中", text[injured.span[1] : dead.span[0]]) or _adds_up(text, result))
    ):
        value = injured.value - dead.value
        result["injured"] = Field(value, injured.span, injured.words, 0.7, {"derived": "总人数减其中死亡人数"})
    if isinstance(serious.value, int) and not isinstance(result["injured"].value, int):
        result["injured"] = Field(serious.value, serious.span, serious.words, 0.7, {"derived": "至少为重伤人数"})
    return result


def _adds_up(text: str, result: dict[str, Field]) -> bool:
    """中毒三人,一人死亡两人昏迷: the parts that follow make up the whole."""
    whole, dead = result["injured"].value, result["dead"].value
    parts = [m.value for offset, clause in clauses(text) for m in _counts(clause, offset) if m.field == "injured"]
    return isinstance(whole, int) and isinstance(dead, int) and whole - dead in parts


def _negations(text: str, result: dict[str, Field]) -> None:
    for match in NONE_HURT.finditer(text):
        if re.match(r"(?:情况)?的?报告", text[match.end() :]):
            continue
        pending = "暂" in match["no"] or "发现" in match["no"]
        details: dict[str, object] = {"provisional": True} if pending else {}
        for name in ("dead", "injured"):
            if result[name].value is None:
                result[name] = Field(0, match.span(), match[0], 0.6 if pending else 0.9, details)
    for name, pattern in NOBODY.items():
        nobody = pattern.search(text)
        if nobody and name == "trapped" and STILL_INSIDE.search(text):
            continue
        if nobody is None:
            continue
        known = result[name]
        if known.value is None:
            result[name] = Field(0, nobody.span(), nobody[0], 0.8)
        elif name == "trapped" and known.value and known.span and nobody.start() >= known.span[0]:
            # 车上三个人都安全: the count is of those who are out
            result[name] = Field(0, nobody.span(), nobody[0], 0.7, {"earlier": known.value})


def _unknowns(text: str, result: dict[str, Field]) -> None:
    """Said to be unknown: None, but with the words, so that the officer sees it was asked."""

    def keep(name: str, match: re.Match[str], reason: str) -> None:
        if result[name].value is None and result[name].span is None:
            result[name] = Field(None, match.span(), match[0], 0.9, {"reason": reason})

    if match := PENDING_REPORT.search(text):
        for name in ("dead", "injured"):
            keep(name, match, "未接到报告，不等于没有")
    if match := UNKNOWN["casualties"].search(text):
        for name in ("dead", "injured"):
            keep(name, match, "说明不清楚")
    for name in ("dead", "injured", "missing", "trapped"):
        if told := UNKNOWN[name].search(text):
            keep(name, told, "说明不清楚" if re.search(UNTOLD, told[0]) else "只说有人，没有说人数")


def _lone_drivers(text: str, result: dict[str, Field]) -> None:
    """司机被困 names one person without a count, when one vehicle is spoken of."""
    match = re.search(r"(?<!名)(?:司机|驾驶员|车主)(?:仍|还|均)?(被困|受伤|死亡|身亡|失联|失踪|重伤)", text)
    if not match or "均" in match[0]:
        return
    name = {"被困": "trapped", "受伤": "injured", "重伤": "seriously_injured", "失联": "missing", "失踪": "missing"}
    field = name.get(match[1], "dead")
    if result[field].value is None:
        result[field] = Field(1, match.span(), match[0], 0.6)
