"""Is this the event that was reported before? Scored by time, place and kind, with reasons; nothing is merged.

Source of the scale: the rule of deduplication, same kind within two hours and one kilometre (platform rule).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

SAME_WITHIN_MINUTES = 120.0
SAME_WITHIN_METRES = 1_000.0
SUGGEST_FROM = 0.5
#: From this share of common pairs of characters on, two texts are one message.
SAME_WORDS = 0.7
SHORTEST_ALIKE = 8
PLAIN = re.compile(r"[^\w]|_")
EARTH_RADIUS_M = 6_371_008.8
RELATED_KINDS = (
    frozenset({"11A01", "11A02", "11A51", "X1101", "11B03"}),
    frozenset({"11D01", "11D02", "11D03", "11A51"}),
    frozenset({"12G01", "12G03", "12G04", "12G05", "12G06", "12G99", "X1204", "X1201", "12H04"}),
    frozenset({"12H01", "12H02", "12H03", "12H04", "12H05", "12H99", "X1215"}),
    frozenset({"12C01", "12P13", "X1208", "X1210"}),
    frozenset({"X1205", "12P08", "11B14"}),
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An earlier report that may be the same event: ``score`` 0…1 and why, in words for the officer."""

    id: Any
    score: float
    reasons: tuple[str, ...]
    against: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, object]:
        return {
            "id": self.id,
            "score": round(self.score, 2),
            "reasons": list(self.reasons),
            "against": list(self.against),
        }


def suggest_duplicates(new: Mapping[str, object], existing: Iterable[Mapping[str, object]]) -> list[Suggestion]:
    """Earlier reports that may be the same event as ``new``, the likeliest first.

    Reports are mappings with any of: ``id``, ``time`` (aware datetime or ISO 8601), ``kind`` (code), ``place`` (words),
    ``region_code`` (12 digits), ``lon``/``lat`` (WGS84), ``phone``, ``text``. What is unknown speaks neither for nor against;
    with neither a place, nor a telephone number, nor the words in common nothing is suggested.
    """
    found = []
    for old in existing:
        suggestion = _compare(new, old)
        if suggestion.score >= SUGGEST_FROM:
            found.append(suggestion)
    return sorted(found, key=lambda s: -s.score)


def _compare(new: Mapping[str, object], old: Mapping[str, object]) -> Suggestion:
    reasons: list[str] = []
    against: list[str] = []
    place, place_known = _place(new, old, reasons, against)
    time, time_known = _time(new, old, reasons, against)
    kind, kind_known = _kind(new, old, reasons, against)
    weight = 0.45 * place_known + 0.3 * time_known + 0.25 * kind_known
    score = (0.45 * place + 0.3 * time + 0.25 * kind) / weight if weight else 0.0
    if new.get("phone") and new.get("phone") == old.get("phone"):
        reasons.append("同一来电号码")
        score = max(score, 0.6) if not against else score
    alike = _alike(new, old)
    if alike >= SAME_WORDS and not (time_known and time == 0):
        # the same message, forwarded or pasted again
        reasons.append("原文相同" if alike == 1 else f"文字相近（{alike:.0%}）")
        score = max(score, 0.55 + 0.4 * alike) if not against else score
    elif not place_known and "同一来电号码" not in reasons:
        score = min(score, 0.4)
    if (place_known and place == 0) or (kind_known and kind == 0 and place < 0.9):
        score = min(score, 0.3)
    if time_known and time == 0:
        score = min(score, 0.4)
    return Suggestion(old.get("id"), score, tuple(reasons), tuple(against))


def _alike(new: Mapping[str, object], old: Mapping[str, object]) -> float:
    """Share of the shorter text's pairs of characters that the other one has; 0 for texts too short to tell."""
    pairs = []
    for report in (new, old):
        plain = PLAIN.sub("", str(report.get("text") or ""))
        pairs.append({plain[at : at + 2] for at in range(len(plain) - 1)})
    shorter = min(map(len, pairs))
    return len(pairs[0] & pairs[1]) / shorter if shorter >= SHORTEST_ALIKE else 0.0


def _place(
    new: Mapping[str, object], old: Mapping[str, object], reasons: list[str], against: list[str]
) -> tuple[float, bool]:
    distance = _distance(new, old)
    words_new, words_old = str(new.get("place") or ""), str(old.get("place") or "")
    if (
        words_new
        and words_old
        and (words_new in words_old or words_old in words_new)
        and min(len(words_new), len(words_old)) >= 3
    ):
        reasons.append(f"地点相同：{min(words_new, words_old, key=len)}")
        return 1.0, True
    shared = _common_name(words_new, words_old)
    code_new, code_old = str(new.get("region_code") or ""), str(old.get("region_code") or "")
    if distance is not None and not (code_new and code_new == code_old):
        # two events known only by the seat of the same region have no distance between them worth telling
        if distance <= SAME_WITHIN_METRES:
            reasons.append(f"相距约{distance:.0f}米")
            return 1.0 - 0.4 * distance / SAME_WITHIN_METRES, True
        if not shared:
            against.append(f"相距约{distance / 1000:.1f}公里")
            return 0.0, True
    if shared:
        reasons.append(f"地名相近：{shared}")
        return 0.8, True
    if code_new and code_old:
        if code_new == code_old:
            fine = not code_new.endswith("000000")
            reasons.append("同一社区（村）" if fine and not code_new.endswith("000") else "同一街道（乡镇）或以上区域")
            return (0.75 if not code_new.endswith("000") else 0.5), True
        if (code_new.rstrip("0") and code_old.startswith(code_new.rstrip("0"))) or code_new.startswith(
            code_old.rstrip("0")
        ):
            reasons.append("所在区域相互包含")
            return 0.45, True
        against.append("不在同一区域")
        return 0.0, True
    return 0.0, False


def _common_name(one: str, two: str) -> str:
    """The longest common stretch of at least four characters, such as 古城南路."""
    best = ""
    for start in range(len(one)):
        for end in range(start + max(4, len(best) + 1), len(one) + 1):
            if one[start:end] not in two:
                break
            best = one[start:end]
    return best


def _time(
    new: Mapping[str, object], old: Mapping[str, object], reasons: list[str], against: list[str]
) -> tuple[float, bool]:
    one, two = _moment(new.get("time")), _moment(old.get("time"))
    if one is None or two is None:
        return 0.0, False
    minutes = abs((one - two).total_seconds()) / 60
    if minutes <= SAME_WITHIN_MINUTES:
        reasons.append(f"时间相差{minutes:.0f}分钟")
        return 1.0 - 0.5 * minutes / SAME_WITHIN_MINUTES, True
    against.append(f"时间相差{minutes / 60:.1f}小时")
    return 0.0, True


def _kind(
    new: Mapping[str, object], old: Mapping[str, object], reasons: list[str], against: list[str]
) -> tuple[float, bool]:
    one, two = new.get("kind"), old.get("kind")
    if not one or not two:
        return 0.0, False
    if one == two:
        reasons.append("同一类型")
        return 1.0, True
    if any(one in group and two in group for group in RELATED_KINDS):
        reasons.append("类型相近")
        return 0.7, True
    against.append("类型不同")
    return 0.0, True


def _moment(value: object) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    return value if isinstance(value, datetime) and value.tzinfo else None


def _distance(new: Mapping[str, object], old: Mapping[str, object]) -> float | None:
    """Great-circle distance in metres, None when a position is unknown."""
    numbers = [new.get("lon"), new.get("lat"), old.get("lon"), old.get("lat")]
    if not all(isinstance(n, int | float) and not isinstance(n, bool) and math.isfinite(n) for n in numbers):
        return None
    lon1, lat1, lon2, lat2 = (math.radians(float(n)) for n in numbers)  # type: ignore[arg-type]
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(half)))
