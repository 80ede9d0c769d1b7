"""Counts of people: dead, injured, seriously injured, missing, trapped, evacuated, rescued.

Counts are people; 两车被困 says nothing about people. Silence is None, 人数不详 is None with its words, 无人员伤亡 is 0
dead and 0 injured.
The grammar is one of clauses: a count with a word for people beside a word for what befell them, on either side.
"""

from __future__ import annotations

import re
from dataclasses import replace

from .numerals import count_pattern, read_count
from .people_mentions import mentions_in
from .people_settling import STRUCK_ONLY, settle
from .people_words import FIELDS, NOBODY, NOBODY_REAL, NONE_HURT, PENDING_REPORT, PEOPLE, STILL_INSIDE, UNKNOWN, UNTOLD
from .spans import NOTHING, Field

EVERYBODY = re.compile(r"都|均|全|共|先后")
FOUND_AGAIN = re.compile(r"联系|找到|寻获|找回")


def recognise_people(text: str) -> dict[str, Field]:
    """The seven counts of ``text`` (already normalised and masked). Never negative; never guessed from things."""
    if denied := NOBODY_REAL.search(text):
        told = Field(None, denied.span(), denied[0], 0.7, {"reason": "演练或不实信息，不计人数"})
        return dict.fromkeys(FIELDS, told)
    mentions = mentions_in(text)
    result = {name: settle(text, name, [m for m in mentions if m.field == name]) for name in FIELDS}
    result = _totals(text, result)
    _negations(text, result)
    _unknowns(text, result)
    return result


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
        and injured.span[1] <= dead.span[0]
        and (
            re.search(r"^[^。\n]{0,20}(?:其中|^中有?)|^中有?", text[injured.span[1] : dead.span[0]])
            or (re.search(r"中毒|触电|溺水|昏迷|送医|医院", injured.words or "") and _adds_up(text, result))
            or _one_by_one(text, injured, dead)
        )
    ):
        value = injured.value - dead.value
        result["injured"] = Field(value, injured.span, injured.words, 0.7, {"derived": "总人数减其中死亡人数"})
    struck = result["injured"]
    if struck.details.get("reason") == STRUCK_ONLY and isinstance(dead.value, int) and isinstance(struck.value, int):
        # 撞倒3人,1人死亡
        left = struck.value - dead.value
        result["injured"] = replace(struck, value=left, confidence=0.5) if left > 0 else NOTHING
    if isinstance(serious.value, int) and not isinstance(result["injured"].value, int):
        result["injured"] = Field(serious.value, serious.span, serious.words, 0.7, {"derived": "至少为重伤人数"})
    return result


def _one_by_one(text: str, hurt: Field, dead: Field) -> bool:
    """三人都烧着了,一人未救活: all were hurt, and in the next clause so many of them died."""
    assert hurt.span is not None
    assert dead.span is not None
    before = text[max(0, hurt.span[0] - 8) : hurt.span[1] + 4]
    between = text[hurt.span[1] : dead.span[0]]
    bare = re.match(
        r"(?:[\d一二两俩三四五六七八九十]+)(?:个|人|名|位)?(?![\u4e00-\u9fff]{0,3}(?:司机|乘客|员))", dead.words or ""
    )
    return bool(EVERYBODY.search(before) and bare and len(between) < 12 and not re.search(r"另|还有|[。\n]", between))


def _adds_up(text: str, result: dict[str, Field]) -> bool:
    """中毒三人,一人死亡两人昏迷: the parts that follow make up the whole."""
    whole, dead = result["injured"].value, result["dead"].value
    parts = [m.value for m in mentions_in(text) if m.field in ("injured", "seriously_injured")]
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
        if nobody and name in ("trapped", "missing") and STILL_INSIDE.search(text):
            continue
        if nobody is None:
            continue
        known = result[name]
        if known.value is None:
            result[name] = Field(0, nobody.span(), nobody[0], 0.8)
        elif (
            known.value
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
