"""A report read clause by clause: who is brought in, how many, of whom the next words speak, and what befalls them.

Beside the words of one clause stands what was said before. A count that is not more than those who were named is some of them
(七个工人 … 死了一个,伤了四个,剩下的没伤), 另一个 and 剩下的 are the others, 都 is all of them, a clause without a subject goes on
about the last one (拉到医院说已经死了). An answer takes the fate that its question asks for (伤几个?俩).
"""

from __future__ import annotations

import re
from dataclasses import replace

from .company import FREE, HARM, PLACED, Company, Group, Told, fills
from .fates import Fate, fates_in
from .links import Link, clauses_of, heads_a_list, links_of
from .paper_settling import PARTY
from .persons import Ref, persons_in
from .taken_back import OF_BEFORE

SPEAKER = re.compile(
    r"(?:^|(?<=[。?!？！\s;；,，]))\s*(?:甲|乙|丙|问|答|[\u4e00-\u9fff]{1,4}(?:员|人|长|队|心|"
    r"台|站|士|生|室|医院))[:：](?!\s*[\d无零一二两三四五六七八九十]{1,4}(?:人|名|$|[,，。;；\s]))"
)
ALL = re.compile(r"都|均|全(?!镇|村|区|身|市|县|国|线)|皆|集体|陆续|一块儿|一起|个个|一个[也都]")
ASKS = re.compile(r"(?<!对吧)(?<!是吧)[?？]|(?<!是)吗$|几个人?$|呢[?？]$")
NO_ANSWER = re.compile(r"\s*(?:报告)?(?:没有?|没了|无|没|没有了)(?:人)?\s*")
SUPPOSED = re.compile(
    r"要是|如果|万一|假如|会不会|有没有|是否|是不是|担心|预计|可能会|再不来|不然|否则|以免|以防|要出人命|"
    r"(?:多少|几个?人?|哪些)[^,，]{0,6}(?:不知|不清|说不|没数|数不|不详|不好|不明)|(?:不知|不清楚|"
    r"说不准|没数)[^,，]{0,4}(?:几个|多少)|(?:死|伤|困|亡)的是|排除|没弄清|看不清|死活"
)
TAKEN_BACK = re.compile(r"^(?:啊|哦|呃)?(?:不对|不不|错了|说错|不是(?!没)|报错|纠正|数(?:是|了是))")
RECOUNTED = re.compile(
    r"(?:数|核|实际|其实|应该|清点|点|更正|修正|调整|变更|改|仍|维持|升|增|降|减)[^,，]{0,4}(?:是|为|至|到)\s*$"
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
    return telling.told


NONE = re.compile(r"\s*[:：]\s*(?:无|零|0(?!\d)|没有)")
OF_ONE = re.compile(r"^(?:两条|双)?[头脑脸鼻眼耳胳手胸腰肋腿脚膝肩背额锁骨]|^没.*(?:呼吸|气|心跳|过来|救活)")
NAMED_ONE = re.compile(r"(死|伤)的(?:那个)?是(?!\d|[一二两三四五六七八九十]+[个名人]$)")
LATER_DEATH = re.compile(r"送医|医院|途中|抢救无效|不治|里头|里面")


class _Telling(Company):
    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Fate] = []
        self.loose: list[Fate] = []  # a fate of the last clause, of people whom nobody counted
        self.listed: list[Fate] = []  # fates that stood before the last count: 烫伤顾客11人,服务员3人
        self.taken_back = False
        self.among = False

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
        if SUPPOSED.search(clause):
            self.loose = []
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

    # -- clauses without a subject ---------------------------------------------------------------------------------

    def _without_subject(self, fates: list[Fate], clause: str, sentence: int, *, everybody: bool) -> None:
        inside = [fate for fate in fates if fate.name == "inside"]
        fates = [fate for fate in fates if fate.name != "inside"]
        if not fates:
            self.loose = self.loose or inside
            return
        of = self.focus if self.focus and self.since <= 3 else None
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
