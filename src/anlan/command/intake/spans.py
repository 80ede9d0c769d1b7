"""The text as the recognisers see it, and the pieces they find; spans always point into what was typed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

MAX_LENGTH = 4_000
FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
CLAUSE_END = re.compile(r"[,，。;；!！?？\n]")
SENTENCE_END = re.compile(r"[。!！?？\n]")


def normalise(text: str) -> str:
    """Full-width letters, digits and punctuation become half-width, one character for one, so that spans stay true."""
    return text[:MAX_LENGTH].translate(FULL_WIDTH)


@dataclass(frozen=True, slots=True)
class Field:
    """One recognised fact.

    ``span`` is [start, end) in the typed text, ``words`` the text there; ``value`` None with a span means that the text
    speaks of it without telling (人数不详). ``details`` adds what the value alone cannot say.
    """

    value: object = None
    span: tuple[int, int] | None = None
    words: str | None = None
    confidence: float = 0.0
    details: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, object]:
        return {
            "value": self.value,
            "span": list(self.span) if self.span else None,
            "words": self.words,
            "confidence": round(self.confidence, 2),
            **self.details,
        }


NOTHING = Field()


class Mask:
    """Stretches of text that are already understood, so that a telephone number is not read as casualties."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.spans: list[tuple[int, int]] = []

    def add(self, span: tuple[int, int] | None) -> None:
        if span:
            self.spans.append(span)

    def blank(self) -> str:
        """The text with the masked stretches replaced by spaces, the same length."""
        characters = list(self.text)
        for start, end in self.spans:
            characters[start:end] = " " * (end - start)
        return "".join(characters)


def clauses(text: str) -> Iterator[tuple[int, str]]:
    """(offset, clause) for each stretch between punctuation marks; a comma between digits is no mark."""
    start = 0
    for match in CLAUSE_END.finditer(text):
        at = match.start()
        if text[at] == "," and text[at - 1 : at].isdigit() and re.match(r"\d{3}(?!\d)", text[at + 1 :]):
            continue
        if at > start:
            yield start, text[start:at]
        start = match.end()
    if start < len(text):
        yield start, text[start:]
