"""Counts of things and measures: vehicles, houses, depth of water in centimetres, area in square metres."""

from __future__ import annotations

import re

from .numerals import count_pattern, read_count
from .spans import NOTHING, Field

VEHICLE = (
    r"(?:小轿车|轿车|小汽车|小客车|大客车|客车|公交车|校车|出租车|大货车|小货车|货车|卡车|渣土车|面包车|槽罐车|罐车|油罐车|"
    r"私家车|越野车|皮卡|小面|观光车|运兵车|网约车|搅拌车|环卫车|洒水车|工程车|救护车|消防车|商务车|旅游车|大巴车?|中巴车?|社会车辆|车辆|车)"
)
LIGHT_VEHICLE = re.compile(r"电动自行车|电动车|自行车(?!馆|道)|摩托车|三轮车?|电瓶车|婴儿车|推车")
CARS_BEFORE = re.compile(
    rf"{count_pattern('n')}\s*(?P<measure>辆|台|部)(?!电动|自行|摩托|三轮)(?P<between>[\u4e00-\u9fff]{{0,5}}?)(?P<noun>{VEHICLE})"
    rf"|{count_pattern('b')}\s*(?P<bare>车|小车|轿车|货车|客车)(?!道|库|次|站|间|位|主|流|厢)"
    rf"|{count_pattern('d')}\s*(?:辆|台车)(?!电动|自行|摩托|三轮)"
)
CARS_AFTER = re.compile(rf"(?P<noun>{VEHICLE})(?:约|共|受?损)?{count_pattern('n')}\s*(?:辆|台)")
TWO_KINDS = re.compile(
    rf"一?辆?{VEHICLE}(?:与|和|同|跟)(?:一辆|另一辆)?[\u4e00-\u9fff]{{0,3}}?{VEHICLE}(?:相撞|碰撞|追尾|刮蹭|剐蹭|相刮|发生)"
)
#: Vehicles that came to help, and what is done with the wreck, are no damage.
RESCUERS = re.compile(r"出动|调派|派出?|增援|消防车|救护车|去了|赶到|警车|抢险车|铲车|清障车")
GENERIC = frozenset({"车", "车辆", "社会车辆"})

HOUSES = re.compile(
    rf"(?:房屋|民房|平房|住房|农房|房子|居民房|危房|厂房)(?:倒塌|倒|塌|损坏|受损|损毁|被毁|进水|坍塌|冲毁)?(?:了|约|共|达)?{count_pattern('a')}\s*(?:间|栋|座|幢|户)"
    rf"|(?:倒塌|冲毁|损毁|坍塌|垮塌)(?:了|房屋|民房|平房|住房|约|共)*{count_pattern('b')}\s*(?:间|栋|幢)"
    rf"|(?:烧|毁|塌|冲|埋|没|淹)(?:毁|掉|没|坏|塌)?了\s*{count_pattern('d')}\s*(?:间|栋|座|幢|户)"
    rf"|{count_pattern('e')}\s*(?:户|间|栋)(?:被埋|被毁|倒塌|垮塌|烧毁)"
    rf"|{count_pattern('g')}\s*(?:户|间|栋)(?:人家|房屋)?(?:被)?(?:全)?(?:烧|毁|塌|倒)"
    rf"|(?:房子?|房屋|平房|瓦房)(?:塌|没|倒)了\s*{count_pattern('f')}\s*(?:间|栋|座|幢)"
    rf"|{count_pattern('c')}\s*(?:间|栋|座|幢|户)(?:[\u4e00-\u9fff]{{0,3}}?)(?:房屋|民房|平房|住房|农房|房子|楼房|[东南西北正]屋)"
)
DEPTH = re.compile(
    rf"(?:水深|积水|淹水|进水|水位|深度|水有|水到|水没|深)(?:[\u4e00-\u9fff]{{0,9}}?)[,约]{{0,2}}(?:估摸|大概|大约)?"
    rf"(?:(?P<half>半)\s*(?P<halfunit>米)|{count_pattern('n')}\s*(?P<unit>米|m|厘米|公分|cm|CM|厘)(?P<rest>\d|[一二三四五六七八九半])?(?P<over>多|以上|左右)?)(?!长|宽|高|外|远|处)"
)
AREA = re.compile(rf"{count_pattern('n')}\s*(?P<unit>平方米|平米|㎡|平方公里|公顷|亩|平方)")
SQUARE_METRES = {"平方米": 1, "平米": 1, "㎡": 1, "平方": 1, "亩": 2000 / 3, "公顷": 10_000, "平方公里": 1_000_000}
#: 水位涨了一米五, 超汛限1.2米: by how much it rose, not how deep it is.
RISE = re.compile(r"[涨升降落高]|超(?!过)|低于|警戒|汛限")
DRY_CONTEXT = re.compile(r"坑|(?<!涵)洞|塌陷|沟深|基坑|井深")


def recognise_things(text: str) -> dict[str, Field]:
    """``cars``, ``houses``, ``water_depth_cm``, ``area_m2`` of ``text`` (normalised and masked)."""
    return {
        "cars": _cars(text),
        "houses": _houses(text),
        "water_depth_cm": _depth(text),
        "area_m2": _area(text),
    }


def _cars(text: str) -> Field:
    if match := TWO_KINDS.search(text):
        return Field(2, match.span(), match[0], 0.8)
    by_noun: dict[str, tuple[float, bool, tuple[int, int]]] = {}
    for match in [*CARS_BEFORE.finditer(text), *CARS_AFTER.finditer(text)]:
        groups = match.groupdict()
        number = groups.get("numbern") or groups.get("numberb") or groups.get("numberd")
        more = groups.get("moren") or groups.get("moreb") or groups.get("mored") or ""
        tail = text[match.start() : match.end() + 3]
        if RESCUERS.search(text[max(0, match.start() - 8) : match.end() + 2]):
            continue
        if number is None or LIGHT_VEHICLE.search(text[match.start() : match.end()]) or LIGHT_VEHICLE.match(tail):
            continue
        if LIGHT_VEHICLE.search(text[max(0, match.start() - 5) : match.start() + 2]) and match["noun"] in (None, "车"):
            continue
        count = read_count(number + more)
        if count.value is None:
            continue
        noun = groups.get("noun") or groups.get("bare") or "车"
        noun = "车" if noun in GENERIC else noun
        if noun not in by_noun or count.value > by_noun[noun][0]:
            by_noun[noun] = (count.value, count.approximate, match.span())
    if not by_noun:
        return NOTHING
    special = {noun: entry for noun, entry in by_noun.items() if noun != "车"}
    value = sum(entry[0] for entry in special.values())
    generic = by_noun.get("车")
    if generic and generic[0] > value:
        value = generic[0]
    chosen = list(special.values()) or [by_noun["车"]]
    if generic and generic[0] >= value:
        chosen = [generic]
    start, end = chosen[0][2]
    details: dict[str, object] = {"approximate": True} if any(entry[1] for entry in chosen) else {}
    return Field(int(value), (start, end), text[start:end], 0.7 if details else 0.85, details)


def _houses(text: str) -> Field:
    match = HOUSES.search(text)
    if not match:
        return NOTHING
    groups = match.groupdict()
    number = next((groups[f"number{key}"] for key in "abcdefg" if groups.get(f"number{key}")), None)
    count = read_count(number or "")
    value = None if count.value is None else int(count.value)
    return Field(value, match.span(), match[0], 0.8, {"approximate": True} if count.approximate else {})


def _depth(text: str) -> Field:
    best: Field = NOTHING
    for match in DEPTH.finditer(text):
        if RISE.search(match[0]):
            continue
        if DRY_CONTEXT.search(text[max(0, match.start() - 8) : match.start()]):
            continue
        if match["half"]:
            value: float = 50
            about = True
        else:
            count = read_count(match["numbern"])
            if count.value is None:
                continue
            metres = match["unit"] in ("米", "m")
            value = count.value * (100 if metres else 1)
            if match["rest"]:
                rest = 5 if match["rest"] == "半" else (read_count(match["rest"]).value or 0)
                value += rest * (10 if metres else 0.1)
            about = count.approximate or bool(match["over"] or match["moren"])
        if value > 3_000:
            continue
        if best.value is None or value > best.value:  # type: ignore[operator]
            best = Field(round(value, 1), match.span(), match[0], 0.85, {"approximate": True} if about else {})
    return best


def _area(text: str) -> Field:
    match = AREA.search(text)
    if not match:
        return NOTHING
    count = read_count(match["numbern"] + (match["moren"] or ""))
    if count.value is None:
        return NOTHING
    value = round(count.value * SQUARE_METRES[match["unit"]], 1)
    return Field(value, match.span(), match[0], 0.8, {"approximate": True} if count.approximate else {})
