"""Who reports, and on which number: 古城街道来电, 110指挥中心转, 网格员上报, 联系电话…"""

from __future__ import annotations

import re

from .spans import NOTHING, Field

PHONE = re.compile(
    r"(?<!\d)(?:1\d{2}[- ]?\d{4}[- ]?\d{4}|0\d{2,3}[- ]?\d{7,8}|(?<=电话)[::]?\s*\d{7,8}|(?<=联系)\s*\d{7,8}"
    r"|[2-8]\d{7})(?!\d)"
)
SAYS = r"(?=来电|报告|报称|上报|值班|电话|打来|书记|反映|报(?!警))"
PATTERNS = {
    "hotline_110": r"(?:公安)?110(?!千伏|k[Vv]|K[Vv]|路|米|国道|\d)(?:指挥中心)?|公安(?:分局|指挥中心|机关)?(?=通报|转|来电|报)",
    "hotline_119": r"119(?:指挥中心)?|消防(?:支队|大队|救援站|指挥中心)?(?=通报|转|来电|报)",
    "hotline_120": r"120(?:急救中心|指挥中心)?(?=来电|通报|转|报)|急救中心(?=来电|通报|转|报)",
    "hotline_12345": r"12345|市民热线|接诉即办",
    "hotline_12350": r"12350",
    "grid": r"网格员(?:[\u4e00-\u9fff]{0,4})(?=上报|报告|反映|发现|来电|报)|网格员",
    "sensor": r"(?:传感器|监测设备|烟感|水位计|视频巡查|探头|物联网)(?:报警|告警|监测)?",
    "media": r"网传|微博|抖音|微信群|网民|舆情|媒体",
    "sub_district": rf"[\u4e00-\u9fff]{{2,8}}?(?:街道|镇|乡)(?:办事处|值班室|值班员|办)?{SAYS}",
    "community": rf"[\u4e00-\u9fff]{{2,12}}?(?:社区|村)(?:居委会|村委会|书记|主任|值班员)?{SAYS}",
    "unit": (
        r"(?:物业|单位|学校|工地|企业|派出所|[\u4e00-\u9fff]{2,8}?(?:公司|派出所|医院))"
        r"(?=打来|来电|报告|上报|反映|报(?!警)|,|，)"
    ),
    "public": (
        r"(?:群众|市民|居民|路人|司机|业主|村民|热心人|过路人|有人)"
        r"(?=报警|来电|反映|报称|报告|打来|举报|拨打|称)"
    ),
}
SOURCES = tuple((name, re.compile(pattern)) for name, pattern in PATTERNS.items())


def recognise_phone(text: str) -> Field:
    """The first telephone number, digits and hyphens as typed."""
    match = PHONE.search(text)
    if not match:
        return NOTHING
    number = match[0].lstrip(": ")
    start = match.end() - len(number)
    return Field(number, (start, start + len(number)), number, 0.9)


def recognise_source(text: str) -> Field:
    """The kind of source with its words: ``hotline_110`` … ``public``; the earliest one named counts."""
    best: tuple[int, str, re.Match[str]] | None = None
    for name, pattern in SOURCES:
        match = pattern.search(text)
        if match and (best is None or match.start() < best[0]):
            best = (match.start(), name, match)
    if best is None:
        return NOTHING
    _at, name, match = best
    return Field(name, match.span(), match[0], 0.8)
