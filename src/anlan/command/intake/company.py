"""The people of a report: groups, of whom some are spoken of by themselves, and where a new word for people belongs among them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from .fates import Fate
from .persons import Ref

GENERAL_HARM = re.compile(r"受伤|负伤|伤者|伤员|带伤|^伤$|中毒|不适|吐|泻|发烧|发热|伤亡")
WEAK = frozenset({"struck", "fine", "out", "alive"})
HARM = frozenset({"hurt", "grave", "treated"})
PLACED = frozenset({"caught", "lost", "inside", "water", "hole", "silent"})
FREE = frozenset({"out", "found"})
#: What may be told next of some who were just told to be out, lost or shut in.
NEXT = {
    "out": {"dead", "alive", "treated"} | HARM,
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


class Company:
    """Those spoken of so far: ``whole`` of whom some may follow, ``focus`` the last ones, ``since`` so many clauses ago."""

    def __init__(self) -> None:
        self.told = Told()
        self.groups = self.told.groups
        self.whole: Group | None = None
        self.focus: Group | None = None
        self.since = 99
        self.head = ""

    def make_up(self, refs: list[Ref]) -> bool:
        """一人死亡两人昏迷 after 中毒三人: the counts of one clause are all of those who were named."""
        whole = self.whole
        return bool(
            whole
            and len(refs) > 1
            and all(part.names <= WEAK for part in whole.parts)
            and all(ref.value for ref in refs)
            and sum(ref.value or 0 for ref in refs) == whole.number
        )

    def group_of(
        self, ref: Ref, fates: list[Fate], sentence: int, *, forward: bool, everybody: bool, part: bool, later: bool
    ) -> Group:
        names = {fate.name for fate in fates}
        if ref.kind == "somebody":
            if self.focus and (self.focus.number or 0) > 1 and ref.noun in ("他", "她"):
                return self._part(self.focus, replace(ref, value=1), 1)
            if (
                self.focus
                and self.since <= 3
                and not ref.doubtful
                and ref.noun in ("", "他", "她")
                and ("dead" not in self.focus.names or names <= {"dead"})
            ):
                return self.whole if everybody and self.whole else self.focus
            return self._new(ref, sentence)
        if ref.plural:
            known = next((g for g in self.everybody() if ref.noun and g.noun.endswith(ref.noun)), None)
            return known or self._new(ref, sentence)
        if ref.kind in ("rest", "one"):
            return self._other(ref, names, sentence)
        if ref.kind == "alone" and ref.noun:
            known = next((g for g in self.everybody() if g.noun == ref.noun and g.number == 1), None)
            if known is None and self.focus and self.focus.number == 1 and not self.focus.noun and self.since <= 2:
                known = self.focus if names & self.focus.names and not ref.another and not self.focus.parent else None
            if known and not ("dead" in known.names and names and not names & {"dead", "treated", "struck"}):
                return known
        if ref.total and ref.value is not None and self.groups:
            group = self._new(ref, sentence)
            group.whole = True
            if not fates:
                group.fates += self.groups[-2].fates
            return group
        if not forward and (gathered := self._gathered(ref, everybody, sentence)):
            return gathered
        if part and self.whole:
            return self._part(self.whole, ref, ref.value)
        for scope in self._scopes(ref, names, forward=forward):
            if self._belongs(ref, names, scope, forward=forward, later=later):
                same = (
                    everybody
                    or ref.those
                    or (forward and names & FREE and not names & {"dead"})
                    or not (names & FREE and scope.names & PLACED)
                )
                if (
                    ref.value == scope.number
                    and not ref.some
                    and not scope.parts
                    and same
                    and (everybody or not scope.parent)
                ):
                    return scope
                if ref.value == scope.number and not ref.some:
                    continue
                return self._part(scope, ref, ref.value)
        group = self._new(ref, sentence)
        group.whole = everybody and ref.noun == "一家"  # 孩子吐了,一家三个都吐
        return group

    def _scopes(self, ref: Ref, names: set[str], *, forward: bool) -> Iterator[Group]:
        """Of whom ``ref`` may be some, the nearest first: those just got out, those just named, all."""
        focus = self.focus
        if (
            focus
            and focus.parent
            and not (ref.left or ref.another or (forward and "dead" in names))
            and (focus.number or 0) > 1
            and self.since <= 2
        ):
            placed_anew = "out" in focus.names and names & PLACED
            if not placed_anew and any(name in focus.names and names & later for name, later in NEXT.items()):
                yield focus
        if ref.left and focus and focus.parent and focus.parent.parent:
            yield focus.parent
        if self.whole:
            yield self.whole

    def _other(self, ref: Ref, names: set[str], sentence: int) -> Group:
        """另一个, 剩下的, 大的: some of those who were named, or one who was spoken of before."""
        whole = (
            self.focus.parent
            if self.focus and self.focus.parent and self.focus.parent.room and ref.kind == "rest"
            else self.whole
        )
        if ref.kind == "rest":
            if whole:
                return self._part(whole, ref, whole.room if whole.number is not None else None)
            group = self._new(ref, sentence)
            group.number = None
            return group
        ordinal = "一二三四五".find(ref.noun[1:2]) + 1 if ref.noun.startswith("第") else 0
        if ordinal and whole and ordinal > (whole.number or 0):
            one_more = self._new(ref, sentence)
            one_more.another = True
            return one_more
        if whole:
            heavy = {"重": "grave", "轻": "hurt"}.get(ref.noun.strip("那这最的"))
            known = next(
                (p for p in whole.parts if p.number == 1 and (p.noun == ref.noun or (heavy and heavy in p.names))), None
            )
            if known and not ref.another:
                return known
            if whole.room >= 1:
                return self._part(whole, ref, 1)
        return self._new(ref, sentence)

    def _gathered(self, ref: Ref, everybody: bool, sentence: int) -> Group | None:
        """俩都没影: those who were named one by one, taken together."""
        if ref.kind != "count" or not ref.value or ref.value < 2 or ref.noun or ref.another or ref.left:
            return None
        lone = [
            g
            for g in self.groups[-4:]
            if not g.parts and (g.number == 1 or (g.somebody and g.number is None and g.fates))
        ]
        if len(lone) != ref.value or (self.whole and self.whole.number == ref.value and self.whole in self.groups[-2:]):
            return None
        group = Group(ref.value, lone[0].start, ref.end, sentence=sentence)
        for one in lone:
            one.number = 1
            one.parent = group
            self.groups.remove(one)
        group.parts = lone
        self.groups.append(group)
        return group

    def _belongs(self, ref: Ref, names: set[str], whole: Group, *, forward: bool, later: bool) -> bool:
        if ref.value is None or whole.number is None:
            return False
        if ref.some:
            return ref.value <= whole.number
        if ref.having and ref.value < whole.number and ref.value <= whole.room and self.since <= 2 and not ref.noun:
            return True
        if ref.value > whole.room:
            if ref.left and whole.parts:
                whole.number += ref.value - whole.room
                return True
            weak = all(p.names <= WEAK for p in whole.parts)
            if whole.parts and weak and ref.value <= whole.number and not ref.noun and not ref.another and not ref.left:
                whole.parts.clear()
                return True
            return bool(ref.value == whole.number and not ref.noun and not ref.another)
        if whole.old and names & whole.names and not ref.left:
            return False
        if later and "dead" in names and whole.names & HARM and "dead" not in whole.names:
            return True
        if ref.another and not whole.parts:
            return False
        if self.head and whole.head and self.head != whole.head:
            return False
        told = whole.names
        family = whole.noun == "一家" or bool(ref.noun and ref.noun in whole.noun.split("+"))
        plain = not ref.noun or not whole.noun or family or ref.noun in whole.noun or ref.noun.endswith("的")
        if ref.kind == "alone":
            if ref.noun == "我":
                return False
            return family or (not told & {"dead", "caught", "lost", *HARM} and not whole.noun)
        if ref.left or family:
            return True
        if "dead" in told:
            return False
        if told & HARM:
            general = any(GENERAL_HARM.search(f.words) for f in whole.fates if f.name == "hurt")
            if ref.noun and not whole.noun and "grave" not in names and names & HARM:
                return False
            if forward and not told & {"struck", *PLACED}:
                return False
            if any(re.search("轻|皮|擦|磕|重", f.words) for f in whole.fates):
                return False
            return (
                plain and ("dead" not in names or not general) and bool(names) and not (names & (PLACED - {"silent"}))
            )
        return plain

    def _part(self, whole: Group, ref: Ref, number: int | None) -> Group:
        part = Group(number, ref.start, ref.end, ref.noun, ref.approximate, parent=whole, sentence=whole.sentence)
        part.alone = ref.kind in ("alone", "one")
        part.left = ref.left or ref.kind == "rest"
        whole.parts.append(part)
        return part

    def _new(self, ref: Ref, sentence: int) -> Group:
        group = Group(ref.value, ref.start, ref.end, ref.noun, ref.approximate, sentence=sentence)
        group.another = ref.another or ref.kind == "one"
        group.alone = ref.kind in ("alone", "one") and not ref.plural
        group.somebody = ref.kind == "somebody"
        group.alone = group.alone or (group.somebody and ref.having)
        group.doubtful = ref.doubtful
        group.head = self.head
        self.groups.append(group)
        return group

    def everybody(self) -> Iterator[Group]:
        for group in reversed(self.groups):
            yield from reversed(group.parts)
            yield group


def fills(ref: Ref, focus: Group) -> bool:
    """Whether ``ref`` tells how many those are of whom was just spoken: 就我一个, 两个娃, 有人没下来,估计五六个."""
    if ref.only and focus.names & PLACED and (focus.alone or focus.somebody):
        return ref.kind == "count" or focus.noun != ref.noun
    if ref.kind != "count":
        return False
    if ref.noun and ref.noun == focus.noun and focus.fates and (focus.alone or focus.number is None):
        return True
    return focus.number is None and not ref.another and (focus.somebody or bool(focus.fates and not ref.noun))
