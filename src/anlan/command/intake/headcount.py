"""How many of those told of are dead, injured, missing, trapped, got out: from groups and their parts to figures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .fates import GOT_OUT, Fate
from .groups import Group, Told
from .spans import Field

WET = re.compile(r"河|湖|水库|渠|江|海|冰|塘|落水|游泳|船|艇|溺|捞")
SHUT = re.compile(r"井|窖|罐|[电货客]梯|下水道|水道|管道|地沟|楼|房|窑|矿|塌|埋|火|烟|车[里内]|屋|池")
TRAPPING = re.compile(
    r"烟|趴|没应|检修|水位|齐腰|困|淹|水泡|泡水|被泡|泡在|卡|挂着|埋|塌|[电客货]梯|被堵|掉进|涨水|围住|停在半空|悬|陷|着火|起火|(?<![熄点])火|晃|水已经|缆车|索道|停了|垮|出来|地震|洪|打不开|井[下里]|窖里"
)
#: Who does not answer there has fainted; nobody is shut in.
FAINT = re.compile("煤气|一氧化碳|炭|炉子|热水器|睡|喝|药|撞|摔|心[脏梗跳]|晕|昏")
#: Words for being inside that mean shut in only where something shuts people in.
UNWELL = re.compile("喘|不舒服|难受|恶心|头晕|吐|闷")
LIFT = re.compile("[电客货]梯|轿厢")
PERIL = re.compile("火|烟|水|塌|垮|埋|困|锁|电梯|卡|夹|压|气|撞|翻|井|坑|洞|下不|出不")
IN_THERE = re.compile("[还仍]在[^,，]{0,3}(?:屋|楼|车|房间|卧室|阳台|里面|里头)|躲")
TOO_MANY = "人数大得不可信，请核对"
PLACES = frozenset({"caught", "lost", "silent", "inside", "hole", "water"})
#: What an answer of none says nobody is: 死人没有?没有.
ASKED = {
    "dead": "dead",
    "hurt": "injured",
    "caught": "trapped",
    "inside": "trapped",
    "lost": "missing",
    "found": "missing",
}
FIELDS = ("dead", "injured", "seriously_injured", "missing", "trapped", "rescued", "evacuated")


@dataclass(frozen=True, slots=True)
class Unit:
    """``number`` people of one ``group`` who share ``fates``."""

    number: int | None
    group: Group
    fates: tuple[Fate, ...]


def units(group: Group, inherited: tuple[Fate, ...] = ()) -> Iterator[Unit]:
    fates = (*inherited, *group.fates)
    for part in group.parts:
        yield from units(part, fates)
    if group.number is None:
        if not group.parts:
            yield Unit(None, group, _in_order(fates))
    elif (left := group.room) > 0 or not group.parts:
        if any(
            (part.names & {"caught", "lost"} and not group.names & {"caught", "lost", "silent"})
            or (part.left and part.names & {"caught", "lost", "silent", "inside"})
            for part in group.parts
        ):
            # 下去三个,两个没上来; 压住3个,剩下一个还压着: the others are out
            fates = tuple(fate for fate in fates if fate.name not in PLACES)
        yield Unit(left if group.parts else group.number, group, _in_order(fates))


def _in_order(fates: tuple[Fate, ...]) -> tuple[Fate, ...]:
    return tuple(sorted(fates, key=lambda fate: fate.start))


def state_of(unit: Unit, text: str) -> set[str]:
    """The fields to which the people of ``unit`` count, with ``freed`` and ``found`` for those who no longer do."""
    dead = grave = hurt = weak = moved = out = inside = hole = False
    place = weak_place = ""
    state: set[str] = set()
    own = {fate.name for fate in unit.group.fates}
    for fate in unit.fates:
        match fate.name:
            case "dead":
                dead, place, weak_place = True, "", ""
            case "alive":
                hurt = hurt or dead or bool(re.search("抢救|按|救|有.*[气吸跳]|喘", fate.words))
                dead, weak_place = False, ""
            case "hurt" | "treated":
                if fate.name == "treated" and re.search("送|医院|手术|住院", fate.words):
                    place = weak_place = ""  # in hospital nobody is shut in
                hurt = True
                if "受伤" in fate.words and weak_place == "trapped":
                    weak_place = ""
            case "grave":
                grave = hurt = True
            case "struck":
                weak = True
            case "fine":
                weak = False
                if "伤" not in fate.words or not inside:
                    weak_place = ""
            case "lost":
                place = "missing"
            case "caught" if IN_THERE.match(fate.words) and not PERIL.search(text):
                pass  # 男的还在屋里摔东西
            case "caught":
                wet = WET.search(text) and not SHUT.search(text) and re.search("上来|捞", fate.words)
                place = "missing" if wet else "trapped"
            case "silent":
                if place or weak_place or (SHUT.search(text) and not FAINT.search(text)):
                    place = place or weak_place or "trapped"
                else:
                    hurt = True
            case "hole":
                weak_place, hole = "trapped", True
            case "water":
                if re.search("[河湖渠海江冰塘水浪船艇漂溺]", fate.words) or WET.search(text):
                    weak_place = "missing"
                else:
                    weak = True  # 掉下去, with no water about
            case "inside":
                if TRAPPING.search(text):
                    weak_place, inside = "trapped", True
            case "out":
                if "撤" in fate.words and not place:
                    moved = True
                if place or (inside and re.search("全|都|均", fate.words)):
                    state.add("found" if place == "missing" else "freed")
                place = weak_place = ""
                out = True
            case "found":
                if place == "missing":
                    state.add("found")
                if "missing" in (place, weak_place):
                    place = weak_place = ""
            case "moved" if hurt and "转" in fate.words:
                place = weak_place = ""  # 伤1人,已转运: to hospital
            case "moved":
                moved, place, weak_place = True, "", ""
    if hole and (hurt or dead) and weak_place == "trapped":
        weak_place = ""
    if (
        "inside" in own
        and not place
        and hurt
        and not own & {"caught", "hole"}
        and not (LIFT.search(text) and UNWELL.search(" ".join(f.words for f in unit.fates)))
    ):
        weak_place = ""
    if weak_place == "missing" and hurt:
        weak_place = ""
    place = place or weak_place
    if place == "missing" and not own & {"hurt", "grave", "treated"} and any("溺" in fate.words for fate in unit.fates):
        hurt = False  # who is still searched for drowned, if anything
    if place and not dead:
        state.add(place)
    if dead:
        state = {"dead"}
    elif hurt or (weak and not place):
        state |= {"injured", "seriously_injured"} if grave else {"injured"}
    if moved and not unit.group.alone:
        state.add("evacuated")
    if out and not dead and any(f.name == "out" and GOT_OUT.search(f.words) for f in unit.fates):
        state.add("rescued")
    return state


def counts(text: str, all_told: Told) -> dict[str, Field]:
    """The figures of what was told; a field of which nothing was told is absent."""
    told: dict[str, list[tuple[Group, int, list[Unit]]]] = {name: [] for name in (*FIELDS, "freed", "found", "struck")}
    unbelievable: dict[str, Field] = {}
    for group in all_told.groups:
        by_field: dict[str, list[Unit]] = {}
        for unit in units(group):
            number = unit.number
            state = state_of(unit, text)
            if number is None and (unheard := re.search(r"\d{6}", text[unit.group.start : unit.group.end])):
                for name in state & {*FIELDS}:
                    unbelievable[name] = Field(
                        None, (unit.group.start, unit.group.end), unheard[0], 0.5, {"reason": TOO_MANY}
                    )
            if (
                number is None
                and unit.group.somebody
                and (
                    not unit.group.doubtful
                    or state & {"dead", "missing"}
                    or (unit.group.alone and len(all_told.groups) == 1)
                )
            ):
                number = 1
            if (
                state == {"injured"}
                and unit.group.number == 1
                and not unit.group.parent
                and all(f.name in ("struck", "inside") for f in unit.fates)
            ):
                state = {"struck"}
            for name in state:
                if number is not None:
                    by_field.setdefault(name, []).append(Unit(number, unit.group, unit.fates))
        for name, some in by_field.items():
            told[name].append((group, sum(unit.number or 0 for unit in some), some))
    if not any(told[name] for name in ("dead", "injured")):
        told["injured"] = told["struck"]  # nothing worse is told than that somebody was struck
    found: dict[str, Field] = dict(unbelievable)
    for name in FIELDS:
        if told[name]:
            found[name] = _combined(text, told[name])
    for name, freed in (("trapped", "freed"), ("missing", "found")):
        if name not in found and told[freed] and not (name == "trapped" and "missing" in found):
            start, end = _span([unit for _g, _n, some in told[freed] for unit in some])
            found[name] = Field(0, (start, end), text[start:end], 0.6, {"derived": "已全部脱险"})
    for fate in all_told.denied:
        if fate.name == "found" and not re.search("失联|失踪|走失|走丢|丢", text):
            continue
        denied = ASKED.get(fate.name)
        if denied and denied not in found:
            found[denied] = Field(0, (fate.start, fate.end), fate.words, 0.7, {"derived": "问后答没有"})
    return found


def _combined(text: str, told: list[tuple[Group, int, list[Unit]]]) -> Field:
    fresh = [entry for entry in told if not entry[0].old] or told
    if any(entry[0].whole for entry in fresh):
        fresh = [entry for entry in fresh if entry[0].whole][-1:]
    kept: list[tuple[Group, int, list[Unit]]] = []
    others: set[int] = set()
    for group, number, some in fresh:
        same = next((entry for entry in kept if not _apart(entry[0], group, entry[2], some)), None)
        if same is None:
            kept.append((group, number, some))
        else:
            others |= {same[1], number}
            if number > same[1]:
                kept[kept.index(same)] = (group, number, some)
    total = sum(number for _g, number, _s in kept)
    listed = [unit for _g, _n, some in kept for unit in some]
    start, end = _span(listed)
    details: dict[str, object] = {}
    if any(unit.group.approximate for unit in listed):
        details["approximate"] = True
    if len(others) > 1:
        details["candidates"] = sorted(others)
    if len(listed) > 1:
        details["derived"] = "几处人数相加"
    confidence = 0.85 if len(listed) == 1 and not others else 0.65
    return Field(total, (start, end), text[start:end], confidence, details)


def _span(listed: list[Unit]) -> tuple[int, int]:
    starts = [unit.group.start for unit in listed] + [fate.start for unit in listed for fate in unit.fates]
    ends = [unit.group.end for unit in listed] + [fate.end for unit in listed for fate in unit.fates]
    return min(starts), max(ends)


def _apart(one: Group, two: Group, first: list[Unit], second: list[Unit]) -> bool:
    """Whether two groups are different people, not the same told again."""
    if two.another or (one.head and two.head and one.head != two.head):
        return True
    if one.noun and two.noun:
        return one.noun != two.noun
    if one.alone or two.alone:
        return bool(one.noun or two.noun)
    words = [{fate.words for unit in some for fate in unit.fates} for some in (first, second)]
    if one.number == two.number and (
        one.number != 1 or (words[0] == words[1] and not one.noun and not two.noun and abs(one.start - two.start) > 8)
    ):
        return False
    if one.sentence != two.sentence:
        return False
    treated = [all(f.name == "treated" for unit in some for f in unit.fates) for some in (first, second)]
    return not any(treated) and (words[0] != words[1] or one.number == two.number == 1)
