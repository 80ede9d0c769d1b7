"""People are counted, things are not people, silence is not zero."""

from __future__ import annotations

import pytest

from .cast import people, read


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("造成2人死亡、11人受伤", {"dead": 2, "injured": 11}),
        ("死亡2人，受伤5人，失踪1人", {"dead": 2, "injured": 5, "missing": 1}),
        ("死亡2人受伤5人", {"dead": 2, "injured": 5}),
        ("3人死亡5人受伤", {"dead": 3, "injured": 5}),
        ("造成三死五伤一失踪", {"dead": 3, "injured": 5, "missing": 1}),
        ("5人受伤，其中重伤2人", {"injured": 5, "seriously_injured": 2}),
        ("重伤2人", {"injured": 2, "seriously_injured": 2}),
        ("有3名群众被困", {"trapped": 3}),
        ("被困人员3名", {"trapped": 3}),
        ("电梯困人，里面有一家三口", {"trapped": 3}),
        ("两人被困，一人受伤已送医院", {"trapped": 2, "injured": 1}),
        ("失联6人，已找到2人（1人遇难）", {"missing": 4, "dead": 1}),
        ("冲走9人，已找到6人，其中3人遇难，其余3人在搜", {"missing": 3, "dead": 3}),
        ("一千二百余名群众转移", {"evacuated": 1200}),
        ("转移8户23人", {"evacuated": 23}),
        ("转移群众1,050人", {"evacuated": 1050}),
        ("共造成17人伤亡，其中5人死亡", {"dead": 5, "injured": 12}),
        ("4人中毒,其中1人死亡", {"dead": 1, "injured": 3}),
        ("1名居民触电身亡", {"dead": 1}),
        ("死亡人数由3人上升至5人", {"dead": 5}),
        ("先说有5人被困，后核实为3人被困", {"trapped": 3}),
        ("无人员伤亡", {"dead": 0, "injured": 0}),
        ("没有人受伤，无人员被困", {"injured": 0, "trapped": 0}),
        ("两车被困", {}),
        ("三辆轿车被淹，两台车熄火", {}),
        ("死了200多只鸡", {}),
        ("被困人数不详", {}),
        ("有人被困", {}),
        ("电话13800001111", {}),
    ],
)
def test_counts(text, expected):
    assert people(text) == expected


def test_nearly_a_hundred_is_a_hundred_and_says_so():
    field = read("近百人被困").fields["trapped"]
    assert field.value == 100
    assert field.details["approximate"] is True


def test_dozens_is_no_number():
    assert read("数十名群众被困").value("trapped") is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("被困人数不详", "trapped"),
        ("有老人被困", "trapped"),
        ("伤员人数不详", "injured"),
        ("伤亡情况暂不清楚", "dead"),
        ("暂未接到人员伤亡报告", "dead"),
    ],
)
def test_what_was_said_to_be_unknown_keeps_its_words(text, name):
    field = read(text).fields[name]
    assert field.value is None
    assert field.span is not None
    assert field.details["reason"]


def test_no_report_of_casualties_is_not_no_casualties():
    assert read("暂未接到人员伤亡报告").value("dead") is None
    assert read("无人员伤亡报告").value("dead") is None


@pytest.mark.parametrize("text", ["暂无人员伤亡", "暂未发现人员伤亡", "未发现人员伤亡"])
def test_for_now_none_is_zero_but_provisional(text):
    field = read(text).fields["injured"]
    assert field.value == 0
    assert field.details["provisional"] is True


def test_contradictory_counts_are_both_shown():
    intake = read("2人受伤。后来又听说5人受伤")
    assert intake.fields["injured"].details["candidates"] == [2, 5]
    assert any("前后说法不一" in doubt for doubt in intake.doubts)


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("两车被困", "cars", 2),
        ("淹了五六辆车", "cars", 5),
        ("一辆大客车与面包车相撞", "cars", 2),
        ("烧毁电动车7辆", "cars", None),
        ("倒塌房屋11间", "houses", 11),
        ("冲毁房屋3间", "houses", 3),
        ("水深约半米", "water_depth_cm", 50),
        ("水深1米2", "water_depth_cm", 120),
        ("积水三十多公分", "water_depth_cm", 30),
        ("路面塌陷，坑深3米", "water_depth_cm", None),
        ("过火面积约10平米", "area_m2", 10),
        ("过火约2亩", "area_m2", 1333.3),
    ],
)
def test_things_have_fields_of_their_own(text, name, value):
    assert read(text).value(name) == value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # people who were got out are not trapped any more; how many of some were, is not reckoned
        ("救援人员已成功营救被困群众7人", {"rescued": 7}),
        ("3人被困，均已安全脱险", {"trapped": 0, "rescued": 3}),
        ("被困12人，已救出8人，还有4人在里面", {"trapped": 4, "rescued": 8}),
        ("压住3个避雨的，剩下一个还压着", {"trapped": 1}),
        ("32名工人升井30名，2名被困", {"trapped": 2}),
        ("压了四台车，车里没人", {"trapped": 0}),
        # found again
        ("原报3人失联，现已全部取得联系", {"missing": 0}),
        ("3名工人失踪，后2人找到，1人仍失踪", {"missing": 1}),
        ("有老人走失，82岁，穿灰上衣", {"missing": 1}),
        # who shares a fate
        ("司机及3名乘客受伤", {"injured": 4}),
        ("有一名孕妇和一名婴儿被困", {"trapped": 2}),
        ("司机和副驾驶都卡住了", {"trapped": 2}),
        ("我爱人烧伤了，孩子脸上划了口子", {"injured": 2}),
        # a count to each place or vehicle
        ("A车3人受伤，B车2人受伤", {"injured": 5}),
        ("甲地死亡2人、乙地死亡1人", {"dead": 3}),
        # the cause counts all, the worst of them are among them
        ("17人被蜇，1人休克", {"injured": 17}),
        ("顶伤3个人，1个肋骨断了", {"injured": 3}),
        ("砸了六七个娃，有一个胳膊断了，其他都是擦伤", {"injured": 6}),
        ("伤者中3人重伤、9人轻伤，无生命危险", {"injured": 12, "seriously_injured": 3}),
        # the dead are not injured
        ("9人受伤送往医院，其中1人因伤势过重死亡", {"dead": 1, "injured": 8}),
        ("共8人送医，2人抢救无效死亡，6人在治", {"dead": 2, "injured": 6}),
        ("当场死亡1人，1人送医后死亡", {"dead": 2}),
        # corrections
        ("初报死亡5人，经核实为4人", {"dead": 4}),
        ("死亡人数不是3人，是2人", {"dead": 2}),
        # words that people say
        ("一个没了俩重伤", {"dead": 1, "injured": 2, "seriously_injured": 2}),
        ("人当场就没了", {"dead": 1}),
        ("1死2伤3失踪4被困", {"dead": 1, "injured": 2, "missing": 3, "trapped": 4}),
        ("重三轻五亡零", {"dead": 0, "injured": 8, "seriously_injured": 3}),
        ("伤：2。亡：无。困：无。失联：无", {"dead": 0, "injured": 2, "missing": 0, "trapped": 0}),
        ("疏散了两栋楼的住户，大概三百五六十人", {"evacuated": 350}),
        # nobody
        ("近3年已有5人死于交通事故", {}),
        ("应急演练脚本：3人被困，1人受伤", {}),
        ("有人造谣说死了十几个人，没这回事", {}),
    ],
)
def test_general_rules(text, expected):
    assert people(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # one person after another; a pronoun, a bystander, the same one named again
        ("一个没气了，另一个腿断了", {"dead": 1, "injured": 1}),
        ("我老公下窖拿白菜到现在没声，我公公下去拉他也不吭声了", {"trapped": 2}),
        ("我妈在阳台上，屋里全是火，就她一个人在家", {"trapped": 1}),
        ("司机当场就不行了，副驾的腿断了卡着", {"dead": 1, "injured": 1, "trapped": 1}),
        ("俩孩子掉河里了，一个拉上来了，另一个没影", {"missing": 1, "rescued": 1}),
        # some of those who were named, and the rest
        ("车上拉了七个工人，死了一个，伤了四个，剩下的没伤", {"dead": 1, "injured": 4}),
        ("五个人埋在里面，挖出来三个，两个没气了", {"dead": 2, "trapped": 2, "rescued": 1}),
        ("下去三个工人，两个没上来，井里味大", {"trapped": 2}),
        ("一死四伤，不过伤的里头有一个刚才也没了", {"dead": 2, "injured": 3}),
        # dialogue: an answer takes the fate of its question
        ("甲：伤几个？乙：俩。甲：死人没有？乙：没有", {"dead": 0, "injured": 2}),
        ("值班员：屋里还有人吗？报警人：还有俩，我妈跟我闺女，烟大出不来", {"trapped": 2}),
        # corrections in talk
        ("两个受伤，不对，是三个", {"injured": 3}),
        ("不是一个，是四个，都在那车里头，没出来", {"trapped": 4}),
        ("困了九个不是七个", {"trapped": 9}),
        # who is together
        ("司机没了，后座娘俩擦破点皮", {"dead": 1, "injured": 2}),
        # those named one after another share what is told of all; the dead complete a first count
        ("我跟我侄子，我侄媳妇，还有他家俩娃，都在电梯里头", {"trapped": 5}),
        ("伤员四名，一名来院已死亡，其余三人留观", {"dead": 1, "injured": 3}),
        ("埋压工人9人，已救出6人，其中2人死亡、4人受伤，尚有3人失联", {"dead": 2, "injured": 4, "missing": 3}),
        ("三车被困，共9人，已转移6人", {"trapped": 3}),
        ("今晨3人呕吐腹泻，现7人有症状", {"injured": 7}),
        ("前报“被困6人”更正为被困3人", {"trapped": 3}),
        # what is listed behind one word of none is none; a bump says nothing of people shut in
        ("厨房起火，无人员伤亡被困", {"dead": 0, "injured": 0, "trapped": 0}),
        ("电动三轮侧翻，驾驶人轻伤自行离开", {"injured": 1, "trapped": None}),
        # who helps, who asks and what is only supposed is nobody who is hurt
        ("轿车被淹熄火，车内一名乘客由路人救出", {"trapped": None, "rescued": 1}),
        ("要是电梯掉下来，里头有五个人，能不能赔", {"trapped": None, "injured": None}),
        ("前几年就那儿淹死过人，仨学生，今儿又有几个半大小子在那儿游", {"dead": None}),
        ("楼上还有老人下不来，具体几人不清楚", {"trapped": None}),
        # things and beasts are not people
        ("羊淹死二十只，人没事", {}),
        ("房子没了三间，车掉坑里了", {}),
    ],
)
def test_who_is_spoken_of_is_carried_through_a_talk(text, expected):
    found = people(text)
    assert {name: found.get(name) for name in expected} == expected
    assert {name for name, value in found.items() if value} <= {*expected, "rescued", "evacuated"}
