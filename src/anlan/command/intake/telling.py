"""A report read clause by clause: who is brought in, how many, of whom the next words speak, and what befalls them.

Beside the words of one clause stands what was said before. A count that is not more than those who were named is some of them
(七个工人 … 死了一个,伤了四个,剩下的没伤), 另一个 and 剩下的 are the others, 都 is all of them, a clause without a subject goes on
about the last one (拉到医院说已经死了). An answer takes the fate that its question asks for (伤几个?俩).
"""

from __future__ import annotations

import re
from dataclasses import replace

from .fates import RESCUED, Fate, fates_in
from .groups import FREE, HARM, PLACED, Group, Told
from .links import Link, clauses_of, heads_a_list, links_of
from .paper_settling import PARTY
from .persons import persons_in
from .restating import Restating, gather_the_dead
from .taken_back import OF_BEFORE
from .telling_words import (
    ALL,
    ASKS,
    BY_NOW,
    CARS_CAUGHT,
    CONDITION,
    LATER_DEATH,
    NAMED_ONE,
    NO_ANSWER,
    NONE,
    OF_ONE,
    REALLY,
    REMAINING,
    SPEAKER,
    SUPPOSED,
    TAKEN_BACK,
    UNCOUNTED,
)


def told_in(text: str, past: list[tuple[int, int]]) -> Told:
    """The people of ``text`` (normalised, masked); ``past`` are stretches about earlier events."""
    text = SPEAKER.sub(lambda match: " " * len(match[0]), text)
    telling = _Telling()
    sentence = 0
    bracket = False
    for offset, clause, end in clauses_of(text):
        if not any(start <= offset < stop for start, stop in past):
            telling.hear(clause, offset, end, sentence, bracket=bracket)
        bracket = end == "(" or (bracket and end != ")")
        sentence += end in "。!！?？\n"
    if not telling.groups and (alone := [fate for fate in telling.loose if OF_ONE.search(fate.words)]):
        # 抬出来的时候就没呼吸了, 胳膊擦破点皮: of one, though nobody is named
        telling.groups.append(Group(1, alone[0].start, alone[0].end, fates=telling.loose, alone=True))
    gather_the_dead(telling.groups)
    return telling.told


class _Telling(Restating):
    def __init__(self) -> None:
        super().__init__()
        self.loose: list[Fate] = []  # a fate of the last clause, of people whom nobody counted
        self.listed: list[Fate] = []  # fates that stood before the last count: 烫伤顾客11人,服务员3人
        self.among = False
        self.supposed = -1  # the sentence of which all is only supposed

    def hear(self, clause: str, offset: int, end: str, sentence: int, *, bracket: bool = False) -> None:
        asks = bool(ASKS.search(clause + end))
        refs, fates = persons_in(clause, offset), fates_in(clause, offset, asked=asks)
        if (bracket or self.among) and self.focus and self.since <= 2:
            refs = [replace(ref, some=True) if ref.kind in ("count", "bare") else ref for ref in refs]
        self.among = clause.strip() == "其中" or (
            bool(refs) and clause.rstrip().endswith(("里", "中", "里头"))
        )  # 六个伤员里,走了一个
        self.told.denied += [fate for fate in fates if fate.noun and NONE.match(clause, fate.end - offset)]
        self.since += 1
        if TAKEN_BACK.match(clause.strip()):
            self.taken_back = True
        if asks:
            self.asked = fates or self.asked
            if not any(ref.value for ref in refs):
                return
        elif self.asked and NO_ANSWER.fullmatch(clause):
            self.told.denied += self.asked
            self.asked = []
            return
        if named_one := NAMED_ONE.match(clause.strip()):
            self._named_one(named_one[1], offset, clause, sentence)
            return
        if CONDITION.match(clause.strip()):
            self.supposed = sentence
        elif self.supposed == sentence and REALLY.match(clause.strip()):
            self.supposed = -1
        if SUPPOSED.search(clause) or self.supposed == sentence:
            self.loose = []
            if UNCOUNTED.search(clause) and self.focus and self.focus.number == 1 and self.focus.alone:
                self.focus.number, self.focus.somebody = None, False  # 有老人下不来,具体几人不清楚
            return
        links = links_of(clause, refs, fates, offset)
        named = [fate for fate in fates if fate.noun]
        counted = [link for link in links if link.ref and link.ref.kind in ("count", "bare")]
        once = len([link for link in counted if link.ref and not link.ref.some]) <= 1
        everybody = bool(ALL.search(clause))
        if self._introduced(links, sentence):
            return
        complete = self.make_up([link.ref for link in counted if link.ref])
        if complete and self.whole:
            self.whole.parts = []
        heads = counted[0] if len(counted) > 2 and heads_a_list(counted) else None
        for link in links:
            if link.ref is None:
                self._without_subject(link.fates, clause, sentence, everybody=everybody)
            elif link.ref.kind == "teller":
                self.focus = next((g for g in self.everybody() if g.noun == link.ref.noun), None) or self.focus
                known = self.focus and self.focus.noun == link.ref.noun
                news = [fate for fate in link.fates if known or fate.name in ("alive", "dead", *FREE)]
                if self.focus and news:
                    self.focus.fates += news
                    self.since = 0
            else:
                self._with_subject(
                    link, sentence, alone=once, everybody=everybody, clause=clause, offset=offset, part=complete
                )
                if link is heads and self.focus:
                    self.focus.parts = []
                    self.whole, complete = self.focus, True

        if (cars := CARS_CAUGHT.search(clause)) and not refs:
            # 三车被困,共9人
            self.loose = [Fate("caught", offset + cars.start(1), offset + cars.end(1), cars[1])]
        if named and not counted:
            self.asked = named  # 死亡数不变,仍为1人

    def _named_one(self, what: str, offset: int, clause: str, sentence: int) -> None:
        """死的是个老太太: who it was that died; one, when nobody said before that anybody did."""
        kind = "dead" if what == "死" else "hurt"
        if any(kind in group.names for group in self.everybody()):
            return
        group = Group(1, offset, offset + len(clause), alone=True, sentence=sentence)
        group.fates = [Fate(kind, offset, offset + 1, what)]
        self.groups.append(group)
        self.focus, self.since = group, 0

    def _introduced(self, links: list[Link], sentence: int) -> bool:
        """车上19个娃1个老师: those of whom is told afterwards, brought in together."""
        if len(links) < 2 or any(
            link.fates or not link.ref or link.ref.kind != "count" or link.ref.some or not link.ref.value
            for link in links
        ):
            return False
        refs = [link.ref for link in links if link.ref]
        number = sum(ref.value or 0 for ref in refs)
        if len(refs) > 2 and refs[0].value == number - (refs[0].value or 0):
            refs, number = refs[1:], refs[0].value or 0  # 两个电工一个在杆上一个在地下
        if (self.focus and self.focus.number == number) or self.asked:
            if self.focus and self.focus.number == number:
                self.since = 0
                return True
            return False
        whole = Group(number, refs[0].start, refs[-1].end, sentence=sentence)
        whole.fates += self.loose
        whole.parts = [
            Group(r.value, r.start, r.end, r.noun, r.approximate, parent=whole, sentence=sentence)
            for r in refs
            if r.noun
        ]
        if len(whole.parts) < 2:
            whole.parts = []
        self.groups.append(whole)
        self.whole = self.focus = whole
        self.since, self.loose = 0, []
        return True

    # -- subjects ------------------------------------------------------------------------------------------------

    def _with_subject(
        self, link: Link, sentence: int, *, alone: bool, everybody: bool, clause: str, offset: int, part: bool
    ) -> None:
        ref, fates = link.ref, link.fates
        assert ref is not None
        if not fates and ref.kind in ("count", "bare", "alone") and self._restated(ref, clause, offset):
            return
        if self._counted_after_all(ref, fates):
            return
        if (
            not fates
            and REMAINING.search(clause)
            and ref.left
            and self.focus
            and any(RESCUED.search(f.words) for f in self.focus.fates)
        ):
            fates = [Fate("caught", ref.start, ref.end, "剩")]  # 正在转运,还剩五六位
        if not fates and ref.kind in ("count", "bare", "alone"):
            if self.asked and (alone or ref.kind == "alone") and not re.search("不知道|不清楚", clause):
                fates = list(self.asked)
            elif alone and self.loose and (ref.kind != "alone" or ref.only):
                fates, self.loose = self.loose, []
            elif alone and self.focus and re.search("也(?:有|是|困了)$", clause[: ref.start - offset]):
                fates, ref = list(self.focus.fates), replace(ref, another=True)
            elif (
                alone
                and self.listed
                and ref.noun not in ("", "一家")
                and ref.kind == "count"
                and self.since <= 1
                and not ref.some
            ):
                fates = self.listed
                ref = replace(ref, another=True)
        elif (
            fates
            and self.taken_back
            and self.focus
            and ref.kind in ("count", "bare")
            and self.focus.names & {f.name for f in fates}
        ):
            self.focus.old = True
        elif (
            fates
            and self.focus
            and ref.kind == "count"
            and self.focus.names & HARM
            and (self.focus.number or 0) < (ref.value or 0)
            and BY_NOW.search(clause[: ref.start - offset])
            and {f.name for f in fates} & HARM
        ):
            (self.focus.parent or self.focus).old = True
        if link.fates:
            self.taken_back = False
            self.asked = []
        self.loose = []
        self.listed = fates if link.forward else []
        head = PARTY.search(re.split("、", clause[: ref.start - offset])[-1])
        self.head = head[0] if head else ""
        group = self.group_of(
            ref,
            fates,
            sentence,
            forward=link.forward,
            everybody=everybody,
            part=part,
            later=bool(LATER_DEATH.search(clause)),
        )
        group.fates += fates
        group.whole = group.whole or bool(
            link.forward and any("人数" in clause[f.end - offset :][:2] for f in link.fates)
        )
        group.old = group.old or (not group.parent and bool(OF_BEFORE.search(clause)))
        if not fates and (ref.plural or (ref.kind == "alone" and self._told_lately())):
            return  # who only stands by is not whom the next words are about
        self.focus, self.since = group, 0
        if (group.number or 0) > 1 and not group.parent:
            self.whole = group

    # -- clauses without a subject ---------------------------------------------------------------------------------

    def _without_subject(self, fates: list[Fate], clause: str, sentence: int, *, everybody: bool) -> None:
        inside = [fate for fate in fates if fate.name == "inside"]
        if inside and everybody and (named := self._named_lately())[1:] and named[-1].another:
            for group in named:
                group.fates += inside
        fates = [fate for fate in fates if fate.name != "inside"]
        if not fates:
            self.loose = self.loose or inside
            return
        of = self.focus if self.focus and self.since <= 3 else None
        if everybody and (named := self._named_lately())[1:]:
            for group in named:
                group.fates += fates  # 我跟我侄子,我侄媳妇,还有他家俩娃,都在电梯里头
            return
        if everybody and self.whole:
            of = self.whole
            if (
                self.focus
                and (self.focus.number or 0) > 1
                and self.since <= 1
                and not {fate.name for fate in fates} <= FREE
            ):
                of = self.focus
        elif everybody and (recent := [g for g in self.groups[-4:] if not g.fates and g.number]):
            for group in recent:
                group.fates += fates
            return
        if of is None:
            self.loose = [
                fate
                for fate in fates
                if fate.name != "struck" and not (fate.name == "moved" and re.search("正在|组织", clause))
            ]
            self.told.denied += [fate for fate in fates if fate.name == "found"]
            return
        if everybody and {fate.name for fate in fates} <= FREE:
            for other in self.groups[-3:]:
                if other is not of and other.names & PLACED:
                    other.fates += fates  # 压着三个顾客,一个库管,都救出来了
        of.fates += fates
        self.focus, self.since = of, 0
        self.loose = fates if of.number is None else []
