"""Who is spoken of: counts of people (三名乘客, 俩, 一家五口), single persons (司机, 我妈), and words for some of those named before."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from .numerals import NUMBER, count_pattern, read_count

_KIN = (
    r"老公公|公公|婆婆|老公|老婆|媳妇|丈夫|妻子|爱人|老伴儿?|对象|男人|爸爸?|妈妈?|爹|娘|父亲|母亲|儿子|女儿|闺女|孙子|孙女|外孙女?|哥哥?|弟弟?|姐姐?|妹妹?|姐夫|妹夫|嫂子|侄子|侄女|外甥女?|"
    r"舅舅?|叔叔?|伯伯?|姑姑?|姨妈?|婶子?|爷爷|奶奶|姥姥|姥爷|外公|外婆|岳父|岳母|丈母娘"
)
_NEAR = r"同事|朋友|工友|邻居|师傅|徒弟|老板娘|老板|房东|室友|队友|同学|老师|领导|工头|班长"
_JOB = (
    r"副驾驶|司机|驾驶员|驾驶人|车主|机手|操作手|操作员|操作工|司炉工|店主|摊主|户主|押运员|伙计|巡逻员|导游|教练|船长|船老大|列车员|乘务员|售票员|"
    r"保安|保姆|护工|厨师|服务员|保洁员?|环卫工?人?|快递(?:员|小哥)|外卖(?:员|小哥)|电工|焊工|木工|瓦工|力工|钳工|检修工|维修工|装修工|清洁工|绑钢筋的|学徒|店员|加油员|收银员|"
    r"消防员|民警|交警|辅警|医生|护士|教师|校长|队员|战士|乘客|乘车人|游客|行人|路人|工人|民工|员工|学生|渔民|船员|驴友|顾客|客人|机长|小偷"
)
_WHO = (
    r"老太太|老大爷|老爷子|老奶奶|老爷爷|老人|老头儿?|老汉|老乡|大爷|大妈|大娘|大嫂|大婶子|老[\u4e00-\u9fff]头(?!发)|钓友|大姐|大哥|大叔|大婶|小伙子?|姑娘|小年轻|年轻人|男子|女子|男人|女人|男孩儿?|女孩儿?|男童|女童|男生|女生|男士|女士|"
    r"小孩儿?|孩子|小朋友|婴儿|幼儿|娃儿?|宝宝|少年|少女|妇女|孕妇|产妇|大肚子|病人|患者|骑车人|驾车人|骑手|男工|女工|同志|流浪汉|拾荒者"
)
#: Many, when no number is told.
MANY = r"居民|村民|群众|人员|师生|职工|旅客|观众|住户|业主|租户|乡亲|家长|大家|大伙儿?|人群|家属"
#: What belongs to somebody or is named after them is not the person: 幼儿园, 学生宿舍, 老人家里.
_THEIRS = r"(?!园|院|病房|宿舍|楼|小区|社区|家(?![人属长])|的家|的车|公寓|餐|食堂|活动|用品|们?的?(?:电话|手机|房|屋|情绪)|证|席|队伍|座)"
#: One person each, without a number.
ALONE = (
    rf"(?:小|大|老)?(?:{_WHO})|(?:(?:我|俺|咱|他|她|你)(?:们)?家?的?|人家)?(?:那个|这个)?(?:小|大|老)?(?:{_KIN})(?:子)?(?![们俩])|(?:我|俺)们?老[大二三四五六七幺]|(?<![\u4e00-\u9fff])老[大二三四五六七幺]|"
    rf"(?:(?:我|俺|咱|他|她)(?:们)?的?)?(?:{_NEAR})|{_JOB}|副驾(?:的|上的?)?|"
    r"(?:开|骑|跟|坐|拉|赶|钓|放|捡|收|遛|扑|摆|做|看|打|养|夜跑|晨练|路过|乘)(?!始|放|心|火|了|着|到|上|下|在|门|电|现|来|去|过|出|点|得|起|不|架|雷|井|水|药)[\u4e00-\u9fff]{1,3}的(?!车|人|事|时|路|地|那|货|三轮|船|大货|大巴|小车|卡车|罐|机)人?|"
    r"(?:(?<![\u4e00-\u9fff])|(?<=[把将给被让]))(?:老|小)[张王李赵刘陈杨黄周吴徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤](?![\u4e00-\u9fff]{0,2}(?:社区|路|家[烧那]|村))|"
    r"[张王李赵刘陈杨黄周吴徐孙马朱胡郭何林高罗郑]某某?|(?:夜跑|晨练|路过|跑步|候车|值班|巡逻)的|[前后]面那[台辆个]的|[前后]排那个|一(?=路人)|(?<![第十一二三四五六七八九\d])一[\u4e00-\u9fff]{0,3}?(?:人员|男子|女子|老人|工人|学徒|妇女|居民|村民)"
)
#: The caller: 就我一个, 我跟我妈, 我手烫了.
SELF = r"(?:(?<![\u4e00-\u9fff])|(?<=[就只有剩]))(?:我|俺)(?=[跟和与在手腿腰脚头脸胳被陷掉摔一自]|$|这边出)"
#: 人没了, 他自己, 男,36岁: one of whom is told nothing more; 有人: nobody knows how many.
SOMEBODY = (
    r"有(?:个|的)?人(?!民|员|说|称|报|反映|看|发现|举报|闻|家|打电话|来|讲|喊(?!救)|跑出来说)|"
    r"(?<![\u4e00-\u9fff\d])(?:那|这|自己)?(?:个)?人(?=[就都已早也还没在被给让叫当一不呢捞找救摔掉昏晕躺埋卡送凉硬死伤走])|(?<=[\u4e00-\u9fff])(?<=[院时说])人(?=[没早已当不就])|(?:(?<![\u4e00-\u9fff])|(?<=[把将给对]))(?:他|她)(?:自己)?(?![们家俩仨爸妈叔的爹])|"
    r"(?<![\u4e00-\u9fff])[男女](?:性|子)?(?=[,，]?\s*约?\d{1,3}岁|\s*$)|整个人"
)
NOUN = rf"(?:(?:被困|失踪|失联|受伤|遇难|受灾|危重|涉险)?(?:人员|群众|人)|{_JOB}|{_WHO}|{_KIN}|{_NEAR}|师生|儿童|青年|男性|女性|摩托车?手|候车的|施工人员|作业人员|泳客|库管|家属|泳者|钓友|观众|官兵|大人|幸存者|患儿|租客|老师傅|小学生|中学生|孤老|扑火队员|巡逻队员|摊贩|商户)"
_CLASSIFIER = r"(?:名|位|口子|口人?|号人|条人命|具|例|个(?!小时|钟头|多小时|月|点(?:儿|钟|[^\u4e00-\u9fff]|$)|村(?!民)|社区|街道|单位|企业|工地|部门|站|路口|地方|地下|房|集装箱|箱|柜|车厢|吊箱|井盖|水泵|洞|大?坑|店|摊(?!贩|主)|大棚|学校|班(?![长组])|工棚|帐篷|窗|台阶|灶|罐|管|泵|孔|标段|学期|项目|问题|单元|组(?!员)|小区|隧道|头发|煤气|液化气|电动|园|乡|镇|县|市|省|字|电话|方向|车道|车间|车库|口子(?=$|[,，。])|接口|阀|门|灯|桩|墩|泡|炮|电(?:话|梯|机|动|箱|瓶)|回合|礼拜|星期|多月|来月|月|办法|样|劲|事|回|边))"
#: What stands between the classifier and the noun: 一个收废品的, 三名受伤乘客, 一个骑车的大姐.
_EPITHET = r"(?:[\u4e00-\u9fff]{1,6}?的)"
COUNTED = rf"{count_pattern('n')}\s*(?:{_CLASSIFIER}\s*(?:{_EPITHET}?(?P<noun>{NOUN})|(?P<epithet>{_EPITHET})(?=[^\u4e00-\u9fff]|$|[{'死伤没被让叫掉摔还都全没未正在一两三四五六七八九十和跟另'}]))?|(?P<noun2>{NOUN})|(?<=[俩仨])(?!月|钟)(?P<noun3>{NOUN}|[\u4e00-\u9fff]{{2,3}}的)?(?![车栋户间台辆头只座条处张家]))"
#: So many without a word for people, between words of harm: 三死五伤, 伤4, 亡：2.
BARE = (
    rf"(?<![\d.\-])(?P<bare>{NUMBER})(?:(?=死(?!者)|亡|重伤|重(?![量点大])|轻(?![轨])|轻?伤|失踪|失联|被困|被埋|活)|"
    r"(?<=[死亡伤困埋踪联重轻][\d一二两三四五六七八九十零])(?=$|[\s,，。;；、()（）]|[死亡伤困失重轻])|"
    r"(?<=[死亡伤困埋踪联重轻][:：了][\d一二两三四五六七八九十零])(?=$|[\s,，。;；、()（）])|(?<=[死亡伤困踪联重轻]\d\d)(?=$|[\s,，。;；、()（）]))"
)
GROUP = (
    r"(?P<couple>[一二两三四五六]男[一二两三四五六]女)|一[家户](?:老小|子)?(?P<family>[两二三四五六七八九十]{1,2})(?:口(?:人|子)?|个(?!孩|娃))|(?P<small>一大一小|一老一小|一男一女)|"
    r"(?P<pair>[\u4e00-\u9fff]?(?<![一二三四五六七八九十])(?:老两口|小两口|两口子|夫妻|夫妇|爷俩|娘俩|哥俩|姐俩|父子|父女|母子|母女|兄弟|姐妹|祖孙|爷孙|婆媳|师徒)(?:俩|二人|两人|两个|两口)?(?P<three>仨|三人|三个)?|娘仨|爷仨|哥仨)"
)
PART_OF = r"(?P<part>(?:其他|其余|余下|剩下|剩|另外?|别)的?(?:人|乘客|孩子|工人|群众|伤员)?|剩的)(?![一二两三四五六七八九十\d俩仨几下外])|(?P<one>(?:那|这|最)?(?:重|轻|大|小|老|男|女|活)的(?:那个)?|(?:死|伤)的那[个位]|(?!)(?![\u4e00-\u9fff]{0,2}[车房火雨风])|第[一二三四五][个人](?!路口)|(?:[杆车楼井床岸桥底地屋树梯][上下里]|[前后旁][边面头]|(?<=着的))那个|另一(?:个|名|位|人)?(?![\u4e00-\u9fff]?[车边侧头]))"
PERSONS = re.compile(
    rf"{GROUP}|{BARE}|{PART_OF}|{COUNTED}|(?P<somebody>{SOMEBODY})|(?P<self>{SELF})|(?P<alone>(?:{ALONE}|(?P<mass>{MANY})){_THEIRS})(?P<many>们|俩)?"
)
#: Who tells, and to whom: not those of whom is told.
TELLS = re.compile(
    r"^(?:[^,，。;；死伤困没晕]{0,3}?(?:说|称|讲|反映|报警|报告|来电|打(?:来|的)?电话|求助|闻|看见|看到|听见|听到|告诉|撬|按着|正按|哭着说|回报|通报|发现(?!时)|举报|急哭)|(?:让|喊|叫)(?:我|他|你|快|派|封|赶)|推开|进去摸)"
)
TOTAL = re.compile(r"(?:共|一共|总共|合计|总计|加起来|累计|先后|连[^,，。]{1,4})(?:有|是|了|约|计|造成)?\s*$")
ANOTHER = re.compile(r"(?:另外?|另有|还有|又|再|隔壁|加上|外加|此外)(?:有|的|了|死|伤|增加?|多了?|发现)*\s*$")
SOME = re.compile(r"(?:其中|里头?|中|当中|里面)(?:的|有|还有|就)?\s*$")
LEFT = re.compile(r"(?:剩下?|余|还差|差|缺|尚有|仍有|还有|只?剩|其余|余下|剩余)(?:了|的)?\s*$")
THOSE = re.compile(r"(?:那|这|[他她它]们?|先前|之前|前面|刚才|原来|原报|此前)(?:报)?的?\s*$")
AND = re.compile(r"^\s*(?:和|跟|与|同|带着?|领着|抱着|还有|及其?|以及|加上?|、|连同)?(?:一共|车上|另外?|其他|的)?\s*$")
UP_TO = re.compile(r"(?:就|只|只有|就是)(?:[他她我]|自己)?\s*$")


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
        and (last.plural or between.strip() in ("", "就", "自己", "约", "共", "各"))
    ):
        if before.endswith("各") and ref.value and last.value:
            return replace(ref, start=last.start, value=ref.value * last.value, noun=last.noun)
        if between.strip() in ("", "就", "自己", "约", "共"):
            return replace(
                ref, start=ref.start if last.kind == "one" else last.start, noun="" if last.noun == "我" else last.noun
            )
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


KINSHIP = re.compile(_KIN + "|孩子|老人")
APPOSED = re.compile(r"[\u4e00-\u9fff\d]{0,5}")
HAPPENS = re.compile(r"[压砸撞埋困死伤救背抱抬拉挖推扶看听找和跟与同带被把给让说在有是从去卡着了]")
#: Those who came to help.
SENT = re.compile(r"出动|调派|派出|增援|已派|派去|前来支援|到场处置|参与(?:救援|扑救)")
CAPACITY = re.compile(r"(?:核载|限载|限乘|核定|可载|定员|核准|实载)\s*$")


def _ref(match: re.Match[str], clause: str, offset: int) -> Ref | None:
    groups = match.groupdict()
    begin = match.start("numbern") if groups["numbern"] else match.start()
    lead = clause[max(0, begin - 7) : begin]
    start, end = offset + match.start(), offset + match.end()
    flags = {
        "some": bool(SOME.search(lead)) or "其中" in clause[:begin],
        "another": bool(ANOTHER.search(lead)),
        "left": bool(LEFT.search(lead)),
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
        )
    if groups["self"]:
        return None if TELLS.match(clause[match.end() :]) else Ref("alone", 1, False, start, end, "我", **flags)
    if alone := groups["alone"]:
        noun = _plain(alone)
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
        or re.search(r"(?:箱|车|柜|船|房|棚|井|洞|罐)(?:有|共|一共)?$", lead)
        and match[0].endswith("个")
    ):
        return None
    about = re.search(
        r"(?:约|大概|大约|估计|近|差不多|可能|至少|起码|不少于|超过?|逾|上)$", clause[max(0, begin - 4) : begin]
    )
    count = read_count((about[0] if about else "") + groups["numbern"] + (groups["moren"] or ""))
    noun = groups["noun"] or groups["noun2"] or groups["noun3"] or groups["epithet"] or ""
    value = None if count.value is None else int(count.value)
    return Ref("count", value, count.approximate, start, end, _plain(noun), **flags)


GENERIC = frozenset({"", "人", "人员", "群众", "一家", "同志"})


def _plain(noun: str) -> str:
    """The noun for comparing: 我妈 and 妈妈, 乘客 and 群众."""
    noun = re.sub(r"^(?:我|俺|咱|他|她|你|那个|这个)(?:们)?(?:家)?的?", "", noun)
    return "" if noun in GENERIC else noun
