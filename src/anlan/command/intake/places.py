"""Where it happened: names from the gazetteer, and roads, bridges, buildings and units by the grammar of their endings.

A mention is a run of name pieces (古城街道 + 古城南路 + 铁路桥 + 下). Who calls is a place too, but not the place: 古城街道来电 only
lends its region. A name that several places bear is never settled silently: all of them are listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from .spans import NOTHING, Field

LEVELS = {"province": 1, "city": 2, "county": 3, "township": 4, "village": 5}
DIVISION_ENDING = re.compile(
    r"(?:街道办事处|社区居民委员会|社区居委会|居民委员会|村民委员会|居委会|村委会|街道|地区|自治县|社区|镇|乡|村|区|县|市|省)$"
)
ALIAS_SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Place:
    """One gazetteer entry. ``code`` 12 digits, ``level`` province…village, position WGS84 degrees or None."""

    name: str
    code: str
    level: str
    lon: float | None = None
    lat: float | None = None
    aliases: tuple[str, ...] = ()

    @classmethod
    def of(cls, entry: Place | Sequence[object]) -> Place:
        """From a ``Place`` or a row (name, aliases, code, level, lon, lat)."""
        if isinstance(entry, Place):
            return entry
        name, aliases, code, level, lon, lat = entry
        return cls(str(name), str(code), str(level), lon, lat, tuple(aliases or ()))  # type: ignore[arg-type]


class Gazetteer:
    """Names → places, ready for searching a text; build it once and keep it."""

    def __init__(self, entries: Iterable[Place | Sequence[object]]) -> None:
        self.full: dict[str, list[Place]] = {}
        self.short: dict[str, list[Place]] = {}
        for entry in entries:
            place = Place.of(entry)
            self.full.setdefault(place.name, []).append(place)
            plain = DIVISION_ENDING.sub("", place.name)
            names = {*place.aliases, plain, f"{plain}社区" if place.level == "village" else f"{plain}地区"}
            for name in names - {place.name}:
                if len(name) >= ALIAS_SHORTEST:
                    self.short.setdefault(name, []).append(place)
        names_by_length = sorted({*self.full, *self.short}, key=lambda name: (-len(name), name))
        self.pattern = re.compile("|".join(map(re.escape, names_by_length))) if names_by_length else None


ENDING = (
    r"高速公路|高速|国道|省道|县道|公路(?!局)|辅路|大街|大道|环路|环线|西路|东路|南路|北路|中路|西街|东街|南街|北街|胡同|巷|里弄|弄堂|"
    r"路(?![面灯人况过线程由障政边上])|街(?![道边上])|五环|四环|六环|三环|二环|"
    r"特大桥|大桥|立交桥|立交|铁路桥|下凹桥|下凹式立交桥|天桥|过街桥|桥区|桥(?!面)|涵洞|地下通道|通道|隧道|匝道|出入口|"
    r"小区|家园|嘉园|花园|花苑|公寓|别墅|大院|家属院|新村|社区|苑(?!人)|村(?![民口委])|"
    r"有限公司|公司|工业园|产业园|科技园|园区|工厂|厂区|厂(?![房家长])|工地|仓库|库房|加油站|变电站|泵站|电站|基站|水厂|"
    r"医院|卫生院|诊所|学校|中学|小学|大学|学院|幼儿园|养老院|敬老院|福利院|"
    r"地铁站|火车站|公交站|汽车站|车站|客运站|站(?![口厅台点里着])|机场|码头|"
    r"广场|商场|市场|超市|商务区|商业街|饭店|餐馆|酒店|宾馆|大厦|大楼|写字楼|体育馆|体育场|博物馆|电影院|影院|网吧|"
    r"公园|游乐园|游乐场|景区|风景区|水库|湖(?![面水边里])|河(?![水面道边里])|渠(?!道)|沟(?![道通里])|海|江(?![水面])|"
    r"山(?![体火坡洪石区上坳林脚])|寺|庙(?!会)|林场|铁路|大坝|河堤|堤"
)
NAMED = re.compile(ENDING)
EMPTY_STEMS = frozenset(
    [
        "道路",
        "公路",
        "马路",
        "铁路",
        "大街",
        "桥",
        "学校",
        "医院",
        "小区",
        "村",
        "工地",
        "站",
        "厂",
        "公司",
        "山",
        "河",
        "沟",
        "渠",
        "超市",
        "商场",
        "市场",
        "街",
        "路",
        "通道",
        "大楼",
        "出山路",
        "上山路",
        "高速",
        "车站",
        "社区",
        "海",
        "堤",
        "辅路",
        "环路",
        "隧道",
        "涵洞",
        "仓库",
        "公园",
        "工厂",
        "饭店",
        "餐馆",
        "酒店",
        "大院",
        "桥区",
    ]
)
STOP_CHARACTERS = frozenset(
    "在于的了着被把给因由我你他她它这那请派称说有到从往去,，。;；:：、!！?？ \t\n()（）【】[]《》“”\"'+-~～及是也还都又很没未不已将会能要让叫为向对吗呢吧啊呀哎喂您两俩各另"
)
STOP_WORDS = [
    "来电",
    "反映",
    "打来",
    "上报",
    "报告",
    "报称",
    "通报",
    "报",
    "转",
    "接报",
    "发生",
    "发现",
    "位于",
    "地点",
    "地址",
    "附近",
    "导致",
    "造成",
    "以及",
    "正在",
    "正",
    "现在",
    "现场",
    "目前",
    "今天",
    "昨天",
    "刚才",
    "刚刚",
    "刚",
    "大约",
    "大概",
    "约",
    "左右",
    "许",
    "车辆",
    "一辆",
    "辆",
    "司机",
    "群众",
    "市民",
    "居民",
    "有人",
    "路人",
    "网格员",
    "值班员",
    "书记",
    "冲进",
    "掉进",
    "开进",
    "经过",
    "路过",
    "途经",
    "积水",
    "严重",
    "起火",
    "着火",
    "前往",
    "赶往",
    "送往",
    "送",
    "住在",
    "领导",
    "公安",
    "消防",
    "指挥中心",
    "物业",
    "快来",
    "赶紧",
    "紧急",
    "疑似",
    "怀疑",
    "和",
    "与",
    "跟",
    "同",
    "一行",
    "一名",
    "一个",
    "一处",
    "一家",
    "某处",
    "多个",
    "部分",
    "全部",
    "所有",
    "因为",
    "由于",
    "后来",
    "后",
    "前",
    "就",
    "驾驶员",
    "男子",
    "女子",
    "老人",
    "孩子",
    "学生",
    "人员",
    "现",
    "死",
    "伤",
    "名",
    "个",
    "点",
    "分",
    "时",
    "处置",
    "洒",
    "进水",
    "道路",
    "看见",
    "听见",
    "闻到",
    "那边",
    "这边",
    "这里",
    "那里",
    "其中",
    "另外",
    "先说",
    "核实",
    "地方",
    "出现",
    "通知",
    "转移",
    "疏散",
    "失火",
    "漏水",
    "停电",
    "泄漏",
    "工作",
    "人行",
    "涌入",
    "沿",
    "沿着",
    "公里",
    "米",
    "号",
    "两车",
    "三车",
    "车",
    "货车",
    "轿车",
    "客车",
    "公交车",
    "校车",
]
STOP_AT_END = re.compile("(?:" + "|".join(sorted(map(re.escape, STOP_WORDS), key=len, reverse=True)) + ")$")
NAME_CHARACTER = re.compile(r"[\u4e00-\u9fffA-Za-z0-9]")
LONGEST_STEM = 11

DETAIL = re.compile(
    r"(?:[东西南北][侧口门边面头段]|[东西南北]{2}[侧角]|交叉路?口|交叉口|交汇处|十字路口|丁字路口|路口|路段|段(?!时)|口(?=[^\u4e00-\u9fff]|附近|有|发|积|处|车|交|东|西|南|北|内|外|$)|"
    r"主路|辅路|匝道|桥下|桥上|桥区|桥面|后山|山坡|半山腰|山脚|山上|沟口|"
    r"门口|门前|门外|楼前|楼下|楼后|对面|旁边|旁|附近|周边|一带|地区|院内|院里|里面|内(?!涝)|外(?!墙|侧)|下(?=积水|面|有|$|[^\u4e00-\u9fff])|"
    r"地下车库|地下室|地下商场|地库|车库|车棚|电动车棚|楼道|食堂|锅炉房|配电箱|配电室|厨房|站厅|站台|进站口|出站口|"
    r"[A-Za-z]座|[A-Za-z]?\d{1,3}号楼|\d{1,3}号院|\d{1,3}号|\d{1,2}单元|\d{1,3}层|\d{1,3}栋|\d{1,3}幢|\d{2,4}室|[一二三四五六七八九十]{1,3}(?:号楼|单元|层)|"
    r"(?:东西|南北|上行|下行|由东向西|由西向东|由南向北|由北向南)(?:方向)?|方向)"
)
JOIN = re.compile(r"\s*(?:的|一处|一家|某处|某|一个|一)?(?=[\u4e00-\u9fffA-Za-z0-9])")
CROSSING = re.compile(r"\s*(?:与|和|同|跟|至|到)\s*")
CALLER_AFTER = re.compile(
    r"\s*(?:办事处|值班室|值班员|值班|办公室|书记|主任|派出所|居委会|村委会|社区书记)?\s*(?:来电|电话|报告|反映|打来|上报|报称|称|通报|接报|转来|报(?!警|废|刊)|值班员|值班|派出所|书记)"
)
TAKEN_TO = re.compile(r"(?:送往|送至|送到|送|送去|转送|前往|赶往|拉到)$")
CALLER_BEFORE = re.compile(r"(?:我是|我这边是|这里是|接到?|收到|据)$")
NAME_ENDING_AFTER_ALIAS = re.compile(
    rf"(?:[东西南北中新老大小]?(?:{ENDING}|地铁|体育|特钢|现代)|[东西南北](?:里|路|街|区)|游乐|变电|水库|医院|中学|派出所|园(?!区))"
)


@dataclass(slots=True)
class _Piece:
    start: int
    end: int
    kind: str  # region, alias, named, detail
    places: tuple[Place, ...] = ()


@dataclass(slots=True)
class _Mention:
    start: int
    end: int
    pieces: list[_Piece] = field(default_factory=list)
    caller: bool = False
    hospital: bool = False


def recognise_place(text: str, gazetteer: Gazetteer) -> Field:
    """The place of ``text`` (normalised, times and telephone numbers blanked).

    ``value`` is the name as written; details: ``region`` {code, name, level} or None, ``lon``/``lat`` of the region's seat
    (WGS84, approximate) or None, ``candidates`` when several regions bear the name, ``parts`` the other mentions.
    """
    mentions = _mentions(text, _pieces(text, gazetteer))
    real = [m for m in mentions if not m.hospital]
    places = [m for m in real if not m.caller]
    if not places:
        callers = [m for m in real if any(p.places for p in m.pieces)]
        if not callers:
            return NOTHING
        # only the caller's name is known: its area is the best that was said
        return _field(text, callers[0], real, 0.4)
    best = max(places, key=lambda m: (_weight(m, text), -m.start))
    return _field(text, best, real, 0.9)


def _pieces(text: str, gazetteer: Gazetteer) -> list[_Piece]:
    regions: list[_Piece] = []
    if gazetteer.pattern:
        for match in gazetteer.pattern.finditer(text):
            full = gazetteer.full.get(match[0])
            places = tuple(full or gazetteer.short[match[0]])
            regions.append(_Piece(match.start(), match.end(), "region" if full else "alias", places))
    # an alias that only begins a longer name (古城南路, 高井水库) is part of that name, not a region
    kept = [
        piece
        for piece in regions
        if piece.kind == "region"
        or not NAME_ENDING_AFTER_ALIAS.match(text[piece.end : piece.end + 6])
        or _only_detail(text, piece.end)
    ]
    named: list[_Piece] = []
    for match in NAMED.finditer(text):
        start = _stem_start(text, match.start(), kept, named)
        inside = next((p for p in kept if p.start <= match.start() and match.end() <= p.end), None)
        if (
            inside
            or text[start : match.end()] in EMPTY_STEMS
            or (start == match.start() and match.end() - match.start() < 2)
        ):
            continue
        named.append(_Piece(start, match.end(), "named"))
    merged = _without_overlap([*kept, *named])
    details = [_Piece(m.start(), m.end(), "detail") for m in DETAIL.finditer(text)]
    return _without_overlap([*merged, *[d for d in details if not any(_overlap(d, p) for p in merged)]])


def _only_detail(text: str, at: int) -> bool:
    return bool(re.match(r"[东西南北](?:侧|门|口|头)", text[at : at + 2]))


def _stem_start(text: str, end: int, regions: list[_Piece], named: list[_Piece]) -> int:
    """How far a name reaches to the left of its ending: to a stop word, a full region name, another name, or the limit."""
    at = end
    while at > 0 and end - at < LONGEST_STEM:
        character = text[at - 1]
        if character in STOP_CHARACTERS or not NAME_CHARACTER.match(character):
            break
        if STOP_AT_END.search(text[max(0, at - 4) : at]) and not re.search(r"(?:后沙|前门|人民)$", text[:at][-2:]):
            break
        if any(p.end == at for p in regions if p.kind == "region") or any(p.end == at for p in named):
            break
        at -= 1
    while at < end and text[at] in "一1234567890":
        if re.match(r"\d+号(?:线|院|楼)", text[at:]) or re.match(r"\d+国道", text[at:]):
            break
        at += 1
    return at


def _overlap(a: _Piece, b: _Piece) -> bool:
    return a.start < b.end and b.start < a.end


def _without_overlap(pieces: list[_Piece]) -> list[_Piece]:
    """Longest first; the rest that overlap are dropped. A full region name wins over a longer guess that swallows it."""
    order = {"region": 0, "named": 1, "alias": 1, "detail": 2}
    kept: list[_Piece] = []
    for piece in sorted(pieces, key=lambda p: (order[p.kind], p.start - p.end)):
        if not any(_overlap(piece, other) for other in kept):
            kept.append(piece)
    return sorted(kept, key=lambda p: p.start)


def _mentions(text: str, pieces: list[_Piece]) -> list[_Mention]:
    mentions: list[_Mention] = []
    for piece in pieces:
        last = mentions[-1] if mentions else None
        if last and _joined(text, last, piece):
            last.pieces.append(piece)
            last.end = piece.end
        elif piece.kind != "detail" or re.match(r"\d", text[piece.start : piece.end]):
            mentions.append(_Mention(piece.start, piece.end, [piece]))
    for mention in mentions:
        lone_region = all(p.places for p in mention.pieces)
        mention.caller = (
            bool(CALLER_AFTER.match(text[mention.end : mention.end + 10]))
            and (lone_region or "派出所" in text[mention.end : mention.end + 4])
        ) or bool(lone_region and CALLER_BEFORE.search(text[max(0, mention.start - 5) : mention.start]))
        mention.hospital = bool(TAKEN_TO.search(text[max(0, mention.start - 3) : mention.start]))
    return mentions


def _joined(text: str, last: _Mention, piece: _Piece) -> bool:
    between = text[last.end : piece.start]
    if between == "" or JOIN.fullmatch(between):
        return True
    if piece.kind in ("named", "region", "alias") and CROSSING.fullmatch(between):
        return bool(
            re.match(r"(?:交叉|路口|交口|交汇|之间|段)", text[piece.end : piece.end + 3])
        ) or between.strip() in ("至", "到")
    if between == "、" and piece.places and last.pieces[-1].places:
        return True
    return (
        0 < len(between) <= 3
        and piece.kind == "detail"
        and bool(re.fullmatch(r"[\u4e00-\u9fff]{1,3}", between))
        and (not STOP_AT_END.search(between) and not set(between) & STOP_CHARACTERS)
    )


def _weight(mention: _Mention, text: str) -> float:
    kinds = [piece.kind for piece in mention.pieces]
    levels = [LEVELS.get(place.level, 0) for piece in mention.pieces for place in piece.places[:1]]
    weight = (
        3.0 * ("region" in kinds) + 2.0 * ("alias" in kinds) + 2.5 * kinds.count("named") + 0.5 * ("detail" in kinds)
    )
    return weight + 0.3 * max(levels, default=0) - (2 if kinds == ["detail"] else 0)


def _field(text: str, mention: _Mention, everything: list[_Mention], confidence: float) -> Field:
    words = text[mention.start : mention.end]
    region, candidates, sure = _region(mention, everything)
    others = [text[m.start : m.end] for m in everything if m is not mention]
    details: dict[str, object] = {
        "region": {"code": region.code, "name": region.name, "level": region.level} if region else None,
        "lon": region.lon if region else None,
        "lat": region.lat if region else None,
        "candidates": [{"code": p.code, "name": p.name, "level": p.level} for p in candidates],
        "parts": others,
    }
    start, end = mention.start, mention.end
    named = any(p.kind != "detail" for p in mention.pieces)
    return Field(words, (start, end), words, confidence * sure * (1 if named else 0.5), details)


def _region(mention: _Mention, everything: list[_Mention]) -> tuple[Place | None, list[Place], float]:
    """(the region, all that the name could mean, how sure). The most exact named one; other mentions only help to choose."""
    groups = [piece.places for piece in mention.pieces if piece.places]
    if len(groups) > 1 and "、" in _between(mention):
        return None, [place for group in groups for place in group], 0.7
    borrowed = False
    if not groups:
        groups = [piece.places for other in everything for piece in other.pieces if piece.places]
        borrowed = True
    if not groups:
        return None, [], 0.8
    context = [
        place.code for other in everything for piece in other.pieces for place in piece.places if len(piece.places) == 1
    ]
    finest = max(groups, key=lambda group: LEVELS.get(group[0].level, 0))
    fitting = [place for place in finest if _fits(place, context)] or list(finest)
    if len(fitting) == 1:
        return fitting[0], [] if len(finest) == 1 else list(finest), 0.75 if borrowed else 1.0
    return None, fitting, 0.5


def _between(mention: _Mention) -> str:
    return "".join(
        "、"
        for one, two in zip(mention.pieces, mention.pieces[1:], strict=False)
        if two.start - one.end == 1 and one.places and two.places
    )


def _fits(place: Place, codes: list[str]) -> bool:
    """Whether another named region contains the place: its code begins the place's code."""
    return any(
        code != place.code and place.code.startswith(code.rstrip("0")) for code in codes if len(code.rstrip("0")) >= 6
    )
