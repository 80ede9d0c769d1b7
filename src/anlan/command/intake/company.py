"""Where a new word for people belongs among those who were spoken of before."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from .fates import Fate
from .groups import FREE, GENERAL_HARM, HARM, NEXT, PLACED, SAFE, WEAK, Group, Told
from .persons import Ref


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
        if ref.plural and not ref.noun and names & PLACED and self.focus and self.focus.number and self.since <= 2:
            return self.focus  # 驾驶员坠入,人员被困坑内
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
            fills_up = bool(
                "dead" in names
                and not ref.some
                and self.whole
                and self.whole.room == ref.value
                and any(SAFE.search(fate.words) for fate in focus.fates)
            )
            placed_anew = fills_up or (
                "out" in focus.names and (names & PLACED or ("dead" in names and focus.names & HARM))
            )
            if not placed_anew and any(name in focus.names and names & later for name, later in NEXT.items()):
                yield focus
        if focus and focus.parent and names == {"grave"} and "hurt" in focus.names and self.since <= 1:
            yield focus  # 坐了38人,伤12个,重伤俩
        if (
            ref.left
            and focus
            and focus.parent
            and focus.parent.parent
            and not (names & PLACED and focus.parent.names & FREE)
        ):
            yield focus.parent  # not: 9人失踪,找到6人,其中3人死亡,其余3人在搜
        if ref.some and focus and focus.parent and focus.parent.room >= (ref.value or 1) and self.since <= 1:
            yield focus.parent  # 救出6人,其中2人死亡、4人受伤
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
        for last in (2, 3, 4) if everybody else ():
            some = self.groups[-last:]
            if (
                len(some) == last
                and sum(g.number or 0 for g in some) == ref.value
                and all(g.number and g.fates and not g.parts for g in some)
            ):
                return self._together(some, ref, sentence)  # 2人坠入,施救1人亦坠入,3人均救出
        lone = [
            g
            for g in self.groups[-4:]
            if not g.parts and (g.number == 1 or (g.somebody and g.number is None and g.fates))
        ]
        if len(lone) != ref.value or (self.whole and self.whole.number == ref.value and self.whole in self.groups[-2:]):
            return None
        for one in lone:
            one.number = 1
        return self._together(lone, ref, sentence)

    def _together(self, some: list[Group], ref: Ref, sentence: int) -> Group:
        group = Group(ref.value, some[0].start, ref.end, sentence=sentence)
        for one in some:
            one.parent = group
            self.groups.remove(one)
        group.parts = some
        self.groups.append(group)
        return group

    def _belongs(self, ref: Ref, names: set[str], whole: Group, *, forward: bool, later: bool) -> bool:
        if ref.value is None or whole.number is None:
            return False
        if ref.some:
            return ref.value <= whole.number
        if "treated" in names and names <= HARM and "caught" in whole.names and not ref.left and not whole.parts:
            return False  # 两人被困,一人受伤已送医院: nobody said that one of the two came out
        if (
            "dead" not in whole.names
            and ref.having
            and ref.value < whole.number
            and ref.value <= whole.room
            and self.since <= 2
            and not ref.noun
        ):
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
        family = whole.noun == "一家" or bool("+" in whole.noun and ref.noun in whole.noun.split("+"))
        plain = not ref.noun or not whole.noun or family or ref.noun in whole.noun or ref.noun.endswith("的")
        if ref.kind == "alone":
            if ref.noun == "我":
                return False
            return family or (not told & {"dead", "caught", "lost", *HARM} and not whole.noun)
        if whole.parts and ref.value == whole.room and names & {"lost", "caught"} and self.since <= 2 and not ref.noun:
            return bool("dead" not in told)  # 2名儿童溺水,1名救起后送医,1名仍在搜寻
        if family or (ref.left and (whole.parts or "dead" not in told)):
            return True
        if "dead" in told:
            return False
        if told & HARM and names & HARM and whole.parts and ref.value == whole.room and self.since <= 1:
            return True  # 共8名,其中重伤3名,轻伤5名
        if told & HARM and names == {"grave"} and not (ref.another or "grave" in told) and not ref.noun:
            general = any(f.name == "hurt" and "轻" not in f.words for f in whole.fates)
            if general and ref.value <= whole.room:
                return True  # 30名学生受伤,重伤3名
        if forward and names & FREE and told & (HARM | PLACED) and not ref.noun and not ref.another:
            return True  # 三名工人在井内昏迷,救出两人
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
