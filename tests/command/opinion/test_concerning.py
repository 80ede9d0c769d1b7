"""Whom an item concerns: here, another province, nobody; each with its reason."""

from datetime import datetime

import pytest

from anlan.command.intake.places import Gazetteer, Place
from anlan.command.opinion.concerning import concern_of

NOW = datetime.fromisoformat("2016-07-20T13:00:00+08:00")
PLACES = Gazetteer(
    Place(name, code, level)
    for name, code, level in [
        ("北京市", "110000000000", "province"), ("石景山区", "110107000000", "county"), ("古城街道", "110107004000", "township"),
        ("八角街道", "110107003000", "township"),
    ]
)  # fmt: skip


def said(text, **options):
    return concern_of(text, NOW, PLACES, home=("石景山区", "北京市"), own_codes="110107", **options)


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("网友爆料：石景山古城南街桥下积水齐腰深，两辆车被淹", "110107004000"),
        ("古城地铁站进水了！水都到膝盖了", "110107004000"),
        ("八角游乐园附近有人被困水中", "110107003000"),
        ("石景山一小学起火，学生已疏散", ""),
    ],
)
def test_an_emergency_here_is_ours_down_to_the_street(text, region):
    found = said(text)
    assert (found.ours, found.region) == (True, region)
    assert found.why


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("西安古城墙内涝严重", "说的是西安"),
        ("河北唐山古城发生火灾三人死亡", "说的是河北"),
        ("阆中古城进水 游客被困", "可能是外地地名"),
        ("北京暴雨 多条道路积水", "没有说到本地的地名"),
        ("石景山区文化艺术节开幕", "没有说到突发事件"),
        ("某明星演唱会门票开售", "没有说到本地的地名"),
    ],
)
def test_what_is_elsewhere_or_no_emergency_is_left_aside_with_the_reason(text, why):
    found = said(text)
    assert not found.ours
    assert why in "，".join(found.why)


def test_a_street_named_after_a_city_is_no_other_city():
    assert said("石景山南京路餐厅起火").ours
    assert said("古城西安门大街积水").elsewhere == ""


def test_a_local_source_needs_no_place_and_own_words_count():
    assert not said("小区地库进水了").ours
    assert said("小区地库进水了", local=True).ours
    assert said("石景山滴水岩发黑", words={"滴水岩": "自定"}).sensitive == ("滴水岩",)
