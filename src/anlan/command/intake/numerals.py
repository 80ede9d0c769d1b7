"""Counts as people write them: 3, １,050, 一千二百余, 十几, 近百, 两三, 半 — and how exact they are."""

from __future__ import annotations

import re
from dataclasses import dataclass

DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "俩": 2, "仨": 3} | {
    word: number for number, word in enumerate("三四五六七八九", 3)
}
UNITS = {"十": 10, "百": 100, "千": 1_000, "万": 10_000, "亿": 100_000_000}
ABOUT_BEFORE = r"(?:约|大约|大概|估计|近|将近|差不多|可能|至少|不少于|不低于|超过|超|逾|上|已达|达|共|合计|总共)"
ABOUT_AFTER = r"(?:多|余|来|左右|上下|以上)"
# a number begins where no number stands before it, and is not endless: otherwise odd texts cost quadratic time
NUMBER = (
    r"(?:(?<![\d.])(?:\d{1,3}(?:,\d{3}){1,3}|\d{1,9}(?:\.\d{1,4})?)\s*(?:[余多]?(?:万|千|百|亿))?"
    r"|(?<![一二三四五六七八九十百千万])(?:数(?:十|百|千|万)|[几数](?=[十百千万名个人辆台户间]))"
    r"|(?<![零〇一二三四五六七八九十百千万两])[零〇一二三四五六七八九十百千万两俩仨]{1,12}几?)"
)
INEXACT_BEFORE = re.compile(r"约|大概|估计|近|差不多|可能|至少|不少于|不低于|超|逾|上")
#: 十五六, 三百五六十: of two neighbouring digits the lower counts
NEIGHBOURS = re.compile(r"(?:一二|[一二]两|[二两]三|三四|四五|五六|六七|七八|八九)(?=[十百千万]|$)")
MAX_COUNT = 10_000_000


@dataclass(frozen=True, slots=True)
class Count:
    """``value`` is what may be reckoned with (the lower end of a range), None when the words name no number (数十)."""

    value: float | None
    approximate: bool = False


def count_pattern(name: str = "") -> str:
    """The pattern of a count with groups ``number<name>`` and ``more<name>``."""
    return rf"(?:{ABOUT_BEFORE}\s?){{0,2}}(?P<number{name}>{NUMBER})(?P<more{name}>{ABOUT_AFTER})?"


def read_count(words: str) -> Count:
    """The count in ``words``, which match ``count_pattern``."""
    text = re.sub(r"\s|,", "", words)
    match = re.search(NUMBER, text)
    if not match:
        return Count(None, True)
    about = bool(INEXACT_BEFORE.search(text[: match.start()]) or re.match(ABOUT_AFTER, text[match.end() :]))
    number = match[0]
    if number[0] in "几数":
        return Count(None, True)
    if number[0].isdigit():
        figures = re.match(r"[\d.]+", number)
        assert figures
        value: float | None = float(figures[0]) * UNITS.get(number[-1], 1)
        about = about or "余" in number or "多" in number
    elif number.endswith("几"):
        head = number[:-1]
        value = _chinese(head)
        about = True
    else:
        value = _chinese(number)
        about = about or bool(NEIGHBOURS.search(number))
    if value is None or value > MAX_COUNT:
        return Count(None, True)
    return Count(value, about)


def _chinese(words: str) -> float | None:
    """The value of Chinese numerals; 两三 gives 2, the lower of two neighbours."""
    if neighbours := re.fullmatch(r"([一二两三四五六七八九])([二三四五六七八九])([十百千万]?)", words):
        low, high = DIGITS[neighbours[1]], DIGITS[neighbours[2]]
        return low * UNITS.get(neighbours[3], 1) if high == low + 1 else low * 10 + high
    if re.fullmatch(r"[零〇一二三四五六七八九]+", words) and len(words) > 1:
        return float("".join(str(DIGITS[word]) for word in words))
    words = NEIGHBOURS.sub(lambda two: two[0][0], words)
    total = section = digit = 0
    last_unit = 1
    for word in words:
        if word in DIGITS:
            digit = DIGITS[word]
        elif UNITS[word] >= 10_000:
            total = (total + section + digit) * UNITS[word] or UNITS[word]
            section = digit = 0
            last_unit = UNITS[word]
        else:
            section += (digit or 1) * UNITS[word]
            digit = 0
            last_unit = UNITS[word]
    if digit and last_unit >= 100 and "零" not in words and "〇" not in words and words[-1] in DIGITS:
        digit *= last_unit // 10  # 一百二 is 120
    return float(total + section + digit)
