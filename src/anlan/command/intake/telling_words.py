"""The words by which a talk asks, answers, supposes, corrects itself and goes on about those it spoke of."""

from __future__ import annotations

import re

SPEAKER = re.compile(
    r"(?:^|(?<=[。?!？！\s;；,，]))\s*(?:甲|乙|丙|问|答|[\u4e00-\u9fff]{1,4}(?:员|人|长|队|心|"
    r"台|站|士|生|室|医院))[:：](?!\s*[\d无零一二两三四五六七八九十]{1,4}(?:人|名|$|[,，。;；\s]))"
)
ALL = re.compile(r"都|均|全(?!镇|村|区|身|市|县|国|线)|皆|集体|陆续|一块儿|一起|个个|一个[也都]")
ASKS = re.compile(r"(?<!对吧)(?<!是吧)[?？]|(?<!是)吗$|几个人?$|呢[?？]$")
NO_ANSWER = re.compile(r"\s*(?:报告)?(?:没有?|没了|无|没|没有了)(?:人)?\s*")
SUPPOSED = re.compile(
    r"要是|如果|万一|假如|会不会|有没有|是否|是不是|担心|预计|可能会|再不来|不然|否则|以免|以防|要出人命|"
    r"(?:多少|几个?人?|哪些)[^,，]{0,6}(?:不知|不清|说不|没数|数不|不详|不好|不明)|(?:不知|不清楚|"
    r"说不准|没数)[^,，]{0,4}(?:几个|多少)|(?:死|伤|困|亡)的是|排除|没弄清|看不清|死活"
)
UNCOUNTED = re.compile("(?:几个?人?|多少人?|人数)[^,，]{0,6}(?:不|没数|未知)")
#: What follows in the sentence is supposed too: 要是电梯掉下来,里头有五个人; until it is told how things are.
CONDITION = re.compile("(?:那)?(?:要是|如果|万一|假如|假设|倘若|要不是)")
REALLY = re.compile("现在|目前|已经?|刚|但|可是|不过|眼下|我家|我们家|这会儿")
TAKEN_BACK = re.compile(r"^(?:啊|哦|呃)?(?:不对|不不|错了|说错|不是(?!没)|报错|纠正|数(?:是|了是))")
RECOUNTED = re.compile(
    r"(?:数|核|实际|其实|应该|清点|点|更正|修正|调整|变更|改|仍|维持|升|增|降|减)[^,，]{0,4}(?:是|为|至|到)\s*$"
)
#: Words for one that are said of several too.
SEVERAL = re.compile("工人|[大中小]?学生|员工|乘客|旅客|游客|顾客|孩子|小朋友|患者|客人|队员|行人|路人|民工|战士")
REMAINING = re.compile("剩|余|尚有|仍有")
#: 现7人有症状 after 3人呕吐: the figure as it stands now.
BY_NOW = re.compile("(?:^|[,，])(?:现|目前|现在|至今|截至目前)(?:已|有|共|已有|共有)*$")
CARS_CAUGHT = re.compile(r"[\d一二两三四五六七八九十几]辆?[^,，。\d]{0,3}车[^,，。]{0,4}(被困|受困|被埋|被淹|困住)")
NONE = re.compile(r"\s*[:：]\s*(?:无|零|0(?!\d)|没有)")
OF_ONE = re.compile(r"^(?:两条|双)?[头脑脸鼻眼耳胳手胸腰肋腿脚膝肩背额锁骨]|^没.*(?:呼吸|气|心跳|过来|救活)")
NAMED_ONE = re.compile(r"(死|伤)的(?:那个)?是(?!\d|[一二两三四五六七八九十]+[个名人]$)")
LATER_DEATH = re.compile(r"送医|医院|途中|抢救无效|不治|里头|里面")
