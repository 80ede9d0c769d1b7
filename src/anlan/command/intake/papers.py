"""The counts of people of a long paper: figures beside their words, weighed against each other; subtraction where one is told."""

from __future__ import annotations

import re
from dataclasses import replace

from .numerals import count_pattern, read_count
from .paper_mentions import mentions_in, past_stretches
from .paper_settling import STRUCK_ONLY, settle
from .people_words import FIELDS, PEOPLE
from .spans import NOTHING, Field

__all__ = ["counts_of_paper", "past_stretches"]

EVERYBODY = re.compile(r"都|均|全|共|先后")


def counts_of_paper(text: str) -> dict[str, Field]:
    """The seven counts of ``text`` (normalised and masked); NOTHING where it tells none."""
    mentions = mentions_in(text)
    return _totals(text, {name: settle(text, name, [m for m in mentions if m.field == name]) for name in FIELDS})


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
