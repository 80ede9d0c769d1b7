"""Which items are about the same matter: scored by words, place, kind and time, each with its reason. Pure.

The scale is the platform's own (建议值). Words weigh most where they are many; a place or kind that differs speaks against.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from anlan.command.intake.duplicates import RELATED_KINDS

from .data import watching

TOGETHER_FROM = 0.5
NEARLY_THE_SAME = 0.6
COMPARED = 240
_PLAIN = re.compile(r"[^0-9a-z\u4e00-\u9fff]+")
#: Says nothing about the matter.
_COMMON = re.compile(
    r"网友|爆料|最新|视频|现场|消息|目前|记者|据悉|发布|转发|微博|通报|今天|今日|昨日|昨天|刚刚|我们|这里|已经"
)
_TRACKING = re.compile(r"utm_|spm$|from$|share|source$|fbclid|gclid|isappinstalled|timestamp$")
Thing = Mapping[str, Any]
"""What is compared: ``{id, text, at, region, place, kind}``; unknown ones are empty."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How like two things are, 0…1, and why, in words for the officer."""

    id: Any
    score: float
    reasons: tuple[str, ...]
    against: tuple[str, ...] = ()


def likest(new: Thing, known: Iterable[Thing], *, least: float = TOGETHER_FROM) -> list[Likeness]:
    """The known things that `new` may be about, the likest first."""
    mine = pairs(new["text"])
    found = [likeness(new, old, mine) for old in known]
    return sorted((one for one in found if one.score >= least), key=lambda one: -one.score)


def likeness(new: Thing, old: Thing, mine: frozenset[str] | None = None) -> Likeness:
    hours = abs((new["at"] - old["at"]).total_seconds()) / 3600
    if hours > watching().together_hours:
        return Likeness(old["id"], 0.0, (), (f"时间相差 {hours:.0f} 小时",))
    reasons: list[str] = []
    against: list[str] = []
    alike = _words(mine if mine is not None else pairs(new["text"]), pairs(old["text"]))
    if alike >= 0.25:
        reasons.append(f"用词相近（{alike:.0%}）")
    place = _place(new, old, reasons, against)
    kind = _kind(new, old, reasons, against)
    reasons.append(f"相差 {hours:.0f} 小时" if hours >= 1 else "相差不到 1 小时")
    if place < 0:
        score = 0.0 if alike < 0.85 else alike
    elif alike >= NEARLY_THE_SAME:
        score = alike
    elif kind < 0:
        score = 0.3 * alike
    else:
        near = 1.0 - 0.5 * hours / watching().together_hours
        # Without a place in common, only words can tell.
        score = min(1.0, 0.55 * place + 0.25 * kind + 0.6 * alike) * near if place else min(0.49, 0.25 * kind + alike)
    return Likeness(old["id"], round(score, 3), tuple(reasons), tuple(against))


def pairs(text: str) -> frozenset[str]:
    """The pairs of neighbouring characters of the beginning of a text, without words that say nothing."""
    plain = _PLAIN.sub("", _COMMON.sub("", text[:COMPARED].lower()))
    return frozenset(plain[i : i + 2] for i in range(len(plain) - 1))


def _words(one: frozenset[str], two: frozenset[str]) -> float:
    """Shared pairs by the smaller set; very short texts tell little."""
    least = min(len(one), len(two))
    return len(one & two) / max(least, 8) if least else 0.0


def _place(new: Thing, old: Thing, reasons: list[str], against: list[str]) -> float:
    """1 the same place, 0 unknown, -1 another one."""
    a, b = str(new.get("place") or ""), str(old.get("place") or "")
    if min(len(a), len(b)) >= 3 and (a in b or b in a):
        reasons.append(f"地点相同：{min(a, b, key=len)}")
        return 1.0
    one, two = str(new.get("region") or "").rstrip("0"), str(old.get("region") or "").rstrip("0")
    if len(one) <= 6 or len(two) <= 6:
        # The district itself is no place to tell by.
        return 0.3 if one and two else 0.0
    if one.startswith(two) or two.startswith(one):
        reasons.append("同一街道（乡镇）" if min(len(one), len(two)) <= 9 else "同一社区（村）")
        return 0.7
    against.append("不在同一街道（乡镇）")
    return -1.0


def _kind(new: Thing, old: Thing, reasons: list[str], against: list[str]) -> float:
    one, two = new.get("kind"), old.get("kind")
    if not one or not two:
        return 0.0
    if one == two or any(one in group and two in group for group in RELATED_KINDS):
        reasons.append("类型相同" if one == two else "类型相近")
        return 1.0 if one == two else 0.7
    against.append("类型不同")
    return -1.0


def item_key(title: str, text: str, url: str) -> str:
    """By what an item is known again: its address, else its words."""
    address = plain_address(url)
    return _digest(address or _PLAIN.sub("", f"{title}{text}".lower()) or title)


def title_key(title: str) -> str:
    """By what the same text of another source is known: its title, when it is long enough to be no chance."""
    plain = _PLAIN.sub("", re.split(r"[-_|—]{1,2}[^-_|—]{1,12}$", title.lower(), maxsplit=1)[0])
    return _digest(plain) if len(plain) >= 10 else ""


def plain_address(url: str) -> str:
    """The address without what only tells where it was shared."""
    if not url:
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    query = urlencode([(k, v) for k, v in parse_qsl(parts.query) if not _TRACKING.search(k.lower())])
    host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
    return urlunsplit(("", host, parts.path.rstrip("/"), query, ""))


def heat(moments: Iterable[datetime], until: datetime, *, hours: int = 24) -> list[int]:
    """How many items came in each of the last `hours` hours up to `until`, oldest first."""
    counts = [0] * hours
    for at in moments:
        back = int((until - at).total_seconds() // 3600)
        if 0 <= back < hours:
            counts[hours - 1 - back] += 1
        elif back < 0:
            counts[-1] += 1
    return counts


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:40]
