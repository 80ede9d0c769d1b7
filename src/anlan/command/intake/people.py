"""Counts of people: dead, injured, seriously injured, missing, trapped, evacuated, rescued.

Counts are people; 两车被困 says nothing about people. Silence is None, 人数不详 is None with its words, 无人员伤亡 is 0
dead and 0 injured. In a note or a talk, who is spoken of and what befalls them is read clause by clause (`telling`) and then
counted (`headcount`); in a long paper the figures that stand beside their words are (`papers`).
"""

from __future__ import annotations

import re

from .headcount import FIELDS, counts
from .papers import counts_of_paper, past_stretches
from .people_words import NOBODY, NOBODY_REAL, NONE_HURT, PENDING_REPORT, STILL_INSIDE, UNKNOWN, UNTOLD
from .spans import NOTHING, Field
from .taken_back import without_taken_back
from .telling import told_in

#: Longer texts are papers (news, letters, circulars): they tell the same figures again and again, and seldom one person after another.
PAPER = 100
STAYS = re.compile("被困|受困|滞留|被埋")
LOST = re.compile("失|丢|走散|找|搜|未归|联系不上|没回")
FOUND_AGAIN = re.compile(r"联系|找到|寻获|找回")


def recognise_people(text: str) -> dict[str, Field]:
    """The seven counts of ``text`` (already normalised and masked). Never negative; never guessed from things."""
    if denied := NOBODY_REAL.search(text):
        told = Field(None, denied.span(), denied[0], 0.7, {"reason": "演练或不实信息，不计人数"})
        return dict.fromkeys(FIELDS, told)
    if len(text) > PAPER:
        result = counts_of_paper(text)
    else:
        found = counts(text, told_in(without_taken_back(text), past_stretches(text)))
        result = {name: found.get(name, NOTHING) for name in FIELDS}
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
    for name, pattern in NOBODY.items():
        nobody = pattern.search(text)
        if nobody and name in ("trapped", "missing") and STILL_INSIDE.search(text):
            continue
        if nobody is None:
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
