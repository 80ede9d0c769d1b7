"""A report read clause by clause: who is brought in, how many, of whom the next words speak, and what befalls them.

Beside the words of one clause stands what was said before. A count that is not more than those who were named is some of them (七个工人 … 死了一个,伤了
四个,剩下的没伤), 另一个 and 剩下的 are the others, 都 is all of them, a clause without a subject goes on about the last one (拉到医院说已经死了). An answer takes the
fate that its question asks for (伤几个?俩).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from .fates import Fate, fates_in
from .paper_settling import PARTY
from .persons import Ref, persons_in
from .taken_back import OF_BEFORE

SPEAKER = re.compile(
    r"(?:^|(?<=[。?!？！\s;；,，]))\s*(?:甲|乙|丙|问|答|[\u4e00-\u9fff]{1,4}(?:员|人|长|队|心|台|站|士|生|室|医院))[:：](?!\s*[\d无零一二两三四五六七八九十]{1,4}(?:人|名|$|[,，。;；\s]))"
)
ALL = re.compile(r"都|均|全(?!镇|村|区|身|市|县|国|线)|皆|集体|陆续|一块儿|一起|个个|一个[也都]")
ASKS = re.compile(r"(?<!对吧)(?<!是吧)[?？]|(?<!是)吗$|几个人?$|呢[?？]$")
NO_ANSWER = re.compile(r"\s*(?:报告)?(?:没有?|没了|无|没|没有了)(?:人)?\s*")
SUPPOSED = re.compile(
    r"要是|如果|万一|假如|会不会|有没有|是否|是不是|担心|预计|可能会|再不来|不然|否则|以免|以防|要出人命|"
    r"(?:多少|几个?人?|哪些)[^,，]{0,6}(?:不知|不清|说不|没数|数不|不详|不好|不明)|(?:不知|不清楚|说不准|没数)[^,，]{0,4}(?:几个|多少)|(?:死|伤|困|亡)的是|排除|没弄清|看不清|死活"
)
TAKEN_BACK = re.compile(r"^(?:啊|哦|呃)?(?:不对|不不|错了|说错|不是(?!没)|报错|纠正|数(?:是|了是))")
RECOUNTED = re.compile(
    r"(?:数|核|实际|其实|应该|清点|点|更正|修正|调整|变更|改|仍|维持|升|增|降|减)[^,，]{0,4}(?:是|为|至|到)\s*$"
)
GENERAL_HARM = re.compile(r"受伤|负伤|伤者|伤员|带伤|^伤$|中毒|不适|吐|泻|发烧|发热|伤亡")
WEAK = frozenset({"struck", "fine", "out", "alive"})
HARM = frozenset({"hurt", "grave", "treated"})
PLACED = frozenset({"caught", "lost", "inside", "water", "hole", "silent"})
FREE = frozenset({"out", "found"})


@dataclass(slots=True)
class Group:
    """People who share what is told of them. ``parts`` are some of them; ``fates`` in order of the text; ``old``: a figure that was taken
    back; ``whole``: said to be all of them together; ``somebody``: nobody said how many (有人, 人); ``left``: those who remain; ``head``: the vehicle or
    place that the figure belongs to (A车3人,B车2人)."""

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
class Link:
    ref: Ref | None
    fates: list[Fate]
    forward: bool = False


@dataclass(slots=True)
class Told:
    """What a text tells: groups in order, and the fates that an answer denied (死人没有?没有)."""

    groups: list[Group] = field(default_factory=list)
    denied: list[Fate] = field(default_factory=list)


def told_in(text: str, past: list[tuple[int, int]]) -> Told:
    """The people of ``text`` (normalised, masked); ``past`` are stretches about earlier events."""
    text = SPEAKER.sub(lambda match: " " * len(match[0]), text)
    telling = _Telling()
    sentence = 0
    bracket = False
    for offset, clause, end in _clauses(text):
        if not any(start <= offset < stop for start, stop in past):
            telling.hear(clause, offset, end, sentence, bracket=bracket)
        bracket = end == "(" or (bracket and end != ")")
        sentence += end in "。!！?？\n"
    return telling.told


def _clauses(text: str) -> Iterator[tuple[int, str, str]]:
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
                freed = any(fate.name == "out" for fate in pending)  # 救出被困老人1人
                told = [f for f in pending if not (freed and f.name == "caught")]
                named = all(f.noun for f in told) and _told_after(tokens, token)  # 伤者中3人重伤
                links.append(Link(token, told, forward=not named))
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
        elif last is None or pending:
            pending.append(token)
        elif close and (last.forward or not _told_after(tokens, follows)):
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
        if clause[before.ref.end - offset : last.ref.start - offset].strip() not in ("、", "和", "及", "以及"):
            break
        before.fates.append(fate)
        last, at = before, at - 1


def _told_after(tokens: list[Ref | Fate], ref: Ref | None) -> bool:
    """Whether what befell ``ref`` stands behind it, before the next one is named."""
    after = next((token for token in tokens if ref and token.start >= ref.end), None)
    return isinstance(after, Fate)


#: The details in brackets are of those who were counted before them: 6人受伤(重伤2人、轻伤4人).
MARKS = re.compile(r"[,，。;；!！?？\n()]")
NONE = re.compile(r"\s*[:：]\s*(?:无|零|0(?!\d)|没有)")
NAMED_ONE = re.compile(r"(死|伤)的(?:那个)?是(?!\d|[一二两三四五六七八九十]+[个名人]$)")
LATER_DEATH = re.compile(r"送医|医院|途中|抢救无效|不治|里头|里面")


class _Telling:
    def __init__(self) -> None:
        self.told = Told()
        self.groups = self.told.groups
        self.whole: Group | None = None  # those of whom some may be spoken of
        self.focus: Group | None = None  # the last one spoken of
        self.since = 99  # clauses since then
        self.asked: list[Fate] = []
        self.loose: list[Fate] = []  # a fate of the last clause, of people whom nobody counted
        self.listed: list[Fate] = []  # fates that stood before the last count: 烫伤顾客11人,服务员3人
        self.taken_back = False
        self.head = ""
        self.among = False

    def hear(self, clause: str, offset: int, end: str, sentence: int, *, bracket: bool = False) -> None:
        asks = bool(ASKS.search(clause + end))
        refs, fates = persons_in(clause, offset), fates_in(clause, offset, asked=asks)
        if (bracket or self.among) and self.focus and self.since <= 2:
            refs = [replace(ref, some=True) if ref.kind in ("count", "bare") else ref for ref in refs]
        self.among = bool(refs) and clause.rstrip().endswith(("里", "中", "里头"))  # 六个伤员里,走了一个
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
        complete = self._make_up(counted)
        if complete and self.whole:
            self.whole.parts = []
        heads = counted[0] if len(counted) > 2 and self._heads(counted) else None
        for link in links:
            if link.ref is None:
                self._without_subject(link.fates, clause, sentence, everybody=everybody)
            elif link.ref.kind == "teller":
                self.focus = next((g for g in self._all() if g.noun == link.ref.noun), None) or self.focus
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
        if any(kind in group.names for group in self._all()):
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

    def _make_up(self, counted: list[Link]) -> bool:
        """一人死亡两人昏迷 after 中毒三人: the counts of one clause are all of those who were named."""
        whole = self.whole
        return bool(
            whole
            and len(counted) > 1
            and all(part.names <= WEAK for part in whole.parts)
            and all(link.ref and link.ref.value for link in counted)
            and sum(link.ref.value or 0 for link in counted if link.ref) == whole.number
        )

    @staticmethod
    def _heads(counted: list[Link]) -> bool:
        """两人送医后一死一重伤: the first count is all of the others."""
        values = [link.ref.value or 0 for link in counted if link.ref]
        return 0 < values[0] == sum(values[1:])

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
        group = self._group_of(
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
        if ref.plural and not fates:
            return
        self.focus, self.since = group, 0
        if (group.number or 0) > 1 and not group.parent:
            self.whole = group

    def _restated(self, ref: Ref, clause: str, offset: int) -> bool:
        """Whether ``ref`` only says again or anew how many the last ones were: 不对,是三个; 就我和房东; 两个娃."""
        focus = self.focus
        if focus is None or self.asked or self.since > 3 or ref.value is None or ref.left or ref.some:
            return False
        recounted = RECOUNTED.search(clause[: ref.start - offset])
        if (self.taken_back or recounted) and ref.kind != "alone" and focus.number and focus.fates:
            focus = focus.parent or focus if focus.alone else focus
        elif (
            ref.only
            and focus.fates
            and (focus.alone or focus.somebody)
            and (ref.kind == "count" or focus.noun != ref.noun)
        ):
            pass
        elif (
            ref.kind == "count"
            and ref.noun
            and ref.noun == focus.noun
            and (focus.alone or focus.number is None)
            and focus.fates
        ):
            pass
        elif ref.kind == "count" and focus.number is None and focus.fates and not ref.noun and not ref.another:
            pass
        elif ref.kind == "count" and focus.somebody and focus.number is None and not ref.another:
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

    def _group_of(
        self, ref: Ref, fates: list[Fate], sentence: int, *, forward: bool, everybody: bool, part: bool, later: bool
    ) -> Group:
        names = {fate.name for fate in fates}
        if ref.kind == "somebody":
            if self.focus and (self.focus.number or 0) > 1 and clause_pronoun(ref):
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
            known = next((g for g in self._all() if ref.noun and g.noun.endswith(ref.noun)), None)
            return known or self._new(ref, sentence)
        if ref.kind in ("rest", "one"):
            return self._other(ref, names, sentence)
        if ref.kind == "alone" and ref.noun:
            known = next((g for g in self._all() if g.noun == ref.noun and g.number == 1), None)
            if known is None and self.focus and self.focus.number == 1 and not self.focus.noun and self.since <= 2:
                known = self.focus if names & self.focus.names and not ref.another and not self.focus.parent else None
            if known:
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
            after = {
                "out": {"dead", "alive", "treated"} | HARM,
                "lost": FREE | {"dead"},
                "caught": FREE | {"dead"},
                "water": FREE | {"dead"},
                "hole": FREE | {"dead"},
            }
            placed_anew = "out" in focus.names and names & PLACED
            if not placed_anew and any(name in focus.names and names & later for name, later in after.items()):
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
            return replace_another(self._new(ref, sentence))
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
        group.doubtful = ref.doubtful
        group.head = self.head
        self.groups.append(group)
        return group

    def _all(self) -> Iterator[Group]:
        for group in reversed(self.groups):
            yield from reversed(group.parts)
            yield group

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
        of.fates += fates
        self.focus, self.since = of, 0
        self.loose = fates if of.number is None else []


def clause_pronoun(ref: Ref) -> bool:
    """他, 她: one person."""
    return ref.noun in ("他", "她")


def replace_another(group: Group) -> Group:
    """第三人 after two: one more."""
    group.another = True
    return group
