"""Text as paper takes it: what XML cannot hold removed, widths estimated, long titles broken where they read well."""

from __future__ import annotations

import re
import unicodedata

_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u200b\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)

_BEGINNINGS = ("关于", "致", "导致", "引发", "以及", "应对", "应急", "情况", "工作")
_OPENING = "（《“‘【〔「([{"
_CLOSING = "）》”’】〕」，。、；：？！)]},.;:?!%℃"
_COUNTED = "年月日时分秒号期届次个人名级项条辆台处毫米"


def clean(text: object) -> str:
    """The text without control characters, direction marks and lone surrogates, which no paper may carry."""
    return _UNPRINTABLE.sub("", str(text).replace("\r\n", "\n").replace("\r", "\n"))


def width(text: str) -> float:
    """Estimated width in units of a full-width character.

    Latin letters and figures count 0.55; word processors put a quarter between them and Chinese characters.
    """
    total, before = 0.0, ""
    for character in text:
        wide = unicodedata.east_asian_width(character) in "WFA"
        total += 1.0 if wide else 0.55
        if before and _ideograph(character) != _ideograph(before) and (character + before).replace("　", "").isalnum():
            total += 0.25
        before = character
    return total


def _ideograph(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff"


def may_break(text: str, at: int) -> bool:
    """Whether a title's line may end before text[at]: not inside a number or date, nor on a bracket's wrong side."""
    before, after = text[at - 1], text[at]
    if after in _CLOSING or before in _OPENING:
        return False
    if before.isascii() and after.isascii() and before.isalnum() and after.isalnum():
        return False
    if before.isdigit() and after in _COUNTED:
        return False
    return not (re.search(r"\d[年月]$", text[:at]) and after.isdigit())


def title_lines(title: str, room: float) -> list[str]:
    """Break a title into lines of about equal length, `room` full-width characters at most, at places that read well.

    Line feeds in the title are kept as they are (somebody decided on them).
    """
    lines: list[str] = []
    for part in clean(title).split("\n"):
        rest = part.strip()
        while rest:
            pieces = -(-width(rest) // room)
            if pieces <= 1:
                lines.append(rest)
                break
            at = _best_break(rest, width(rest) / pieces, room)
            lines.append(rest[:at].rstrip())
            rest = rest[at:].lstrip()
    return lines


def _best_break(text: str, ideal: float, room: float) -> int:
    best, cost = 1, float("inf")
    for at in range(1, len(text)):
        used = width(text[:at])
        if used > room:
            break
        if not may_break(text, at):
            continue
        here = abs(used - ideal)
        if text[at - 1] in "的、和与及暨》）" or text.startswith(_BEGINNINGS, at):
            here -= 3.0
        if here < cost:
            best, cost = at, here
    if cost == float("inf"):
        best = max(1, int(room))
    return best
