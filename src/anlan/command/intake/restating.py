"""Figures told again, anew or of others together: 不对,是三个; 还差一个,老张; 伤员四名,一名已死亡."""

from __future__ import annotations

from itertools import pairwise

from .company import Company, fills
from .fates import Fate
from .groups import GENERAL_HARM, HARM, Group
from .persons import Ref
from .telling_words import RECOUNTED, SEVERAL


def gather_the_dead(groups: list[Group]) -> None:
    """伤员四名,一名已死亡,其余三人留观: with those told after them the dead make up the first count."""
    for one, dead, hurt in zip(groups[:], groups[1:], groups[2:], strict=False):
        parts = [dead, hurt]
        if (
            one.number
            and any(GENERAL_HARM.search(fate.words) for fate in one.fates)
            and not (one.parts or dead.noun)
            and dead.names == {"dead"}
            and hurt.names & (HARM | {"alive"})
            and not any(part.another or part.old for part in parts)
            and sum(part.number or 0 for part in parts) == one.number
        ):
            one.parts = parts
            for part in parts:
                part.parent = one
                groups.remove(part)
            break  # 8人中毒,2人死亡,6人在治疗
    for one, dead in pairwise(list(groups)):
        later = any(part.start > dead.start for part in one.parts)
        if later and one.number and dead.number and one.names & HARM and dead.names == {"dead"} and not dead.another:
            spoken = sum(part.number or 0 for part in one.parts if not (part.left and not part.fates))
            if spoken + dead.number == one.number:
                one.parts = [part for part in one.parts if part.fates]
                one.parts.append(dead)
                dead.parent = one
                groups.remove(dead)


class Restating(Company):
    """``asked``: the fates of the last question; ``taken_back``: the last figure was said to be wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Fate] = []
        self.taken_back = False

    def _counted_after_all(self, ref: Ref, fates: list[Fate]) -> bool:
        """工人头晕,五个送医了: a word for one that is said of several too, and then how many they were."""
        focus = self.focus
        if (
            focus
            and ref.kind == "count"
            and not (ref.noun or ref.some or ref.another)
            and focus.alone
            and focus.number == 1
            and SEVERAL.fullmatch(focus.noun)
            and self.since <= 1
            and (ref.value or 0) > 1
            and {fate.name for fate in fates} & HARM
            and focus.names & HARM
        ):
            focus.number, focus.alone = ref.value, False
            focus.fates += fates
            self.since = 0
            return True
        return False

    def _told_lately(self) -> bool:
        return bool(self.focus and self.focus.names & HARM and self.since <= 2)

    def _restated(self, ref: Ref, clause: str, offset: int) -> bool:
        """Whether ``ref`` only says again or anew how many the last ones were: 不对,是三个; 就我和房东; 两个娃."""
        focus = self.focus
        if focus is None or self.asked or self.since > 3 or ref.value is None or ref.left or ref.some:
            return False
        recounted = RECOUNTED.search(clause[: ref.start - offset])
        if (self.taken_back or recounted) and ref.kind != "alone" and focus.number and focus.fates:
            focus = focus.parent or focus if focus.alone else focus
        elif fills(ref, focus):
            pass
        elif (
            ref.kind == "alone" and focus.number == 1 and not focus.noun and len(clause.strip()) == ref.end - ref.start
        ):
            focus.noun, self.since = ref.noun, 0  # 还差一个,老张,喊也不答应
            return True
        elif (
            ref.value == focus.number
            and ref.kind in ("count", "alone")
            and not ref.another
            and self.since <= 2
            and ref.value > 1
        ):
            self.since = 0
            return True
        else:
            return False
        focus.number, focus.start, focus.end, focus.somebody = ref.value, ref.start, ref.end, False
        focus.approximate = ref.approximate
        if ref.value > 1:
            self.whole = focus
        self.taken_back = False
        self.since = 0
        return True

    def _named_lately(self) -> list[Group]:
        """Those named one after another of whom nothing was told yet."""
        return [group for group in self.groups[-4:] if not group.fates and not group.parts and group.number]
