"""The grammar of place names as compiled patterns; its words stand in ``data/places.yaml``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

TABLE = Path(__file__).parent / "data" / "places.yaml"
LONGEST_STEM = 11
NAME_CHARACTER = re.compile(r"[\u4e00-\u9fffA-Za-z0-9]")
PUNCTUATION = frozenset(",，。;；:：、!！?？ \t\n()（）【】[]《》“”\"'+-~～")
JOIN = re.compile(r"\s*(?:的|一处|一家|某处|某|一个|一)?(?=[\u4e00-\u9fffA-Za-z0-9])")
CROSSING = re.compile(r"\s*(?:与|和|同|跟|至|到)\s*")
CROSSING_AFTER = re.compile(r"交叉|路?口|交口|交汇|之间|段")
CALLER_AFTER = re.compile(
    r"\s*(?:教委|卫健委|住建委|城管委|疾控(?:中心)?|应急局|公安分局|消防(?:支队|大队|救援支队)?|交通局|水务局|供电公司|气象台|园林局|办事处|值班室|值班员|值班|办公室|书记|主任|派出所|居委会|村委会|社区书记)?\s*"
    r"(?:来电|电话|报告|反映|打来|上报|报称|称|通报|接报|转来|报(?!警|废|刊)|值班员|值班|派出所|书记)"
)
#: What announces the place itself.
ADDRESS_BEFORE = re.compile(r"(?:地点|地址|位置|事发地|具体位置)(?:是|为|在|位于)?[:：\s]*$")
CALLER_BEFORE = re.compile(r"(?:我是|我这边是|这里是|接到?|收到|据)$")
TAKEN_TO = re.compile(r"(?:送往|送至|送到|送|送去|转送|前往|赶往|拉到)$")
#: A hospital that treats those who were hurt elsewhere.
HOSPITAL = re.compile(r"(?:医院|卫生院|急救中心|急救站|诊所)$")
TREATS_AFTER = re.compile(
    r"\s*(?:急诊科?|值班室)?(?:[:：]|收治|接诊|救治|抢救|说|讲|那边说|来电|报告|报|转来|送来|反映|通报)"
)
#: 3家幼儿园: so many of a kind, no name.
SEVERAL = re.compile(r"(?:\d|[两二三四五六七八九十几多])[家所座处个]$")
DIVISION_ENDING = re.compile(
    r"(?:街道办事处|社区居民委员会|社区居委会|居民委员会|村民委员会|居委会|村委会|街道|地区|自治县|社区|镇|乡|村|区|县|市|省)$"
)
#: 一居民楼, 过街天桥: what it is, without a name.
NAMELESS = re.compile(
    r"^(?:某|一|该|本|我)?(?:居民|住宅|商住)?(?:楼|小区|工地|公司|饭店|超市|学校|仓库|工厂|市场|商场|宾馆|"
    r"酒店|网吧|幼儿园|养老院|过街天桥|天桥|通道|加油站|公园|商铺)$"
)
ROAD_LIKE = re.compile(r"(?:路|街|大街|大道|胡同|桥)$")
SIDE = re.compile(r"[东西南北](?:侧|门|口|头)")


@dataclass(frozen=True, slots=True)
class Grammar:
    """``ending`` finds where names end, ``detail`` what is added to them, ``longer`` that a short name goes on."""

    ending: re.Pattern[str]
    detail: re.Pattern[str]
    longer: re.Pattern[str]
    stop_word: re.Pattern[str]
    stop_characters: frozenset[str]
    empty: frozenset[str]


@cache
def grammar() -> Grammar:
    data = yaml.safe_load(TABLE.read_text("utf-8"))
    ending = "|".join(data["endings"])
    words = sorted({word for row in data["stop_words"] for word in row}, key=len, reverse=True)
    return Grammar(
        ending=re.compile(ending),
        detail=re.compile("|".join(data["details"])),
        longer=re.compile(
            rf"(?:[东西南北中新老大小]?(?:{ending})|[东西南北](?:里|路|街|区)|地铁|体育|游乐|变电|派出所|园(?!区))"
        ),
        stop_word=re.compile("(?:" + "|".join(map(re.escape, words)) + ")$"),
        stop_characters=frozenset(data["stop_characters"])
        | frozenset(",，。;；:：、!！?？ \t\n()（）【】[]《》“”\"'+-~～"),
        empty=frozenset(data["empty"]),
    )
