"""Counts of people: dead, injured, seriously injured, missing, trapped, evacuated, rescued.

Counts are people; 两车被困 says nothing about people. Silence is None, 人数不详 is None with its words, 无人员伤亡 is 0
dead and 0 injured. In a note or a talk, who is spoken of and what befalls them is read clause by clause (`telling`) and then
counted (`headcount`); in a long paper the figures that stand beside their words are (`papers`).
"""

from __future__ import annotations

import re

from .headcount import FIELDS, counts
from .numerals import read_count
from .papers import counts_of_paper, past_stretches
from .people_words import (
    COMPACT_ROLES,
    LISTED,
    MAY_TRAP,
    NOBODY,
    NOBODY_REAL,
    NONE_HURT,
    NONE_LISTED,
    PENDING_REPORT,
    STILL_INSIDE,
    UNKNOWN,
    UNTOLD,
)
from .spans import NOTHING, Field
from .taken_back import without_taken_back
from .telling import told_in

#: Longer texts are papers (news, letters, circulars): they tell the same figures again and again, and seldom one person after another.
PAPER = 100
#: 2-3人, 三至五名, 两、三个: the lower end is what may be reckoned with.
RANGE = re.compile(
    r"(?<![由从\d.号\-])(?P<low>\d{1,4}|[一二两三四五六七八九十]{1,3})\s*(?:[-~—–、]|至|到)\s*(?:\d{1,4}|[一二两三四五六七八九十]{1,3})(?=\s*[余多]?(?:人|名|个(?!小时|月)|位))"
)
#: 死亡人数:0;受伤人数:2
TABLED = re.compile(
    r"(?P<role>死亡|遇难|重伤|轻伤|受伤|失踪|失联|被困)(?:人数|人员|者)?\s*[:：]\s*(?P<number>\d{1,5}|[零无]|[一二两三四五六七八九十百]{1,4})"
    r"\s*(?:人|名)?(?=$|[\s,，。;；、()])"
)
STAYS = re.compile("被困|受困|滞留|被埋")
LOST = re.compile("失|丢|走散|找|搜|未归|联系不上|没回")
SHUT_IN = re.compile("困|埋|滞留|没人|无人|出来")
FOUND_AGAIN = re.compile(r"联系|找到|寻获|找回")


def recognise_people(text: str) -> dict[str, Field]:
    """The seven counts of ``text`` (already normalised and masked). Never negative; never guessed from things."""
    text = RANGE.sub(lambda match: match["low"].rjust(len(match[0])), text)
    if denied := NOBODY_REAL.search(text):
        told = Field(None, denied.span(), denied[0], 0.7, {"reason": "演练或不实信息，不计人数"})
        return dict.fromkeys(FIELDS, told)
    if len(text) > PAPER:
        result = counts_of_paper(text)
    else:
        found = counts(text, told_in(without_taken_back(text), past_stretches(text)))
        result = {name: found.get(name, NOTHING) for name in FIELDS}
    for match in TABLED.finditer(text):
        name = COMPACT_ROLES[match["role"]]
        if result[name].value is None:
            value = 0 if match["number"] in ("无", "零") else read_count(match["number"]).value
            if value is not None:
                result[name] = Field(int(value), match.span(), match[0], 0.85)
    _negations(text, result)
    _unknowns(text, result)
    return result


def _negations(text: str, result: dict[str, Field]) -> None:
    for match in NONE_HURT.finditer(text):
        if re.match(r"(?:情况)?的?报告", text[match.end() :]):
            continue
        pending = "暂" in match["no"] or "发现" in match["no"]
        details: dict[str, object] = {"provisional": True} if pending else {}
        for name in ("dead", "injured"):
            if result[name].value is None:
                result[name] = Field(0, match.span(), match[0], 0.6 if pending else 0.9, details)
    for match in NONE_LISTED.finditer(text):
        for name, words in LISTED.items():
            if re.search(words, match["list"]) and result[name].value is None:
                result[name] = Field(0, match.span(), match[0], 0.9)
    for name, pattern in NOBODY.items():
        nobody = pattern.search(text)
        if nobody and name in ("trapped", "missing") and STILL_INSIDE.search(text):
            continue
        if nobody is None or (name == "trapped" and not MAY_TRAP.search(text) and not SHUT_IN.search(nobody[0])):
            continue
        if nobody.start() and re.match(r"(.)没\1", text[nobody.start() - 1 :]):
            continue  # 死没死不知道
        if name == "trapped" and result["missing"].value and not STAYS.search(nobody[0]):
            continue  # 一人自行上岸,一人正在搜救
        if name == "missing" and FOUND_AGAIN.search(nobody[0]) and not LOST.search(text):
            continue
        known = result[name]
        if (
            name == "injured"
            and re.match("没(?:受)?伤", nobody[0])
            and any(result[other].value for other in ("dead", "trapped"))
        ):
            continue  # 司机没了,后排孩子没伤: said of one of them
        if known.value is None:
            result[name] = Field(0, nobody.span(), nobody[0], 0.8)
        elif (
            len(text) > PAPER
            and known.value
            and known.span
            and nobody.start() >= known.span[0]
            and (name == "trapped" or (name == "missing" and FOUND_AGAIN.search(nobody[0])))
        ):
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
