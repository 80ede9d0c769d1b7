"""From all mentions of one count to the one that stands: corrections, sums, what remains, and what contradicts itself."""

from __future__ import annotations

import re

from .paper_clauses import Mention
from .spans import NOTHING, Field

STRUCK_ONLY = "只说被砸、被撞，伤情未说"
GENERAL = re.compile(
    r"受伤|负伤|伤者|伤员|送医|医院|住院|入院|抢救|就医|就诊|收治|接诊|在治|救治|治疗|院|致伤|伤着|^伤$|中毒|症状"
)
TREATED = re.compile(r"送医|医院|卫生院|诊所|门诊|住院|入院|抢救|就医|就诊|收治|接诊|在治|救治|治疗|院")
STRUCK = re.compile(r"[砸撞压踩][中到着倒飞了]|挤倒|摔倒|摔了")
LATER_DEATH = re.compile(r"途中|抢救无效|不治|又|另|送医|医院")
#: What befell all of them, and what of that some suffered worst: 17人被蜇,1人休克.
CAUSE = re.compile(r"蜇|咬|中毒|中暑|触电|呛|顶伤|撞|砸|踩|挤|烧伤|烫伤|灼伤|食物|过敏")
WORST = re.compile(r"断|缝|折|瞎|骨折|骨裂|休克|昏|晕|截肢|病危|ICU|重症|伤得|伤[势情]")
THE_REST = re.compile(r"(?:其他|其余|余下|剩下)的?[^,，。;；\d]{0,4}(?:都|均|全)?(?:是|为)?[^,，。;；\d]{0,3}伤")
#: What heads a list of places or parties, each with its own count: A车3人受伤,B车2人受伤.
PARTY = re.compile(
    r"([^,，。;；:：、\s\d]{0,9}?(?P<of>车|街道|镇|乡|村|社区|小区|地|楼|单元|路|区|县|市|户|船|厂|校|现场|一侧|处))[^,，。;；、]{0,4}$"
)
ONE_NAMED = re.compile(r"^(?:一|1)(?:名|位|个)(?:[^,，。;；死亡伤]*)")
ADDS = re.compile("另|隔壁|还有|又|再")


def settle(text: str, name: str, mentions: list[Mention]) -> Field:
    """The count ``name`` from its ``mentions`` in order of place; ``candidates`` when the text contradicts itself."""
    kept = [m for m in mentions if not m.old] or mentions
    if not kept:
        return NOTHING
    corrections = [m for m in kept if m.corrected]
    if name == "injured" and len(corrections) > 1:
        corrections = _plainest(corrections)
    told = corrections[-1:] or [m for m in kept if m.value is not None] or kept
    if not corrections and len(told) > 1:
        left = [m for m in told if m.remaining]
        if left and name in ("trapped", "missing"):
            told = left[-1:]
        elif name == "injured":
            told = _whole_struck(text, told) or _plainest(told)
            if len(told) == 1:
                return _largest(text, told)
        if parties := _by_party(text, told):
            return parties
        if name == "injured" and (harms := _harms(text, told)):
            return harms
        if name == "dead" and (deaths := _deaths(text, told)):
            return deaths
        if not (left and name in ("trapped", "missing")) and (joint := _joint(text, told)):
            return joint
    return _largest(text, told)


def _plainest(told: list[Mention]) -> list[Mention]:
    """What befell people says more than where they were taken, and that more than that something struck them."""
    known = [m for m in told if m.value is not None]
    harmed = [m for m in known if not (m.subset or TREATED.search(m.role) or STRUCK.search(m.role))]
    treated = [m for m in known if not STRUCK.search(m.role)]
    return harmed if any(m.value for m in harmed) else treated if any(m.value for m in treated) else known or told


def _largest(text: str, told: list[Mention]) -> Field:
    values = {m.value for m in told}
    best = max(told, key=lambda m: (m.value is not None, m.value or 0, -m.span[0]))
    details: dict[str, object] = {}
    if best.approximate:
        details["approximate"] = True
    if best.field == "injured" and STRUCK.search(best.role):
        details["reason"] = STRUCK_ONLY
    if len(values) > 1:
        details["candidates"] = sorted(int(v) for v in values if v is not None)
    start, end = best.span
    if best.value is None:
        said = re.search(r"\d{5}", text[start:end])
        details["reason"] = "人数大得不可信，请核对" if said else "只说有人，没有说人数"
    confidence = best.confidence * (0.6 if len(values) > 1 else 1)
    value = None if best.value is None else int(best.value)
    return Field(value, best.span, text[start:end], confidence, details)


def _kind_of_harm(mention: Mention) -> str:
    """重伤, 轻伤, 骨折 … each counted for itself; "" for words that take in all the injured."""
    role = mention.role
    if "+" in role:
        return role + str(mention.span[0])
    if re.search(r"重|危|ICU|厉害|红标", role):
        return "重"
    return "" if GENERAL.search(role) and not re.search(r"轻|擦|皮", role + mention.clause[:0]) else role


def _harms(text: str, told: list[Mention]) -> Field | None:
    """All the injured: the total where one is said, else the serious, the light and the other kinds together."""
    kinds: dict[str, Mention] = {}
    for m in told:
        if m.value is not None and not m.subset:
            kind = _kind_of_harm(m)
            if kind not in kinds or (kinds[kind].value or 0) < m.value:
                kinds[kind] = m
    parts = [m for kind, m in kinds.items() if kind]
    all_of_them = next((m for m in parts if CAUSE.search(m.role) and not WORST.search(m.role)), None)
    if all_of_them:
        parts = [m for m in parts if m is all_of_them or not _some_of(text, m, all_of_them)]
    if "" in kinds or len(parts) < 2:
        return None
    total = sum(m.value or 0 for m in parts)
    start, end = min(m.span[0] for m in parts), max(m.span[1] for m in parts)
    details: dict[str, object] = {"derived": "各类受伤人数相加"}
    if any(m.approximate for m in parts):
        details["approximate"] = True
    return Field(int(total), (start, end), text[start:end], 0.75, details)


def _some_of(text: str, part: Mention, whole: Mention) -> bool:
    """17人被蜇,1人休克: fewer, worse, later, and not said to be others."""
    between = text[whole.span[1] : part.span[0] + 2]
    fewer = part.span[0] >= whole.span[1] and (part.value or 0) < (whole.value or 0)
    return bool(fewer and WORST.search(part.role) and not re.search(r"另|还有|又|隔壁|[。\n]", between))


def _whole_struck(text: str, told: list[Mention]) -> list[Mention]:
    """砸了六七个,一个胳膊断了,其他都是擦伤; 摔倒十几个,其中三个伤得重: all who were struck are hurt."""
    whole = [m for m in told if STRUCK.search(m.role) and m.value is not None]
    if not whole or whole[0].span != min(m.span for m in told):
        return []
    rest = text[whole[0].span[1] :]
    worst = any(WORST.search(m.role + m.clause) and (m.value or 0) < (whole[0].value or 0) for m in told)
    return whole[:1] if THE_REST.search(rest) or worst else []


def _by_party(text: str, told: list[Mention]) -> Field | None:
    """The sum over places, vehicles or persons of which each has its own count in one sentence: A车3人受伤,B车2人受伤."""
    if len(told) < 2 or any(m.value is None or m.subset or m.corrected for m in told):
        return None
    start, end = told[0].span[0], told[-1].span[1]
    if re.search(r"[。;；\n]|其中|核实|更正|据", text[start:end]):
        return None
    heads = [PARTY.search(re.split(r"[,，。;；、]", text[: m.span[0]])[-1]) for m in told]
    named = [ONE_NAMED.match(text[m.span[0] : m.span[1]]) for m in told]
    parties = {head[0] for head in heads if head}
    same_sort = len(parties) == len(told) and len({head["of"] for head in heads if head}) == 1
    persons = {match[0] for match in named if match}
    if not same_sort and not (len(persons) == len(told) and all(m.value == 1 for m in told)):
        return None
    total = int(sum(m.value or 0 for m in told))
    return Field(total, (start, end), text[start:end], 0.7, {"derived": "几处人数相加"})


def _deaths(text: str, told: list[Mention]) -> Field | None:
    """当场死亡2人,送医途中又死亡1人 is 3; 5人死亡,其中4人当场死亡,1人途中死亡 is 5."""
    first, *others = [m for m in told if m.value is not None]
    later = [m for m in others if LATER_DEATH.search(m.clause)]
    values = [m.value or 0 for m in (first, *others)]
    if len(later) != len(others) or not later or (len(values) > 2 and sum(values) == 2 * max(values)):
        return None
    whole = text[first.span[0] : later[-1].span[1]]
    if not ("当场" in first.clause or ADDS.search(later[0].clause)) or re.search(r"[\n]", whole) or len(later) > 1:
        return None
    if later[0].value == first.value and not ADDS.search(later[0].clause) and "当场" not in first.clause:
        return None
    return Field(
        int(sum(values)), (first.span[0], later[-1].span[1]), whole, 0.7, {"derived": "当场与随后死亡人数相加"}
    )


def _joint(text: str, told: list[Mention]) -> Field | None:
    """The sum when the text itself adds: 两人烧伤,隔壁一名顾客划伤; 2人受伤,另有3人受伤."""
    first, *others = told
    lead = [text[max(0, m.span[0] - 5) : m.span[0] + 2] for m in others]
    if (
        first.value is None
        or any(m.value is None for m in others)
        or not all(re.search("另|隔壁|还有", t) for t in lead)
    ):
        return None
    if any(mark in text[first.span[0] : others[-1].span[1]] for mark in "。\n"):
        return None
    value = int(sum(m.value or 0 for m in told))
    end = others[-1].span[1]
    return Field(value, (first.span[0], end), text[first.span[0] : end], 0.7, {"derived": "几处人数相加"})
