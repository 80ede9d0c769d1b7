"""Names of places in the running text of a warning: 本市, 房山区, and lists such as 松江、青浦、金山等地.

No gazetteer is needed: a name counts when it ends like a division, when it stands for the issuer's own area, or when it
stands in a list of names that ends like a list of places. Regions are resolved later, by whoever knows them.
"""

from __future__ import annotations

import re

OWN = r"(?:本|我|全)(?:省|市|区|县|自治区)"
ENDING = r"(?:街道|地区|省|市|区|县|旗|乡|镇)"
NAME = r"[\u4e00-\u9fff]"
LISTED = re.compile(rf"{NAME}{{2,14}}(?:、{NAME}{{2,8}})+(?:(?:以?及|和|与){NAME}{{2,8}})?")
PAIR = re.compile(rf"{NAME}{{2,10}}{ENDING}(?:和|与|及){NAME}{{2,6}}{ENDING}")
SINGLE = re.compile(rf"{OWN}|{NAME}{{2,8}}?{ENDING}")
# what may stand before a name without being part of it; the name begins after the last of them
BEFORE = re.compile(
    r"^.*(?:以前|以后|小时内|内|预计|另外|未来|目前|其中|受|影响|今天|今晚|今夜|明天|夜间|白天|上午|下午|前后|时|日|"
    r"有|将|使|对|在|于|到|至|和|及|与|给|导致|造成|联合|继续|发布|因此|为|大部分?|部分|局部|个别|其他|其余)(?=[\u4e00-\u9fff])"
)
AFTER = re.compile(
    r"(?:等(?:区|县|市|地|镇|乡|街道)?|的|地(?!区)|局部|大部|部分|大部分|大部分地区|大部地区|局部地区|南部|北部|东部|西部|中部|"
    r"中西部|及其?周边|已经|将|出现|有|地质灾害.*|乡镇|以及|沿线).*$"
)
NOT_A_PLACE = re.compile(
    r"级|毫米|小时|雷电|降水|降雨|雨量|山洪|滑坡|泥石流|冰雹|阵风|大风|风力|预警|政府|部门|山区|浅山|低洼|[雨雪雾]|^[东南西北中偏]+部|作物|蔬菜|花卉|"
    r"瓜果|育种|平原|地质|天气|积水|防御|强对流|交通|公安|电力|老人|儿童|树木|广告|城区低|县市|过程|乡镇|大部|个别|一次|^[省市区县]|^地区$"
)


def place_names(text: str) -> tuple[str, ...]:
    """The names in ``text`` in their order, each once; words of the forecast are left out rather than guessed at."""
    found: list[tuple[int, str]] = []
    taken: list[tuple[int, int]] = []
    for pattern in (LISTED, PAIR):
        for match in pattern.finditer(text):
            ends_as_places = re.search(rf"{ENDING}|{OWN}", match[0]) or re.match(
                r"等|的|局部|大部|地质|将|有|部分|出现", text[match.end() :]
            )
            cut = AFTER.sub("", match[0].rsplit("、", 1)[-1]) != match[0].rsplit("、", 1)[-1]
            if not (ends_as_places or cut) or _inside(match.start(), taken):
                continue
            taken.append(match.span())
            at = match.start()
            for part in re.split(r"、|以及|和|与|及", match[0]):
                found.append((at, _clean(part)))
                at += 1
    for match in SINGLE.finditer(text):
        if not _inside(match.start(), taken):
            found.append((match.start(), _clean(match[0])))
    names = [name for _at, name in sorted(found, key=lambda pair: pair[0])]
    return tuple(dict.fromkeys(name for name in names if 2 <= len(name) <= 12 and not NOT_A_PLACE.search(name)))


def _inside(at: int, spans: list[tuple[int, int]]) -> bool:
    return any(start <= at < end for start, end in spans)


def _clean(name: str) -> str:
    kept = AFTER.sub("", name)
    if len(kept) >= 2:
        name = kept
    name = BEFORE.sub("", name)
    own = re.search(OWN, name)
    if own:
        # 本区新海镇 names the town; 本市大部 names the city
        rest = name[own.end() :]
        return rest if len(rest) > 1 and re.search(rf"{ENDING}$", rest) else own[0]
    return name
