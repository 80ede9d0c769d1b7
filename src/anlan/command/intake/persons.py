"""Who is spoken of: counts of people (三名乘客, 俩, 一家五口), single persons (司机, 我妈), and words for some of those named before."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from .numerals import read_count
from .person_words import (
    AGENT,
    AND,
    ANOTHER,
    APPOSED,
    CAPACITY,
    GENERIC,
    HAPPENS,
    HAVING,
    KINSHIP,
    LEFT,
    ONE_OF_THEM,
    PERSONS,
    RESCUERS,
    SENT,
    SOME,
    TELLS,
    THOSE,
    TOTAL,
    UP_TO,
)


@dataclass(frozen=True, slots=True)
class Ref:
    """``value`` None: nobody counted. ``kind``: count, alone (a person without a number), rest (the others), one (one of those named),
    bare (a number without a word for people). Flags tell how the words lead on from what was said."""

    kind: str
    value: int | None
    approximate: bool
    start: int
    end: int
    noun: str = ""
    some: bool = False
    another: bool = False
    left: bool = False
    total: bool = False
    those: bool = False
    plural: bool = False
    doubtful: bool = False
    only: bool = False
    having: bool = False


def persons_in(clause: str, offset: int) -> list[Ref]:
    """Those of whom ``clause`` speaks, in order; who stand together (我跟我妈, 司机及3名乘客) are one."""
    found: list[Ref] = []
    total = inside = False
    if SENT.search(clause):
        return found
    for match in PERSONS.finditer(clause):
        ref = _ref(match, clause, offset)
        if ref is None:
            continue
        inside = "(" in clause[: match.start()] and ")" not in clause[: match.start()]
        total = total or ref.total
        if inside and found and ref.kind in ("count", "bare"):
            ref = replace(ref, some=True)
        elif total and ref.kind == "bare":
            ref = replace(ref, total=True)
        last = found[-1] if found else None
        between = clause[last.end - offset : match.start()] if last else ""
        if last and (joined := _joined(last, ref, between, clause[: match.start()])):
            found[-1] = joined
        else:
            found.append(ref)
    return found


def _joined(last: Ref, ref: Ref, between: str, before: str) -> Ref | None:
    """The two as one: in apposition (学生23名, 推车的妈妈, 一名六旬女士), or together (我跟我妈, 司机及3名乘客)."""
    if (
        last.kind in ("alone", "one")
        and ref.kind in ("count", "bare")
        and (last.plural or between.strip() in ("", "就", "自己", "约", "共", "各", "是", "是有"))
    ):
        if before.endswith("各") and ref.value and last.value:
            return replace(ref, start=last.start, value=ref.value * last.value, noun=last.noun)
        if between.strip() in ("", "就", "自己", "约", "共", "是", "是有"):
            noun = "" if last.noun == "我" else last.noun
            if ref.noun == "一家" and (ref.value or 0) > 2:
                noun = ref.noun  # 游客一家三口: whose father and mother may follow
            return replace(ref, start=ref.start if last.kind == "one" else last.start, noun=noun)
        return None
    if (
        last.kind == "count"
        and last.noun
        and before.endswith("各")
        and ref.kind == "count"
        and ref.value
        and last.value
        and "+" in last.noun
    ):
        return replace(ref, start=last.start, value=ref.value * last.value)
    if ref.kind == "one" and last.kind == "count" and between == "":
        return last  # 一个孩子活的
    if between == "" and last.kind == ref.kind == "count" and last.value == ref.value and last.noun == "一家":
        return replace(ref, start=last.start)  # 一男一女两名老人
    if ref.kind not in ("alone", "count") or last.kind not in ("alone", "count"):
        return None
    if between == "" and last.kind == "alone" and ref.kind == "alone":
        if KINSHIP.search(last.noun) and KINSHIP.search(ref.noun):
            return replace(
                last,
                kind="count",
                value=(last.value or 0) + (ref.value or 0),
                end=ref.end,
                noun=f"{last.noun}+{ref.noun}",
            )
        if re.search(r"医生护士", before + ref.noun):
            return replace(last, kind="count", value=2, end=ref.end, noun=f"{last.noun}+{ref.noun}")
        return replace(ref, start=last.start, value=last.value if ref.value else None)
    if (
        last.kind == "count"
        and not last.noun
        and ref.kind == "alone"
        and APPOSED.fullmatch(between)
        and not HAPPENS.search(between)
    ):
        return replace(last, end=ref.end, noun=ref.noun)
    if last.plural or ref.plural or not AND.fullmatch(between) or not (last.noun and ref.noun):
        return None
    if between.strip() == "" and (last.kind, ref.kind) != ("count", "count"):
        return None
    if between.strip() == "、" and (last.kind, ref.kind) == ("count", "count"):
        return None
    value = None if last.value is None or ref.value is None else last.value + ref.value
    return replace(
        last,
        kind="count",
        value=value,
        end=ref.end,
        noun=f"{last.noun}+{ref.noun}",
        approximate=last.approximate or ref.approximate,
    )


def _ref(match: re.Match[str], clause: str, offset: int) -> Ref | None:
    groups = match.groupdict()
    begin = match.start("numbern") if groups["numbern"] else match.start()
    lead = clause[max(0, begin - 7) : begin]
    start, end = offset + match.start(), offset + match.end()
    flags: dict[str, Any] = {
        "some": bool(SOME.search(lead)) or "其中" in clause[:begin],
        "another": bool(ANOTHER.search(lead)),
        "left": bool(LEFT.search(lead)),
        "having": bool(HAVING.search(lead)),
        "total": bool(TOTAL.search(lead)),
        "those": bool(THOSE.search(lead)),
        "only": bool(UP_TO.search(lead)),
    }
    if CAPACITY.search(lead):
        return None
    if groups["somebody"]:
        if re.search(r"可能|也许|听说有?$", lead):
            return None
        return Ref(
            "somebody",
            None,
            False,
            start,
            end,
            match[0][:1] if match[0][:1] in "他她" else "",
            doubtful=match[0].startswith("有") or "可能" in lead,
            having=bool(ONE_OF_THEM.match(clause[match.end() :])),
        )
    if groups["self"]:
        return None if TELLS.match(clause[match.end() :]) else Ref("alone", 1, False, start, end, "我", **flags)
    if alone := groups["alone"]:
        noun = _plain(alone)
        if re.search("[由被让叫]$", lead) and AGENT.match(clause[match.end() :]):
            return None  # 由路人救出
        if re.search(r"(?:是|系|为|不是)(?:个)?$", lead) or re.match(
            r"[\u4e00-\u9fff]{0,2}都有|居多|太?多(?![人名])|不少|较多", clause[match.end() :]
        ):
            return None
        if TELLS.match(clause[match.end() :]):
            return Ref("teller", None, False, start, end, noun)
        if groups["many"] == "们" or groups["mass"]:
            return Ref("alone", None, False, start, end, noun, plural=True)
        if re.match(r"[^,，]{0,4}(?:多人|若干|数人|好几个|一片)", clause[match.end() :]):
            return Ref("alone", None, False, start, end, noun, plural=True)
        if re.search(r"[多些批户名几]个?$|一群|部分$", lead):
            return None
        if re.search(r"有$", lead) and not re.search(r"(?:还|另|又)有$", lead):
            return Ref("somebody", None, False, start, end, noun, doubtful=True)
        return Ref("alone", 2 if groups["many"] == "俩" else 1, False, start, end, noun, **flags)
    if groups["part"]:
        return Ref("rest", None, False, start, end)
    if groups["one"]:
        return Ref(
            "one", 1, False, start, end, groups["one"].removesuffix("那个"), another=groups["one"].startswith("另")
        )
    if groups["small"] or groups["couple"] or groups["pair"] or groups["family"]:
        if groups["couple"]:
            value = sum(int(read_count(groups["couple"][at]).value or 0) for at in (0, 2))
        elif groups["family"]:
            value = int(read_count(groups["family"]).value or 0)
        else:
            value = 3 if groups["three"] or match[0].endswith("仨") else 2
        return Ref("count", value, False, start, end, "一家", **flags)
    if bare := groups["bare"]:
        count = read_count(bare)
        return Ref("bare", None if count.value is None else int(count.value), False, start, end, **flags)
    if re.fullmatch(r"(?:一|1)(?:个|人|名)", match[0]) and re.match(r"[也都]", clause[match.end() :]):
        return None  # 一个也联系不上: all of them
    if (
        re.match(r"多?高", clause[match.end() :])
        or re.search(r"第$|[\d一二三四五六七八九十]-$", lead)
        or (re.search(r"(?:箱|车|柜|船|房|棚|井|洞|罐)(?:有|共|一共)?$", lead) and match[0].endswith("个"))
    ):
        return None
    about = re.search(
        r"(?:约|大概|大约|估计|近|差不多|可能|至少|起码|不少于|超过?|逾|上)$", clause[max(0, begin - 4) : begin]
    )
    if RESCUERS.match(clause[match.end() :]):
        return None
    count = read_count((about[0] if about else "") + groups["numbern"] + (groups["moren"] or ""))
    noun = groups["noun"] or groups["noun2"] or groups["noun3"] or groups["epithet"] or ""
    number = None if count.value is None else int(count.value)
    return Ref("count", number, count.approximate, start, end, _plain(noun), **flags)


def _plain(noun: str) -> str:
    """The noun for comparing: 我妈 and 妈妈, 乘客 and 群众."""
    noun = re.sub(r"^(?:我|俺|咱|他|她|你|那个|这个)(?:们)?(?:家)?的?", "", noun)
    return "" if noun in GENERIC else noun
