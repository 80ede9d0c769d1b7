"""Within one clause: which word for people goes with which word for what befell them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .fates import Fate
from .persons import Ref

#: The details in brackets are of those who were counted before them: 6人受伤(重伤2人、轻伤4人).
MARKS = re.compile(r"[,，。;；!！?？\n()]")


#: 列车员1人、旅客7人; 男2人、女1人.
LISTED = re.compile("(?:、|和|及|以及)[男女]?")


@dataclass(slots=True)
class Link:
    """``ref`` None: nobody is named; ``forward``: the fate stood before the people (死亡2人)."""

    ref: Ref | None
    fates: list[Fate]
    forward: bool = False


def links_of(clause: str, refs: list[Ref], fates: list[Fate], offset: int) -> list[Link]:
    """Each person or count of a clause with its fates: 2人死亡5人受伤, 死亡2人受伤5人, 砸死一个, 11名工人撤出8名."""
    tokens: list[Ref | Fate] = sorted([*refs, *fates], key=lambda token: (token.start, isinstance(token, Ref)))
    links: list[Link] = []
    pending: list[Fate] = []

    def gap(start: int, stop: int) -> int:
        return len(clause[start - offset : stop - offset].replace(" ", ""))

    for at, token in enumerate(tokens):
        if isinstance(token, Ref):
            reach = 8 if pending and pending[-1].name in ("inside", "out", "moved", "treated") else 5
            near = pending and gap(pending[-1].end, token.start) <= reach
            if near and token.kind in ("count", "bare", "alone", "rest", "one"):
                freed = any(fate.name in ("out", "moved") for fate in pending)  # 救出被困老人1人
                told = [f for f in pending if not (freed and f.name == "caught")]
                named = all(f.noun for f in told) and _told_after(tokens, token)  # 伤者中3人重伤
                placed = all(f.name == "inside" for f in told)  # 车内2人死亡1人重伤
                links.append(Link(token, told, forward=not named and not placed))
            else:
                if pending:
                    links.append(Link(None, [fate for fate in pending if not fate.noun]))
                links.append(Link(token, []))
            pending = []
            continue
        last = next((link for link in reversed(links) if link.ref), None)
        follows = next((t for t in tokens[at + 1 : at + 3] if isinstance(t, Ref)), None)
        close = (
            follows is not None
            and follows.kind in ("count", "bare")
            and token.end <= follows.start
            and gap(token.end, follows.start) <= (6 if token.noun else 4)
        )
        if token.noun:
            if close:
                pending.append(token)
            elif last and last.ref and token.start - last.ref.end <= 1:
                last.fates.append(token)
        elif last is None or pending or (close and (last.forward or not _told_after(tokens, follows))):
            pending.append(token)
        else:
            _befall(links, last, token, clause, offset)
    if pending:
        links.append(Link(None, [fate for fate in pending if not fate.noun]))
    return links


def _befall(links: list[Link], last: Link, fate: Fate, clause: str, offset: int) -> None:
    """``fate`` for ``last``, and for those who are listed before it without one of their own (列车员1人、旅客7人受伤)."""
    last.fates.append(fate)
    at = links.index(last)
    while at and last.ref and (before := links[at - 1]).ref and not before.fates:
        if not LISTED.fullmatch(clause[before.ref.end - offset : last.ref.start - offset].strip()):
            break
        before.fates.append(fate)
        last, at = before, at - 1


def _told_after(tokens: list[Ref | Fate], ref: Ref | None) -> bool:
    """Whether what befell ``ref`` stands behind it, before the next one is named."""
    after = next((token for token in tokens if ref and token.start >= ref.end), None)
    return isinstance(after, Fate)


def clauses_of(text: str) -> Iterator[tuple[int, str, str]]:
    """(offset, clause, mark that ends it); brackets end clauses too."""
    start = 0
    for match in MARKS.finditer(text):
        at = match.start()
        if text[at] == "," and text[at - 1 : at].isdigit() and re.match(r"\d{3}(?!\d)", text[at + 1 :]):
            continue
        if at > start:
            yield start, text[start:at], text[at]
        start = match.end()
    if start < len(text):
        yield start, text[start:], ""


def heads_a_list(counted: list[Link]) -> bool:
    """两人送医后一死一重伤: the first count is all of the others."""
    values = [link.ref.value or 0 for link in counted if link.ref]
    return 0 < values[0] == sum(values[1:])
