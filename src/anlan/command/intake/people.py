"""Counts of people: dead, injured, seriously injured, missing, trapped, evacuated, rescued.

Counts are people; 两车被困 says nothing about people. Silence is None, 人数不详 is None with its words, 无人员伤亡 is 0
dead and 0 injured.
The grammar is one of clauses: a count with a word for people beside a word for what befell them, on either side.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .numerals import ABOUT_BEFORE, NUMBER, count_pattern, read_count
from .spans import NOTHING, Field, clauses

FIELDS = ("dead", "injured", "seriously_injured", "missing", "trapped", "evacuated", "rescued")

NOUN = (
    r"(?:被困|失踪|失联|受伤|遇难|受灾|危重|涉险)?(?:人员|人|群众|居民|村民|住户|业主|租户|工人|民工|职工|员工|学生|师生|老人|老太太|老大爷|大爷|"
    r"大妈|孩子|小孩|儿童|少年|青年|幼儿|婴儿|男孩|女孩|男子|女子|男性|女性|妇女|司机|驾驶员|乘客|旅客|行人|路人|游客|驴友|顾客|厨师|"
    r"外卖员|快递员|消防员|环卫工|施工人员|作业人员|操作工|渔民|船员|伤者|伤员|死者|患者|病人|同志|队员|教师|老师|保安|护士|医生)"
)
CLASSIFIER = r"(?:名|个|位|口)"
PEOPLE = rf"(?:{CLASSIFIER}\s*{NOUN}|{NOUN}|{CLASSIFIER}(?!小时|钟头|月|小区|社区|村|单位|点|多小时|企业|工地|部门|街道|站|路|地方|地下|房))"
FAMILY = r"一家(?P<family>[两二三四五六七八])口"
BY_ROLE = {
    "dead": r"死亡|遇难|身亡|丧生|罹难|溺亡|亡故|死者|死(?!角|者|因|胡同|机|活|鸡|猪)|(?<!伤)亡(?!人)",
    "seriously_injured": r"重伤|重度烧伤|伤势(?:较|很|非常|比较)?(?:严)?重|伤得(?:较|很|挺)?重|危重|病危|生命垂危",
    "injured": r"受伤|轻微伤|轻伤|负伤|致伤|重伤|擦伤|摔伤|砸伤|烧伤|烫伤|灼伤|刺伤|划伤|割伤|撞伤|"
    r"压伤|挤伤|炸伤|咬伤|扭伤|挫伤|骨折|中毒|昏迷|呕吐|腹泻|不适|"
    r"伤势(?:较|很|非常|比较)?(?:严)?重|送医|住院|晕倒|触电|伤者|伤员|伤(?!亡|情|势|害|员|者)",
    "missing": r"失踪|失联|失去联系|下落不明|联系不上|走失|去向不明|未找到",
    "trapped": r"被困|受困|困住|困在|围困|被埋|埋压|埋了|埋在|被压|压在|压住|被卡|卡在|围住|挂着|堵在|出不来|下不来|没上来|没出来|没下来|未升井|掩埋",
    "evacuated": r"紧急转移|转移安置|转移|疏散|撤离|撤出|安置|避险",
    "rescued": r"已?救出|已?获救|营救出|已?脱险|捞上来",
}
FILLER = r"[\u4e00-\u9fff]{0,7}?"
NO_NUMBER = r"(?:[^\d,，。;；一二三四五六七八九十两百千]{0,6}?)"
UNTOLD = r"(?:不详|不清楚|不清|不明|未知|不知道|不知|待核实|待查|待统计|核实中|正在核实|统计中|还?说不准|不确定|情况不明|暂不明确|尚不明确)"
SAFE = r"(?:安全|平安|没事|无碍|脱险|脱困|出来了|获救|救出|离开|撤离|跑出来|逃出来|逃生|下车|疏散)"

NONE_HURT = re.compile(
    r"(?P<pending>暂未|尚未|暂时未|目前未|还没有?|没有?|未)?(?P<verb>接到|收到|接报|发现)?[^,，。;；]{0,4}?"
    r"(?:(?P<no>未造成|没有造成|未发生|未出现|无|没有|没|未见|均无|暂无)\s*(?:任何|发生|出现|造成|发现)?)(?P<what>人员|人|群众|乘客)?(?:的)?\s*伤亡"
)
PENDING_REPORT = re.compile(
    r"(?:无|暂无|没有)人员伤亡(?:情况)?(?:的)?报告|(?:暂未|尚未|未|没有?|暂无|目前没有?)(?:接到|收到|接报)(?:有关|关于|任何)?(?:人员)?(?:的)?伤亡(?:情况)?(?:的)?(?:报告|消息|信息)?"
)
NOBODY = {
    "dead": re.compile(r"(?:无人|没人|没有人|未造成人员|无人员|没有人员)(?:员)?(?:死亡|遇难|丧生)"),
    "injured": re.compile(
        r"(?:无人|没人|没有人|未造成人员|无人员|没有人员|未有人员|没)(?:员)?(?:受伤|被?砸伤|伤(?!亡))|人没伤|没(?:有)?(?:砸|伤|碰|撞)(?:到|着)?人"
    ),
    "missing": re.compile(r"(?:无人|没人|没有人|没有人员|无人员)(?:员)?(?:失踪|失联)"),
    "trapped": re.compile(
        r"(?:无人|没人|没有人|没有人员|无人员|无群众)(?:员)?(?:被困|受困|被埋)|(?:无|未发现)(?:有)?被困(?:人员|群众)|未发现(?:有)?人员?被困"
        rf"|(?:人员?|司机|驾驶员|乘客|群众|居民|住户|工人|车上.{{0,4}}?人|里面?的?人|都|全|大家)[^,，。;；车]{{0,4}}?(?:均|都|全部|全都|已经?|自行|提前)+[^,，。;；不没未]{{0,4}}?{SAFE}(?!\d|[一二两三四五六七八九十百]+[余多]?[人名])"
        rf"|(?:人|都|均|全)(?:已经?|都|均)?(?:自己)?(?:出来了|跑出来了?|安全(?:撤离|脱险)?)"
    ),
}
UNKNOWN = {
    "casualties": re.compile(
        rf"(?:人员|伤亡|人员伤亡)(?:伤亡|的)?(?:情况|人数)?(?:暂时?|目前|还|尚)?{UNTOLD}|伤亡(?:情况|人数)?[^,，。;；]{{0,4}}?{UNTOLD}"
    ),
    "dead": re.compile(rf"死了?几个?人?[^,，。;；]{{0,4}}?{UNTOLD}|死亡人数[^,，。;；]{{0,4}}?{UNTOLD}"),
    "injured": re.compile(
        rf"(?:伤员|受伤|伤者)(?:人数)?[^,，。;；]{{0,4}}?{UNTOLD}|伤了?几个[^,，。;；]{{0,4}}?{UNTOLD}"
    ),
    "missing": re.compile(rf"(?:失踪|失联)(?:人数)?[^,，。;；]{{0,4}}?{UNTOLD}"),
    "trapped": re.compile(
        rf"(?:有(?:人|老人|孩子|群众|居民|住户|乘客))?(?:被困|受困|被埋)[,，]?(?:人员?|人数|几个?人?)?[^,。;；车]{{0,5}}?{UNTOLD}"
        rf"|(?:车[里内上]|里面|是否)?有没有人[^,。;；]{{0,6}}?{UNTOLD}|是否有人[^,，。;；]{{0,8}}?{UNTOLD}"
        rf"|人员?(?:情况|数)?(?:还|都)?{UNTOLD}"
        r"|有(?:人|老人|孩子|群众|居民|住户|人员|乘客)(?:可能)?(?:被困|受困|被埋|困在|没下来|没出来)"
    ),
}
CORRECTED = re.compile(
    r"更正|后核实|经核实|核实为|改为|上升|升至|增至|增加到|不对|又说|实为|应为|由\d|由[一二三四五六七八九十两]"
)
TRAP_CONTEXT = re.compile(r"困|淹|泡|埋|塌|电梯|被堵|掉进")
STILL_INSIDE = re.compile(r"还在(?!核实|处置|统计|进行)|仍在(?!核实|处置|统计|进行)|没出来|没下来|没上来|未撤出|未脱困")
SHORT_FORM = re.compile(
    r"(?<![\d第])(?P<number>\d+|[一二两三四五六七八九十]{1,3})(?P<role>死|亡|重伤|轻伤|伤|失踪|失联)(?!角|机|者|势|亡人数|道|口)"
)

COUNT_OF_OTHERS = rf"(?:{NUMBER})(?:余|多)?(?:个村|个社区|户|栋|个组)"
AFTER = {
    name: re.compile(
        rf"(?P<role>{words})(?!车|角)(?:了|者|的|有|共|达|为|是|至|到|约|大约|人员|人数|群众|居民|危房|周边|附近|已|由|上升|升|"
        rf"增加?|总|共计|,)*{NO_NUMBER}(?:{COUNT_OF_OTHERS})*[约共计]*{count_pattern('n')}\s*{PEOPLE}"
    )
    for name, words in BY_ROLE.items()
}
BEFORE = {
    name: re.compile(
        rf"(?:{count_pattern('n')}\s*{PEOPLE}|{FAMILY})(?P<filler>[^\d,，。;；一二两三四五六七八九十百]{{0,10}}?)(?P<role>{words})(?!人数)"
    )
    for name, words in BY_ROLE.items()
}


@dataclass(frozen=True, slots=True)
class _Mention:
    field: str
    value: float | None
    approximate: bool
    span: tuple[int, int]
    confidence: float
    corrected: bool = False


def recognise_people(text: str) -> dict[str, Field]:
    """The seven counts of ``text`` (already normalised and masked). Never negative; never guessed from things."""
    mentions: list[_Mention] = []
    for offset, clause in clauses(text):
        mentions += _counts(clause, offset)
    mentions += _short_forms(text, mentions)
    mentions += _inside(text, mentions)
    mentions += _gone(text, mentions)
    result = {name: _settle(text, [m for m in mentions if m.field == name]) for name in FIELDS}
    result = _totals(text, result)
    _negations(text, result)
    _unknowns(text, result)
    _lone_drivers(text, result)
    return result


def _counts(clause: str, offset: int) -> list[_Mention]:
    """Mentions in one clause. A list puts its counts first (2人死亡5人受伤) or last (死亡2人受伤5人); what stands first
    decides, and no count and no word is used twice."""
    found: list[_Mention] = []
    for at, part in _parts(clause):
        before = [entry for name in BY_ROLE for entry in _before(name, part)]
        after = [entry for name in BY_ROLE for entry in _after(name, part)]
        first_after = bool(after) and (
            not before or min(e[1].start() for e in after) < min(e[1].start() for e in before)
        )
        used: list[tuple[str, tuple[int, int]]] = []
        for name, match in [*after, *before] if first_after else [*before, *after]:
            if any(_overlap(span, match.span()) and not _same_harm(name, other) for other, span in used):
                continue
            used.append((name, match.span()))
            found.append(_mention(name, match, offset + at, part))
    return found


def _parts(clause: str) -> list[tuple[int, str]]:
    return [(m.start(), m[0]) for m in re.finditer(r"[^、]+", clause)]


def _same_harm(name: str, other: str) -> bool:
    return name != other and {name, other} <= {"injured", "seriously_injured"}


def _after(name: str, clause: str) -> list[tuple[str, re.Match[str]]]:
    return [
        (name, match)
        for match in AFTER[name].finditer(clause)
        if not (_crosses(match[0], match["role"], name) or _thing(match[0]))
    ]


def _before(name: str, clause: str) -> list[tuple[str, re.Match[str]]]:
    return [
        (name, match)
        for match in BEFORE[name].finditer(clause)
        if not (_crosses(match["filler"], "", name) or re.search(r"车|户|间|辆|没有|未|不是|准备", match["filler"]))
    ]


def _mention(name: str, match: re.Match[str], offset: int, clause: str) -> _Mention:
    groups = match.groupdict()
    span = (match.start() + offset, match.end() + offset)
    if groups.get("family"):
        return _Mention(name, read_count(groups["family"]).value, False, span, 0.85)
    count = read_count(_count_words(match))
    corrected = bool(CORRECTED.search(clause))
    if corrected and (
        to := re.search(rf"(?:至|到|为)\s*{count_pattern('t')}\s*(?:{PEOPLE})?", clause[match.start() :])
    ):
        count = read_count(to[0][1:])
        span = (span[0], match.start() + to.end() + offset)
    return _Mention(name, count.value, count.approximate, span, 0.7 if count.approximate else 0.9, corrected)


def _count_words(match: re.Match[str]) -> str:
    start = match.start("numbern")
    lead = re.search(rf"{ABOUT_BEFORE}\s*$", match.string[max(match.start(), start - 4) : start])
    return (lead[0] if lead else "") + match["numbern"] + (match["moren"] or "")


def _crosses(filler: str, own_role: str, name: str) -> bool:
    """Whether another fate stands between the count and the word: 3人死亡5人受伤 must not give 3 injured."""
    rest = filler.replace(own_role, "", 1) if own_role else filler
    for other, words in BY_ROLE.items():
        if other == name or _same_harm(name, other) or (name == "dead" and other == "injured"):
            # 触电身亡, 重伤不治身亡: the end of the story counts
            continue
        if re.search(words, rest):
            return True
    return False


def _thing(words: str) -> bool:
    return bool(re.search(r"辆|车辆|台车|鸡|猪|牛|羊|房屋|间房", words))


def _overlap(a: tuple[int, int], b: tuple[int, int]) -> bool:
    return a[0] < b[1] and b[0] < a[1]


def _short_forms(text: str, known: list[_Mention]) -> list[_Mention]:
    """三死五伤一失踪, 一死两伤."""
    names = {"死": "dead", "亡": "dead", "失踪": "missing", "失联": "missing", "重伤": "seriously_injured"}
    found = []
    for match in SHORT_FORM.finditer(text):
        name = names.get(match["role"], "injured")
        if not any(_overlap(m.span, match.span()) for m in known):
            count = read_count(match["number"])
            found.append(_Mention(name, count.value, False, match.span(), 0.85))
    return found


def _inside(text: str, known: list[_Mention]) -> list[_Mention]:
    """车内有2人, 里面有一家三口: inside something that holds them, when the text speaks of being caught."""
    if any(m.field == "trapped" for m in known) or not TRAP_CONTEXT.search(text):
        return []
    pattern = re.compile(
        rf"(?:里面|里头|车内|车里|车上|车中|轿厢[内里]|屋里|井下|楼上|里边)\s*(?:还|共|仍|现)?(?:有|剩|困)?\s*(?:{count_pattern('n')}\s*{PEOPLE}|{FAMILY})"
    )
    found = []
    for match in pattern.finditer(text):
        rest = re.split(r"[。;；!?]", text[match.end() :], maxsplit=1)[0][:14]
        if re.search(rf"(?:都|均|全|已)[^,，]{{0,4}}{SAFE}", rest):
            continue
        mention = _mention("trapped", match, 0, match[0])
        found.append(_Mention("trapped", mention.value, mention.approximate, match.span(), 0.65))
    return found


def _gone(text: str, known: list[_Mention]) -> list[_Mention]:
    """渔船失联,船上9人: the people on board share the fate of the vessel. 5户18人,已全部撤出: so do those named before."""
    found = []
    people = rf"{count_pattern('n')}\s*{PEOPLE}"
    if not any(m.field == "missing" for m in known) and re.search(r"[船机艇][^。;；]{0,6}(?:失联|失踪|沉没)", text):
        match = re.search(rf"[船机艇]上(?:共|有|载有)*{people}", text)
        if match:
            found.append(_Mention("missing", read_count(match["numbern"]).value, False, match.span(), 0.6))
    if not any(m.field == "evacuated" for m in known):
        match = re.search(rf"{people}\s*,\s*(?:已|均|全部|都)+(?:撤出|撤离|转移|疏散)", text)
        if match:
            found.append(_Mention("evacuated", read_count(match["numbern"]).value, False, match.span(), 0.75))
    return found


def _settle(text: str, mentions: list[_Mention]) -> Field:
    if not mentions:
        return NOTHING
    mentions.sort(key=lambda m: m.span)
    corrections = [m for m in mentions if m.corrected]
    told = corrections[-1:] or [m for m in mentions if m.value is not None] or mentions
    if not corrections and len(told) > 1 and (joint := _joint(text, told)):
        return joint
    values = {m.value for m in told}
    best = max(told, key=lambda m: (m.value is not None, m.value or 0, -m.span[0]))
    details: dict[str, object] = {}
    if best.approximate:
        details["approximate"] = True
    if len(values) > 1:
        details["candidates"] = sorted(int(v) for v in values if v is not None)
    if best.value is None:
        details["reason"] = "只说有人，没有说人数"
    confidence = best.confidence * (0.6 if len(values) > 1 else 1)
    start, end = best.span
    value = None if best.value is None else int(best.value)
    return Field(value, best.span, text[start:end], confidence, details)


def _joint(text: str, told: list[_Mention]) -> Field | None:
    """The sum when the text itself adds: 两人烧伤,隔壁一名顾客划伤; 2人受伤,另有3人受伤."""
    first, *others = told
    lead = [text[max(0, m.span[0] - 5) : m.span[0] + 2] for m in others]
    if first.value is None or any(m.value is None for m in others) or not all(re.search("另|隔壁|还有", t) for t in lead):
        return None
    if any(mark in text[first.span[0] : others[-1].span[1]] for mark in "。\n"):
        return None
    value = int(sum(m.value or 0 for m in told))
    end = others[-1].span[1]
    return Field(value, (first.span[0], end), text[first.span[0] : end], 0.7, {"derived": "几处人数相加"})


def _totals(text: str, result: dict[str, Field]) -> dict[str, Field]:
    """What follows by subtraction when the text says 其中: 17人伤亡,其中5人死亡 leaves 12 injured."""
    dead, injured, serious = result["dead"], result["injured"], result["seriously_injured"]
    total = re.search(rf"{count_pattern('n')}\s*{PEOPLE}?(?:的)?伤亡|伤亡(?:共)?{count_pattern('m')}\s*{PEOPLE}", text)
    if total and isinstance(dead.value, int) and injured.value is None:
        count = read_count(total["numbern"] or total["numberm"])
        if count.value is not None and count.value >= dead.value:
            value = int(count.value) - dead.value
            result["injured"] = Field(value, total.span(), total[0], 0.7, {"derived": "伤亡总数减死亡人数"})
    elif (
        isinstance(dead.value, int)
        and isinstance(injured.value, int)
        and injured.span
        and dead.span
        and injured.value >= dead.value
        and re.search(r"中毒|触电|溺水|昏迷", injured.words or "")
        and injured.span[1] <= dead.span[0]
        and (re.search(r"其中", text[injured.span[1] : dead.span[0]]) or _adds_up(text, result))
    ):
        value = injured.value - dead.value
        result["injured"] = Field(value, injured.span, injured.words, 0.7, {"derived": "总人数减其中死亡人数"})
    if isinstance(serious.value, int) and not isinstance(result["injured"].value, int):
        result["injured"] = Field(serious.value, serious.span, serious.words, 0.7, {"derived": "至少为重伤人数"})
    return result


def _adds_up(text: str, result: dict[str, Field]) -> bool:
    """中毒三人,一人死亡两人昏迷: the parts that follow make up the whole."""
    whole, dead = result["injured"].value, result["dead"].value
    parts = [m.value for offset, clause in clauses(text) for m in _counts(clause, offset) if m.field == "injured"]
    return isinstance(whole, int) and isinstance(dead, int) and whole - dead in parts


def _negations(text: str, result: dict[str, Field]) -> None:
    for match in NONE_HURT.finditer(text):
        if match["verb"] or re.match(r"(?:情况)?(?:的)?报告", text[match.end() :]):
            continue
        pending = match["no"] == "暂无"
        details: dict[str, object] = {"provisional": True} if pending else {}
        for name in ("dead", "injured"):
            if result[name].value is None:
                result[name] = Field(0, match.span(), match[0], 0.6 if pending else 0.9, details)
    for name, pattern in NOBODY.items():
        match = pattern.search(text)
        if match and name == "trapped" and STILL_INSIDE.search(text):
            continue
        if match and result[name].value is None:
            result[name] = Field(0, match.span(), match[0], 0.8)
        elif (
            match
            and name == "trapped"
            and result["trapped"].value
            and match.start() >= (result["trapped"].span or (0, 0))[0]
        ):
            # 车上三个人都安全: the count is of those who are out
            result[name] = Field(0, match.span(), match[0], 0.7, {"earlier": result["trapped"].value})


def _unknowns(text: str, result: dict[str, Field]) -> None:
    """Said to be unknown: None, but with the words, so that the officer sees it was asked."""

    def keep(name: str, match: re.Match[str], reason: str) -> None:
        if result[name].value is None and result[name].span is None:
            result[name] = Field(None, match.span(), match[0], 0.9, {"reason": reason})

    if match := PENDING_REPORT.search(text):
        for name in ("dead", "injured"):
            keep(name, match, "未接到报告，不等于没有")
    if match := UNKNOWN["casualties"].search(text):
        for name in ("dead", "injured"):
            keep(name, match, "说明不清楚")
    for name in ("dead", "injured", "missing", "trapped"):
        if match := UNKNOWN[name].search(text):
            keep(name, match, "说明不清楚" if re.search(UNTOLD, match[0]) else "只说有人，没有说人数")


def _lone_drivers(text: str, result: dict[str, Field]) -> None:
    """司机被困 names one person without a count, when one vehicle is spoken of."""
    match = re.search(r"(?<!名)(?:司机|驾驶员|车主)(?:仍|还|均)?(被困|受伤|死亡|身亡|失联|失踪|重伤)", text)
    if not match or "均" in match[0]:
        return
    name = {"被困": "trapped", "受伤": "injured", "重伤": "seriously_injured", "失联": "missing", "失踪": "missing"}
    field = name.get(match[1], "dead")
    if result[field].value is None:
        result[field] = Field(1, match.span(), match[0], 0.6)
