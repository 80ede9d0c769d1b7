"""The people of a report as groups, of whom some are spoken of by themselves."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .fates import Fate

GENERAL_HARM = re.compile(r"受伤|负伤|伤者|伤员|带伤|^伤$|中毒|不适|吐|泻|发烧|发热|伤亡")
WEAK = frozenset({"struck", "fine", "out", "alive"})
HARM = frozenset({"hurt", "grave", "treated"})
PLACED = frozenset({"caught", "lost", "inside", "water", "hole", "silent"})
#: Who got out like that is not among the dead who are told next.
SAFE = re.compile("脱困|脱险|获救|生还|逃生|升井|逃出")
FREE = frozenset({"out", "found"})
#: What may be told next of some who were just told to be out, lost or shut in.
NEXT = {
    "out": {"dead", "alive", "treated"} | HARM,
    "found": {"dead", "alive"} | HARM,
    "lost": FREE | {"dead"},
    "caught": FREE | {"dead"},
    "water": FREE | {"dead"},
    "hole": FREE | {"dead"},
}


@dataclass(slots=True)
class Group:
    """People who share what is told of them, in order of the text; ``parts`` are some of them.

    ``old``: a figure that was taken back; ``whole``: said to be all of them together; ``somebody``: nobody said how many (有人, 人);
    ``left``: those who remain; ``head``: the vehicle or place that the figure belongs to (A车3人,B车2人).
    """

    number: int | None
    start: int
    end: int
    noun: str = ""
    approximate: bool = False
    fates: list[Fate] = field(default_factory=list)
    parts: list[Group] = field(default_factory=list)
    parent: Group | None = None
    sentence: int = 0
    another: bool = False
    whole: bool = False
    old: bool = False
    alone: bool = False
    somebody: bool = False
    doubtful: bool = False
    left: bool = False
    head: str = ""

    @property
    def room(self) -> int:
        """How many of the group have not been spoken of by themselves."""
        return (self.number or 0) - sum(part.number or 0 for part in self.parts)

    @property
    def names(self) -> set[str]:
        return {fate.name for fate in self.fates}


@dataclass(slots=True)
class Told:
    """What a text tells: groups in order, and the fates that an answer denied (死人没有?没有)."""

    groups: list[Group] = field(default_factory=list)
    denied: list[Fate] = field(default_factory=list)
