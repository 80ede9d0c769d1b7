"""Names of regions and of roads, bridges and buildings; an ambiguous name is never settled silently."""

from __future__ import annotations

import pytest

from anlan.command.intake.places import Gazetteer, Place
from anlan.command.intake.report import parse_report

from .cast import NOW, read


def place(text: str):
    field = read(text).fields["place"]
    region = field.details.get("region") or {}
    return field.value, region.get("code")


@pytest.mark.parametrize(
    ("text", "name", "code"),
    [
        ("鲁谷街道衙门口南社区平房进水", "鲁谷街道衙门口南社区", "110107011020"),
        ("古城南路铁路桥下积水", "古城南路铁路桥下", None),
        ("石景山路八宝山地铁站西侧积水", "石景山路八宝山地铁站西侧", None),
        ("鲁谷大街与石景山路交叉口撞车", "鲁谷大街与石景山路交叉口", None),
        ("八角南里社区5号楼3单元起火", "八角南里社区5号楼3单元", "110107003037"),
        ("古城现代嘉园着火", "古城现代嘉园", "110107004000"),
        ("高井水库有人落水", "高井水库", None),
        ("八角街道多个小区停电", "八角街道", "110107003000"),
        ("伤者送石景山医院，古城南街积水", "古城南街", None),
        ("公交车起火", None, None),
        ("路面湿滑，道路不通", None, None),
    ],
)
def test_where(text, name, code):
    assert place(text) == (name, code)


def test_who_calls_lends_the_region_but_is_not_the_place():
    field = read("古城街道来电，古城南路积水").fields["place"]
    assert field.value == "古城南路"
    assert field.details["region"]["name"] == "古城街道"
    assert field.details["parts"] == ["古城街道"]


def test_a_road_is_not_the_community_named_after_it():
    assert place("古城西路积水") == ("古城西路", None)
    assert place("古城西路社区积水") == ("古城西路社区", "110107004038")


FIVE = [Place("建设路社区", f"11010700{n}001", "village") for n in range(1, 6)]
STREETS = [Place(f"第{n}街道", f"11010700{n}000", "township") for n in range(1, 6)]


def test_a_name_in_five_streets_is_not_settled_silently():
    intake = parse_report("建设路社区积水", NOW, Gazetteer([*FIVE, *STREETS]))
    field = intake.fields["place"]
    assert field.details["region"] is None
    assert len(field.details["candidates"]) == 5
    assert "地名对应多个地方，请选择" in intake.doubts


def test_a_street_beside_the_name_settles_it():
    intake = parse_report("第3街道建设路社区积水", NOW, Gazetteer([*FIVE, *STREETS]))
    assert intake.fields["place"].details["region"]["code"] == "110107003001"


def test_several_communities_are_all_listed():
    field = read("水泥厂社区、老古城南社区、天翔社区都进水了").fields["place"]
    assert field.value == "水泥厂社区、老古城南社区、天翔社区"
    assert [c["code"] for c in field.details["candidates"]] == ["110107004027", "110107004034", "110107004007"]


def test_without_a_gazetteer_names_are_still_found():
    assert parse_report("幸福路大桥东侧两车相撞", NOW, ()).value("place") == "幸福路大桥东侧"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("石景山路由西向东古城路口撞车", "石景山路"),
        ("老古城前街有宠物店着火", "老古城前街"),
        ("老山西街与上庄大街路口，货车与电动自行车碰撞", "老山西街与上庄大街路口"),
        ("永定河边有人落水", "永定河边"),
        ("因暴雨金顶街三区一面围墙倒塌", "金顶街三区"),
        ("暴雨致模式口大街积水", "模式口大街"),
        ("首钢园内有人落水", "首钢园内"),
        ("苹果园地铁站A口有人晕倒", "苹果园地铁站A口"),
        ("福寿岭后山发现明火", "福寿岭后山"),
        ("泸定6.8级地震", "泸定"),
        ("石景山医院送来3名中毒患者，在鲁谷一饭店吃的饭", "鲁谷一饭店"),
        ("分布在3家幼儿园", None),
        ("马路对面，18层往外冒黑烟", None),
    ],
)
def test_names_by_their_grammar(text, expected):
    value = read(text).value("place")
    assert value is None if expected is None else expected in str(value)


def test_a_road_lends_no_region():
    for text in ("石景山路由西向东两车相撞", "老古城前街有宠物店着火", "隆恩寺路边坡溜塌"):
        assert read(text).fields["place"].details["region"] is None, text


def test_places_of_one_name_are_offered_with_the_street_that_tells_them_apart():
    street = ("古城街道", (), "110107004000", "township", None, None)
    twins = [("和平社区", (), code, "village", None, None) for code in ("110107004001", "110107003009")]
    found = parse_report("和平社区起火", NOW, Gazetteer([street, *twins])).fields["place"]
    assert [one["within"] for one in found.details["candidates"]] == ["古城街道", ""]
