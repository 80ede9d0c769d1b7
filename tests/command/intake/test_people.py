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
