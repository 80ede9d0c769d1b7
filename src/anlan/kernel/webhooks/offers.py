"""Which events may leave the house. What no room offers is sent to nobody."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from anlan.events.base import known


@dataclass(frozen=True, slots=True)
class Offer:
    """Events whose subject begins with `prefix` (``room.noun.``) may be sent to those who hold `permission` where they belong."""

    prefix: str
    title: Any
    permission: str


_OFFERS: dict[str, Offer] = {}


def offer(prefix: str, title: Any, *, permission: str) -> None:
    """Called in a room's `webhooks.py`. Raises ValueError for a prefix that ends inside a word: it would reach further than it says."""
    if not prefix.endswith(".") or prefix.count(".") < 2:
        raise ValueError(f"{prefix!r}: an offer is called room.noun. with a full stop at its end")
    _OFFERS[prefix] = Offer(prefix, title, permission)


def offers() -> list[Offer]:
    return [_OFFERS[prefix] for prefix in sorted(_OFFERS)]


def offer_of(subject: str) -> Offer | None:
    """The offer under which events of this subject leave the house; None: they do not."""
    room, _dot, rest = subject.partition(".")
    return _OFFERS.get(f"{room}.{rest.partition('.')[0]}.")


def matches(patterns: Iterable[str], subject: str) -> bool:
    """Whether a subscription with these patterns asks for the subject. A pattern that ends in a full stop names all below it."""
    return any(subject.startswith(p) if p.endswith(".") else subject == p for p in patterns)


def subjects_of(pattern: str) -> list[str]:
    """The offered subjects that a pattern names."""
    return sorted(s for s in known() if offer_of(s) is not None and matches([pattern], s))
