"""What happened: the kind of event from the words of the report, by the tables ``data/kinds.yaml`` and ``kinds_seldom.yaml``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from .spans import NOTHING, Field

TABLE = Path(__file__).parent / "data" / "kinds.yaml"
#: Every other kind of the table of kinds, by things and what became of them.
SELDOM = TABLE.with_name("kinds_seldom.yaml")
MAX_CANDIDATES = 4
#: A kind called by its own name (压力容器事故) goes before kinds by their circumstances.
RANK_OF_NAMES, LONG_NAME = 86, 5
#: 无人员被困电梯: what did not happen names nothing.
NOBODY_IN = re.compile(r"(?:无|没有?|未见|未发现)(?:人员?|群众|居民|乘客)?(?:被困|受困|困在?)[^,，。;；]{0,6}")
#: Within what a pattern matches: 厨房没有起火.
DENIED = re.compile("没有|没人|没伤|无人|没发|未发|未见|未出现|不是|并非|排除|防止|预防|避免|谨防")


@dataclass(frozen=True, slots=True)
class Kind:
    code: str
    zh: str
    rank: int
    words: tuple[str, ...]
    beside: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    beside_pattern: re.Pattern[str] | None = None
    pattern: re.Pattern[str] | None = None
    by_concepts: bool = False


@dataclass(frozen=True, slots=True)
class KindTable:
    kinds: tuple[Kind, ...]
    negation: re.Pattern[str]
    false_alarm: re.Pattern[str]
    look_alike: re.Pattern[str]


@cache
def table() -> KindTable:
    data = yaml.safe_load(TABLE.read_text("utf-8"))
    seldom = yaml.safe_load(SELDOM.read_text("utf-8"))
    kinds = tuple(
        Kind(
            k["code"],
            k["zh"],
            k["rank"],
            tuple(k.get("words", ())),
            tuple(k.get("with", ())),
            tuple(k.get("without", ())),
            re.compile(k["with_pattern"]) if "with_pattern" in k else None,
            re.compile(_spelled_out(k["pattern"], seldom["concepts"])) if "pattern" in k else None,
            by_concepts,
        )
        for by_concepts, listed in ((False, data["kinds"]), (True, seldom["kinds"]))
        for k in listed
    )
    named = {k["code"]: k["zh"] for k in seldom["kinds"]}
    kinds += tuple(
        Kind(code, zh, RANK_OF_NAMES, (zh,)) for code, zh in named.items() if len(zh) >= LONG_NAME and "(" not in zh
    )
    negation = "|".join(map(re.escape, sorted(data["negations"], key=len, reverse=True)))
    alarm = "|".join(map(re.escape, data["false_alarm"]))
    alike = "|".join(map(re.escape, data["look_alike"]))
    return KindTable(kinds, re.compile(rf"(?:{negation})[^,，。;；]{{0,2}}$"), re.compile(alarm), re.compile(alike))


def _spelled_out(pattern: str, concepts: dict[str, str]) -> str:
    """``pattern`` with the words of each concept in place of its name: <fire> becomes 着火|起火|…"""
    return re.sub(r"<([a-z]+)>", lambda name: f"(?:{concepts[name[1]]})", pattern)


def recognise_kind(text: str, context: str | None = None) -> Field:
    """The kind of ``text``: value the code, details ``zh`` and ``candidates`` (others named); None if nothing tells.

    ``context`` is where accompanying words are looked for: the text without names of regions, whose 路 and 园 say
    nothing about the event.
    """
    context = text if context is None else context
    rules = table()
    if alarm := rules.false_alarm.search(text):
        return Field(None, alarm.span(), alarm[0], 0.7, {"zh": None, "candidates": [], "reason": "文字说明是误报"})
    plain = text
    text, context = (NOBODY_IN.sub(lambda word: " " * len(word[0]), one) for one in (text, context))
    text = rules.look_alike.sub(lambda word: " " * len(word[0]), text)
    nameless = rules.look_alike.sub(lambda word: " " * len(word[0]), context)
    found: list[tuple[int, int, Kind, tuple[int, int]]] = []
    for kind in rules.kinds:
        if kind.beside and not any(word in context for word in kind.beside):
            continue
        if kind.beside_pattern and not kind.beside_pattern.search(text):
            continue
        if any(word in text for word in kind.without):
            continue
        spans = _told(kind, nameless, rules.negation)
        spans += [span for word in kind.words if word in text for span in _places(text, word, rules.negation)]
        if spans:
            first = min(spans, key=lambda span: (span[0], -span[1]))
            found.append((-kind.rank, first[0], kind, first))
    if not found:
        return NOTHING
    found.sort(key=lambda entry: entry[:2])
    _rank, _at, kind, span = found[0]
    others: dict[str, str] = {}
    for _r, _a, other, _s in found[1:]:
        if other.code != kind.code:
            others.setdefault(other.code, other.zh)
    candidates = [{"code": code, "zh": zh} for code, zh in list(others.items())[:MAX_CANDIDATES]]
    confidence = 0.85 if not candidates else 0.75
    return Field(kind.code, span, plain[span[0] : span[1]], confidence, {"zh": kind.zh, "candidates": candidates})


def _told(kind: Kind, text: str, negation: re.Pattern[str]) -> list[tuple[int, int]]:
    """Where the pattern of ``kind`` stands; for the kinds by concepts, where nothing in it or right before takes it back."""
    if kind.pattern is None:
        return []
    found = [match.span() for match in kind.pattern.finditer(text)]
    if not kind.by_concepts:
        return found
    return [
        (start, end)
        for start, end in found
        if not (DENIED.search(text, start, end) or negation.search(text[max(0, start - 6) : start]))
    ]


def _places(text: str, word: str, negation: re.Pattern[str]) -> list[tuple[int, int]]:
    found = []
    at = text.find(word)
    while at >= 0:
        if not negation.search(text[max(0, at - 6) : at]):
            found.append((at, at + len(word)))
        at = text.find(word, at + 1)
    return found
