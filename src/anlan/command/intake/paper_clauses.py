"""Counts of people within one clause: a count beside what befell them, lists, and the clause that goes on about a figure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from .numerals import ABOUT_BEFORE, Count, count_pattern, read_count
from .people_words import (
    AFTER,
    BARE_COUNT,
    BEFORE,
    BY_ROLE,
    CARRIED,
    COMPANY_AFTER,
    COMPANY_BEFORE,
    CORRECTED,
    COUNTED,
    DENIED,
    FATE_FOLLOWS,
    FREED,
    LEFT_OVER,
    NOUN,
    OF_BEFORE,
    PEOPLE,
    STILL,
)

#: 11名工人撤出8名: the word belongs to the count that follows and closes the clause.
AFTERWARDS = re.compile(rf"了?{COUNTED}$")
#: Characters before a count in which a word that belongs to it can stand (the longest such words take some twenty).
NEAR = 40


@dataclass(frozen=True, slots=True)
class Mention:
    """``role`` the words of the fate; ``subset`` 其中…; ``remaining`` 仍有…; ``old`` a figure that the text takes back."""

    field: str
    value: float | None
    approximate: bool
    span: tuple[int, int]
    confidence: float
    corrected: bool = False
    role: str = ""
    clause: str = ""
    subset: bool = False
    remaining: bool = False
    old: bool = False


def counts_in(clause: str, offset: int) -> list[Mention]:
    """Mentions in one clause. A list puts its counts first (2人死亡5人受伤) or last (死亡2人受伤5人); what stands first
    decides, and no count and no word is used twice."""
    found: list[Mention] = []
    waiting: list[tuple[float, int]] = []  # counts of a list that only its last part explains
    for at, part in _parts(clause):
        before = [entry for name in BY_ROLE for entry in _before(name, part)]
        after = [entry for name in BY_ROLE for entry in _after(name, part)]
        first_after = bool(after) and (
            not before or min(e[1].start() for e in after) < min(e[1].start() for e in before)
        )
        used: dict[int, set[str]] = {}  # what every character was taken for
        fresh: list[Mention] = []
        for name, match in [*after, *before] if first_after else [*before, *after]:
            if any(not _same_harm(name, other) for spot in range(*match.span()) for other in used.get(spot, ())):
                continue
            for spot in range(*match.span()):
                used.setdefault(spot, set()).add(name)
            fresh.append(_mention(name, match, offset + at, part, clause))
        if not fresh and (bare := BARE_COUNT.fullmatch(part.strip())):
            value = read_count(bare["numbern"]).value
            if value is not None and found and found[-1].value is not None and not waiting:
                # 烫伤顾客11人、服务员3人
                last = found.pop()
                found.append(
                    replace(last, value=(last.value or 0) + value, span=(last.span[0], offset + at + len(part)))
                )
            elif value is not None:
                waiting.append((value, offset + at))
            continue
        if waiting and fresh and fresh[0].value is not None and not first_after:
            total = fresh[0].value + sum(value for value, _at in waiting)
            fresh[0] = replace(fresh[0], value=total, span=(waiting[0][1], fresh[0].span[1]))
        waiting = []
        found += fresh
    return found


def _parts(clause: str) -> list[tuple[int, str]]:
    return [(m.start(), m[0]) for m in re.finditer(r"[^、/]+", clause)]


# What is asked of a whole clause for each of its counts is found once: a clause without a comma may hold a thousand counts.


@lru_cache(maxsize=64)
def _first_denial(clause: str) -> int:
    denial = DENIED.search(clause)
    return denial.end() if denial else len(clause) + 1


def _denied(clause: str, end: int) -> bool:
    """Whether something is denied before ``end``, read as if the clause ended there (没 right before it counts)."""
    return _first_denial(clause) <= end or bool(DENIED.search(clause, max(0, end - NEAR), end))


@lru_cache(maxsize=64)
def _of_before(clause: str) -> bool:
    return bool(OF_BEFORE.search(clause))


@lru_cache(maxsize=64)
def _corrected(clause: str) -> bool:
    return bool(CORRECTED.search(clause))


def _same_harm(name: str, other: str) -> bool:
    return name != other and {name, other} <= {"injured", "seriously_injured"}


def _after(name: str, clause: str) -> list[tuple[str, re.Match[str]]]:
    return [
        (name, match)
        for match in AFTER[name].finditer(clause)
        if not (
            _crosses(match[0], match["role"], name)
            or _thing(match[0])
            or _denied(clause, match.start())
            or _of_some(match)
            or (name in ("rescued", "evacuated") and FATE_FOLLOWS.match(clause, match.end()))
            or (name == "trapped" and FREED.search(clause[max(0, match.start() - NEAR) : match.start()]))
        )
    ]


def _before(name: str, clause: str) -> list[tuple[str, re.Match[str]]]:
    return [
        (name, match)
        for match in BEFORE[name].finditer(clause)
        if not (
            _crosses(match["filler"], "", name)
            or (name == "trapped" and FREED.search(clause[max(0, match.start() - NEAR) : match.start()]))
            or (match["numbern"] and AFTERWARDS.match(clause, match.end()))
            or re.search(r"车|户|间|辆|家[中里]|没有|未|不是|准备|无(?!效)|没(?!气|了|人)", match["filler"])
        )
    ]


def _of_some(match: re.Match[str]) -> bool:
    """伤者中3人重伤: the count is not of all the injured."""
    return bool(re.search(r"[中里](?:有|的)?\s*$", match.string[match.end("role") : match.start("numbern")]))


def _with_company(match: re.Match[str], part: str) -> float:
    """How many more share the fate of those counted: 司机及3名乘客受伤 one, 一名孕妇和一名婴儿被困 one."""
    more = 0.0
    if before := COMPANY_BEFORE.search(part[max(0, match.start() - NEAR) : match.start()]):
        more += read_count(before["numbern"]).value or 0 if before["numbern"] else 1
    filler = match.groupdict().get("filler")
    return more + bool(filler and COMPANY_AFTER.match(filler))


def _mention(name: str, match: re.Match[str], offset: int, part: str, clause: str) -> Mention:
    groups = match.groupdict()
    span = (match.start() + offset, match.end() + offset)
    lead = part[max(0, match.start() - 6) : match.end()]
    marks: dict[str, Any] = {
        "role": match["role"],
        "clause": clause,
        "subset": "其中" in lead,
        "remaining": bool(STILL.search(lead)) and name in ("trapped", "missing"),
        "old": _of_before(clause),
    }
    if groups.get("family") or groups.get("pair") or groups.get("couple"):
        return Mention(name, value_of(match)[0], False, span, 0.85, **marks)
    count = read_count(_count_words(match))
    if (
        count.value is not None
        and re.search(r"各\s*$", part[max(0, match.start() - NEAR) : match.start()])
        and re.search(rf"(?:{NOUN}){{2}}各", part)
    ):
        count = Count(count.value * 2, count.approximate)  # 医生护士各一人
    if count.value is not None and (more := _with_company(match, part)):
        count = Count(count.value + more, count.approximate)
    corrected = _corrected(clause) and not marks["old"]
    if corrected and (to := re.search(rf"(?:至|到|为)\s*{count_pattern('t')}\s*(?:{PEOPLE})?", part[match.start() :])):
        count = read_count(to[0][1:])
        span = (span[0], match.start() + to.end() + offset)
    return Mention(name, count.value, count.approximate, span, 0.7 if count.approximate else 0.9, corrected, **marks)


def _count_words(match: re.Match[str]) -> str:
    start = match.start("numbern")
    lead = re.search(rf"{ABOUT_BEFORE}\s*$", match.string[max(match.start(), start - 4) : start])
    return (lead[0] if lead else "") + match["numbern"] + (match["moren"] or "")


def _crosses(filler: str, own_role: str, name: str) -> bool:
    """Whether another fate stands between the count and the word: 3人死亡5人受伤 must not give 3 injured."""
    rest = filler.replace(own_role, "", 1) if own_role else filler
    for other, words in BY_ROLE.items():
        if other == name or _same_harm(name, other) or (name, other) in (("dead", "injured"), ("rescued", "trapped")):
            # 触电身亡, 重伤不治身亡: the end of the story counts
            continue
        if re.search(words, rest):
            return True
    return False


def _thing(words: str) -> bool:
    return bool(re.search(r"辆|车辆|台车|鸡|猪|牛|羊|房屋|间房|条狗|只", words))


def overlap(a: tuple[int, int], b: tuple[int, int]) -> bool:
    return a[0] < b[1] and b[0] < a[1]


def carried_on(clause: str, offset: int, last: Mention) -> list[Mention]:
    """The clause after a figure that goes on about it: 核减为6人; 还剩12人; 服务员3人."""
    if match := CARRIED.search(clause):
        count = read_count(match["numbern"])
        span = (offset + match.start(), offset + match.end())
        return [
            Mention(
                last.field, count.value, count.approximate, span, 0.75, corrected=True, role=last.role, clause=clause
            )
        ]
    if last.field in ("trapped", "missing", "rescued", "evacuated") and (match := LEFT_OVER.fullmatch(clause.strip())):
        count = read_count(match["numbern"])
        field = last.field if last.field in ("trapped", "missing") else "trapped"
        span = (offset + match.start(), offset + match.end())
        return [Mention(field, count.value, count.approximate, span, 0.75, clause=clause, remaining=True)]
    nearby = 0 <= offset - last.span[1] <= 2
    if last.field == "injured" and nearby and (match := BARE_COUNT.fullmatch(clause.strip())) and match["noun"]:
        count = read_count(match["numbern"])
        span = (offset, offset + len(clause))
        return [Mention("injured", count.value, count.approximate, span, 0.75, role=f"{last.role}+", clause=clause)]
    return []


def value_of(match: re.Match[str]) -> tuple[float | None, bool]:
    groups = match.groupdict()
    if groups.get("pair"):
        return 2.0, False
    if groups.get("couple"):
        return (read_count(groups["couple"][0]).value or 0) + (read_count(groups["couple"][2]).value or 0), False
    words = groups.get("family") or groups.get("numbern") or groups.get("numberm")
    count = read_count((words or "") + (groups.get("moren") or ""))
    return count.value, count.approximate


def overlap_any(span: tuple[int, int], known: list[Mention]) -> bool:
    return any(overlap(m.span, span) for m in known)
