"""How reports name moments: days, parts of days, clocks, and the words that tell a call or a forecast from the event."""

from __future__ import annotations

import re

#: Clocks differ: a time that is this far ahead is still taken for today; one farther ahead was yesterday, or is a slip of the hand.
AHEAD_MINUTES = 10
#: Until this hour 今晚 may still mean the evening that has just passed.
EVENING_IS_OVER = 6

N = r"(?:\d{1,2}|[零〇一二两三四五六七八九十]{1,3})"
DAY_OF_MONTH = r"\d{1,2}(?:[日号]|(?![\d日号]))"
DAY = (
    rf"(?:(?P<year>\d{{4}})\s*[年/\-.]\s*(?P<month>\d{{1,2}})\s*[月/\-.]\s*(?P<mday>{DAY_OF_MONTH})"
    rf"|(?P<month2>\d{{1,2}})月(?P<mday2>{DAY_OF_MONTH})"
    r"|(?P<dom>\d{1,2})[日号](?![楼院线])"
    r"|(?<![\d.])(?P<month3>\d{1,2})\.(?P<mday3>\d{1,2})(?=日|号|\s*(?:凌晨|清晨|早|上午|中午|下午|傍晚|晚|夜))[日号]?"
    r"|(?P<last>上个?)?(?:[本这]个?)?(?:周|星期|礼拜)(?P<wday>[一二三四五六日天])"
    r"|(?P<rel>今天|今日|今儿个?|今|昨天|昨日|昨儿个?|昨|大前天|前天|前日|前儿|前|当天|当日))"
)
PERIOD_WORDS = {
    "凌晨": (0, 6),
    "清晨": (5, 8),
    "早上": (5, 9),
    "早晨": (5, 9),
    "早": (5, 9),
    "晨": (5, 9),
    "上午": (8, 12),
    "中午": (11, 13),
    "正午": (12, 13),
    "午后": (12, 15),
    "下午": (12, 18),
    "傍晚": (17, 19),
    "晚上": (18, 24),
    "晚间": (18, 24),
    "夜间": (18, 24),
    "夜里": (18, 24),
    "深夜": (22, 24),
    "半夜": (23, 27),
    "后半夜": (0, 5),
    "下半夜": (0, 5),
    "前半夜": (20, 24),
    "擦黑": (17, 20),
    "天亮": (4, 7),
    "午夜": (23, 25),
    "晚": (18, 24),
    "夜": (18, 24),
}
PERIOD = r"(?P<period>" + "|".join(sorted(PERIOD_WORDS, key=len, reverse=True)) + ")"
CLOCK = (
    rf"(?P<hour>{N})\s*(?:点钟?|时)(?!间|段|速)\s*(?:(?P<half>半)|(?P<quarter>[一三])刻|(?P<minute>{N})\s*分?(?!钟|米|之))?(?:整|多|许|左右)?"
    rf"|(?P<hour3>{N})\s*(?:[至到~—]|-{{1,2}})\s*{N}\s*(?:点|时)(?!间|段|速)"
    r"|(?<!\d)(?P<hour2>[01]?\d|2[0-4])[:：](?P<minute2>[0-5]\d)(?::[0-5]\d)?(?!\d)"
)
MOMENT = re.compile(rf"(?P<day>{DAY})?\s*的?(?:{PERIOD})?\s*(?P<clock>{CLOCK})?")
ISO = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::\d\d)?([+-]\d\d:\d\d)?")
AGO = re.compile(
    r"(?:大约|大概|约|差不多)?(?<![\d.一二两三四五六七八九十几半])(?P<amount>\d{1,6}(?:\.\d{1,3})?|[一二两三四五六七八九十几半]{1,6})\s*个?"
    r"(?P<andhalf>半)?(?P<unit>小时|钟头|分钟|刻钟|天)"
    r"(?:零?(?P<minutes>\d{1,2}|[一二两三四五六七八九十]{1,3})分钟?)?(?:多|左右)?(?:之|以)?前"
)
JUST_NOW = re.compile(
    r"刚才(?!我|是说|数|是我|少|也|在(?:急诊|医院)|听)|刚刚(?!收到的?消息|核实|问)|就在刚才|方才|(?<![\u4e00-\u9fff])刚(?![才在核问听得放救送捞到下撤疏转])(?=[\u4e00-\u9fff])"
)
#: Farther on in the text 现在 tells how things stand, not when they happened.
NOW_STANDS_FIRST = 20
NOW_WORDS = re.compile(
    r"(?:^目前|(?<![到直至])现在|此刻|眼下|这会儿(?!没))(?!还?不|情况|是否|还在|仍|就|才)(?<!现在(?=叫|联|一共|一个|上来|全镇|三个|两个|俩))"
    r"(?![^,，。;；]{0,2}(?:死|伤|失联|失踪|\d))"  # what is known by now; not when it happened
)
CALL_AFTER = re.compile(r"^[\s,，]*(?:许|左右|分)?[\s,，]*(?:我[办中心局]*)?(?:接|接到|接报|收到|来电|报告称|报称)")
CALL_BEFORE = re.compile(r"(?:接报|接警|来电|报警|上报|报告|值班)(?:时间)[:：是为\s]*$")
#: Not the event itself: who arrived, when it was over, what led to it (大前天夜里那场雨). Another time in the text goes before these.
CONSEQUENCE_AFTER = re.compile(
    r"^[\s,，]*(?:许|左右|前|后)?[^,，。;；\d]{0,4}(?:到场|到达|赶到|抵达|扑灭|灭火|熄灭|处置完毕|结束|恢复|解除|找到|找着|下山|归来|撤离|到家|救出|救起|送医|"
    r"转移|疏散|通车|通报|上报|不治|抢救)"
    r"|^的?那[场次]"
)
FORECAST_AFTER = re.compile(r"^\s*(?:左右|许)?(?:发布|预计|预报|将|前(?:完成|撤|转|到位|报))")
FORECAST_BEFORE = re.compile(
    r"(?:[明后]天|[明次]日?|后日|预计|预报|将于|计划|预测|拟于?|准备|到|至|截至|截止|前往)\s*$"
)
TOLD_THEN = re.compile("(?:我|我们|就|你们?|他们?)[^,，。]{0,5}(?:说过|报过|打过|反映过|说的|报的)")
DURATION_AFTER = re.compile(r"^\s*(?:内|降雨|雨量|累计|以来)")
WEEKDAYS = {word: number for number, word in enumerate("一二三四五六日")} | {"天": 6}
