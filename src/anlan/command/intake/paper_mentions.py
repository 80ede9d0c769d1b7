"""Where a text speaks of a count of people and what befell them: mentions, not yet weighed against each other.

The grammar is one of clauses (`paper_clauses`). Beside it stand tables (死亡：2), short forms (三死五伤, 死3伤7), a count that follows its
word a clause later (楼上还有人没下来,估计五六个), and one person who is spoken of and then fares badly (一老人踩空,腿骨折).
"""

from __future__ import annotations

import re
from itertools import islice, pairwise

from .numerals import Count, count_pattern, read_count
from .paper_clauses import Mention, carried_on, counts_in, overlap, overlap_any, value_of
from .people_words import (
    AGED,
    BY_ROLE,
    COMPACT,
    COMPACT_ROLES,
    COUNTED,
    DENIED,
    FATE_OF_ONE,
    FOLLOWING_COUNT,
    GROUP,
    OF_BEFORE,
    ONE_DEAD,
    ONE_PERSON,
    PEOPLE,
    RETRACTED,
    SAFE,
    SHORT_FORM,
    SINGLE_FATE,
    SUBJECT,
    TRAP_CONTEXT,
)
from .spans import clauses

SHORT_NOTE = 400
#: Below this a person was told without a number.
COUNTED_FOR_SURE = 0.65
EVERYBODY = re.compile(r"均|都|全|陆续|先后|集体|纷纷")
#: So many figures in one text are no report any more.
MOST = 100
HISTORY = re.compile(
    r"(?:近|前)(?:\d+|[一二两三四五六七八九十几])年|头几?年|早年|那年|上回|上次|前一阵|以前|往常|今年(?:以来|年初|\d{1,2}月)|年初以来|去年|上个?(?:礼拜|星期|周|月)那|前(?:个|两个?|几个?)月|往年|历史上|历年"
)


def mentions_in(text: str) -> list[Mention]:
    """Every mention in ``text`` (normalised and masked), in order of place."""
    found: list[Mention] = []
    parts = list(clauses(text))
    past = past_stretches(text)
    for offset, clause in parts:
        if any(start <= offset < end or start <= offset + len(clause) - 1 < end for start, end in past):
            continue
        here = counts_in(clause, offset)
        if not here and found:
            here = carried_on(clause, offset, found[-1])
        found += here
    found += _compact(text, found)
    found += _short_forms(text, found)
    found += _following(text, parts, found)
    found += _inside(text, found)
    found += _gone(text, found)
    if len(text) <= SHORT_NOTE:
        # in a long text a lone person is seldom whom the report is about
        found += _single(text, found)
        found += _of_subject(text, found)
    return sorted((m for m in _ended(text, found) if not RETRACTED.search(m.clause)), key=lambda m: m.span)


def _ended(text: str, found: list[Mention]) -> list[Mention]:
    """老太太晕倒了,120到了说没救过来: one person who was hurt and then died is only dead."""
    deaths = [m for m in found if m.field == "dead" and m.value == 1 and m.confidence < COUNTED_FOR_SURE]
    nameless = [m for m in deaths if not ONE_PERSON.search(m.clause or text[m.span[0] : m.span[1]])]

    def dies(hurt: Mention) -> bool:
        return any(hurt.span[1] <= m.span[0] and "。" not in text[hurt.span[1] : m.span[0]] for m in nameless)

    lone = [m for m in found if m.field == "injured" and m.value == 1 and m.confidence < COUNTED_FOR_SURE and dies(m)]
    return [m for m in found if m not in lone]


def past_stretches(text: str) -> list[tuple[int, int]]:
    """Where a text tells of earlier events: from the word to the end of its sentence, in long texts of its paragraph."""
    ends = "。!?\n" if len(text) <= SHORT_NOTE else "\n"
    stretches = []
    for match in HISTORY.finditer(text):
        rest = re.search(f"[{ends}]|今[天儿日晚早]|这[回次]|现在", text[match.end() :])
        start = max(text.rfind(mark, 0, match.start()) for mark in ",，。;；\n") + 1
        stretches.append((start, match.end() + rest.start() if rest else len(text)))
    return stretches


def _compact(text: str, known: list[Mention]) -> list[Mention]:
    """死亡：2 受伤：9; 死1伤3困2; 死了俩; 2人后面没有“人”的表格写法."""
    found: list[Mention] = []
    for match in islice(COMPACT.finditer(text), MOST):
        run = text[: match.start()]
        if re.search(r"[\d一二两三四五六七八九十]$", run) and not any(m.span[1] == match.start() for m in found):
            continue  # 三死五伤: the figures stand before their words
        if any(overlap(m.span, match.span()) and m.value is not None for m in [*known, *found]):
            continue
        count = Count(0) if match["number"] == "无" else read_count(match["number"])
        name = COMPACT_ROLES[match["role"]]
        clause = _clause_at(text, match.start())
        marks = {"role": match["role"], "clause": clause, "old": bool(OF_BEFORE.search(clause))}
        found.append(Mention(name, count.value, bool(match["more"]), match.span(), 0.8, **marks))  # type: ignore[arg-type]
        if name == "seriously_injured":
            found.append(Mention("injured", count.value, bool(match["more"]), match.span(), 0.8, **marks))  # type: ignore[arg-type]
    return found


def _clause_at(text: str, at: int) -> str:
    start = max(text.rfind(mark, 0, at) for mark in ",，。;；\n") + 1
    return re.split(r"[,，。;；\n]", text[start:], maxsplit=1)[0]


def _short_forms(text: str, known: list[Mention]) -> list[Mention]:
    """三死五伤一失踪, 一死两伤."""
    names = {"死": "dead", "亡": "dead", "失踪": "missing", "失联": "missing", "重伤": "seriously_injured"}
    names |= {"被困": "trapped", "被埋": "trapped"}
    found = []
    for match in islice(SHORT_FORM.finditer(text), MOST):
        name = names.get(match["role"], "injured")
        if any(overlap(m.span, match.span()) for m in known):
            continue
        count = read_count(match["number"])
        start = max(text.rfind(mark, 0, match.start()) for mark in ",，。;；\n") + 1
        marks = {"role": match["role"], "old": bool(OF_BEFORE.search(text[start : match.end()]))}
        found.append(Mention(name, count.value, False, match.span(), 0.85, **marks))  # type: ignore[arg-type]
        if name == "seriously_injured":
            found.append(Mention("injured", count.value, False, match.span(), 0.85, **marks))  # type: ignore[arg-type]
    return found


def _following(text: str, parts: list[tuple[int, str]], known: list[Mention]) -> list[Mention]:
    """The fate in one clause, the count alone in the next: 楼上还有人没下来,估计五六个; 电梯困人,2个."""
    found: list[Mention] = []
    for (at, clause), (offset, after) in pairwise(parts):
        match = FOLLOWING_COUNT.fullmatch(after.strip())
        if match is None or DENIED.search(clause) or any(at <= m.span[0] < at + len(clause) for m in known):
            continue
        for name in ("dead", "missing", "trapped", "injured", "evacuated"):
            role = re.search(BY_ROLE[name], clause)
            if role and not any(m.field == name for m in known):
                span = (offset, offset + len(after))
                found.append(Mention(name, *value_of(match), span, 0.65, role=role[0], clause=after))
                break
    return found


def _inside(text: str, known: list[Mention]) -> list[Mention]:
    """车内有2人, 里面有一家三口: inside something that holds them, when the text speaks of being caught."""
    if any(m.field == "trapped" for m in known) or not TRAP_CONTEXT.search(text):
        return []
    pattern = re.compile(
        r"(?:里面|里头|车内|车里|车上|车中|轿厢[内里]|屋里|屋内|井下|楼上|里边|上面|对岸|[窑洞舱罐棚][内里]|房顶上?|车顶上?|树上|底下|下面|上头|半空|涉及)\s*(?:还|共|仍|现|起码|至少|应该|该|都)*(?:有|剩下?|困|住[着了]|睡着|是|关着|坐了|载有)?(?:起码|至少|大概|约)?"
        rf"\s*(?:{COUNTED}|人员约?{count_pattern('m')}人|{GROUP})"
    )
    found = []
    for match in pattern.finditer(text):
        rest = re.split(r"[。;；!?]", text[match.end() :], maxsplit=1)[0][:14]
        if re.search(rf"(?:都|均|全|已)[^,，]{{0,4}}{SAFE}", rest):
            continue
        if any(m.span[0] < match.end() + 8 and match.end() <= m.span[1] + 8 and m.span[1] > match.end() for m in known):
            continue  # 车上三名男乘客和一名女乘客死亡: what befell them is said
        if not overlap_any(match.span(), known):
            found.append(Mention("trapped", *value_of(match), match.span(), 0.65))
    pair = re.compile(
        rf"(?:大人|老人)\s*{count_pattern('n')}\s*(?:个|名|人)?[、和,]?\s*(?:小孩|孩子|娃|儿童)\s*{count_pattern('m')}\s*(?:个|名|人)?"
        rf"|{count_pattern('o')}\s*(?:个|名)?大人[带和、,]?\s*(?:着)?{count_pattern('p')}\s*(?:个|名)?(?:小孩|孩子|娃)"
    )
    if (both := pair.search(text)) and not overlap_any(both.span(), known):
        counts = [read_count(both[f"number{key}"]).value or 0 for key in "nmop" if both[f"number{key}"]]
        found = [Mention("trapped", sum(counts), False, both.span(), 0.6)]
    return found


def _gone(text: str, known: list[Mention]) -> list[Mention]:
    """渔船失联,船上9人: those on board share the fate of the vessel; 5户18人,已全部撤出: so do those named before."""
    found = []
    people = rf"{count_pattern('n')}\s*{PEOPLE}"
    if not any(m.field == "missing" for m in known) and re.search(r"[船机艇][^。;；]{0,6}(?:失联|失踪|沉没)", text):
        match = re.search(rf"[船机艇]上(?:共|有|载有)*{people}", text)
        if match:
            found.append(Mention("missing", read_count(match["numbern"]).value, False, match.span(), 0.6))
    if not any(m.field == "evacuated" for m in known):
        match = re.search(rf"{people}\s*,\s*(?:已|均|全部|都)+(?:安全)?(?:撤出|撤离|转移|疏散)", text)
        if match:
            found.append(Mention("evacuated", read_count(match["numbern"]).value, False, match.span(), 0.75))
    return found


def _single(text: str, known: list[Mention]) -> list[Mention]:
    """司机被困, 母亲获救, 孩子失踪: one person without a count."""
    found: list[Mention] = _each_alone(text, known)
    for match in SINGLE_FATE.finditer(text):
        name = next(n for n in FATE_OF_ONE if match[n])
        if name == "seriously_injured" and not any(overlap(m.span, match.span()) for m in known):
            found.append(Mention("injured", 1, False, match.span(), 0.6, role=match[name]))
        if any(m.field == name for m in [*known, *found]) or overlap_any(match.span(), known):
            continue
        found.append(Mention(name, 1, False, match.span(), 0.6, role=match[name]))
    if (dead := ONE_DEAD.search(text)) and not any(m.field == "dead" for m in [*known, *found]):
        found.append(Mention("dead", 1, False, dead.span(), 0.55, role=dead[0]))
    if aged := AGED.search(text):
        for name in ("missing", "dead", "trapped", "injured"):
            if (fate := re.search(BY_ROLE[name], aged["gap"])) and not any(m.field == name for m in [*known, *found]):
                found.append(Mention(name, 1, False, aged.span(), 0.6, role=fate[0]))
                break
    return found


def _each_alone(text: str, known: list[Mention]) -> list[Mention]:
    """我爱人烧伤了,孩子脸上划了口子: persons without a number, each with a fate of their own, are as many as they are."""
    alone: dict[str, dict[str, re.Match[str]]] = {}
    for match in SINGLE_FATE.finditer(text):
        name = next(n for n in FATE_OF_ONE if match[n])
        alone.setdefault(name, {}).setdefault(match["person"], match)
    found = []
    for name, persons in alone.items():
        first, last = (f(m.span() for m in persons.values()) for f in (min, max))
        if len(persons) > 1 and not any(m.field == name for m in known) and "。" not in text[first[0] : last[1]]:
            found.append(
                Mention(name, len(persons), False, (first[0], last[1]), 0.6, role=next(iter(persons.values()))[name])
            )
    return found


def _of_subject(text: str, known: list[Mention]) -> list[Mention]:
    """What befalls in a later clause the one person, or all of the people, of whom the sentence speaks."""
    found: list[Mention] = []
    for sentence in re.finditer(r"[^。;；!?\n]+", text):
        subject: tuple[float, tuple[int, int]] | None = None
        together = False  # 十五六个,都是学生,晕了: what follows is of all of them
        for offset, clause in clauses(sentence[0]):
            at = sentence.start() + offset
            person = next(iter(reversed(list(SUBJECT.finditer(clause)))), None)
            spoken = ONE_PERSON.search(clause)
            if person:
                value, _about = value_of(person)
                subject = (value, (at + person.start(), at + person.end())) if value else None
            elif spoken:
                subject = (1, (at + spoken.start(), at + spoken.end()))
            if subject is None or DENIED.search(clause):
                continue
            together = bool(EVERYBODY.search(clause)) or (together and not person)
            if subject[0] > 1 and not together:
                continue
            for name, words in FATE_OF_ONE.items():
                fate = re.search(words, clause)
                after_subject = fate and (at + fate.start() >= subject[1][1])
                if not fate or not after_subject:
                    continue
                if any(m.field == name for m in [*known, *found]):
                    if name == "dead":
                        break  # 1人送医后死亡: the end of the story counts
                    continue
                if re.search(r"[\d一二两三四五六七八九十几][名个人位例]", clause[: fate.start()]) and not (
                    person or spoken
                ):
                    continue
                span = (at + fate.start(), at + fate.end())
                if name == "dead":
                    # 晕倒了,没救过来: who was hurt and then died is only dead
                    found = [m for m in found if m.field != "injured" or m.value != subject[0]]
                found.append(Mention(name, subject[0], False, span, 0.55, role=fate[0], clause=clause))
                break
    return found
