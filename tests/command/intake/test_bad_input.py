"""What comes at three in the morning: contradictory, incomplete, abusive, repeated and absurd reports. Never an error, never a figure
that nobody said."""

from __future__ import annotations

import time

import pytest

from anlan.command.intake.places import Gazetteer, Place
from anlan.command.intake.report import parse_report

from .cast import NOW, people, read

STREETS = ("八角街道", "古城街道", "鲁谷街道", "广宁街道", "五里坨街道")
FIVE = Gazetteer(
    [
        *(Place(name, f"11010700{n}000", "township") for n, name in enumerate(STREETS, 1)),
        *(Place("和平村", f"11010700{n}201", "village") for n in range(1, 6)),
    ]
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "？",
        "测试测试，一二三",
        "喂？喂？听得见吗？（断线）",
        "你们都是干什么吃的！！！",
        "😀" * 50,
        "\x00\x01\ufeff",
        "人" * 5000,
        "死" * 300,
    ],
)
def test_what_says_nothing_gives_nothing(text):
    found = parse_report(text, NOW, FIVE)
    assert [found.value(name) for name in ("dead", "injured", "missing", "trapped")] == [None] * 4
    assert found.value("time") is None


def test_a_name_that_five_streets_bear_is_left_open_until_a_street_is_said():
    open_place = parse_report("和平村失火", NOW, FIVE).fields["place"]
    assert open_place.value == "和平村"
    assert open_place.details["region"] is None
    assert len(open_place.details["candidates"]) == 5
    told = parse_report("鲁谷街道和平村失火", NOW, FIVE).fields["place"]
    assert told.details["region"]["code"] == "110107003201"


@pytest.mark.parametrize(
    ("now", "words", "first", "last"),
    [
        ("2016-07-21T00:01:00+08:00", "昨晚", "2016-07-20T18:00", "2016-07-21T00:00"),
        ("2016-07-21T00:01:00+08:00", "刚才", "2016-07-21T00:01", "2016-07-21T00:01"),
        ("2016-07-21T00:01:00+08:00", "昨晚11点50分", "2016-07-20T23:50", "2016-07-20T23:50"),
        ("2016-07-21T00:01:00+08:00", "今天凌晨零点整", "2016-07-21T00:00", "2016-07-21T00:00"),
        ("2016-07-21T00:01:00+08:00", "23时58分", "2016-07-20T23:58", "2016-07-20T23:58"),
        ("2016-01-01T00:01:00+08:00", "12月31日晚11点", "2015-12-31T23:00", "2015-12-31T23:00"),
    ],
)
def test_one_minute_past_midnight(now, words, first, last):
    found = read(f"{words}古城南路积水", now).fields["time"]
    assert str(found.value)[:16] == first
    assert str(found.details.get("latest", found.value))[:16] == last or first == last


def test_what_contradicts_itself_is_shown_with_both_figures():
    found = read("古城南路车祸，死亡2人，后面又说死亡4人")
    assert found.fields["dead"].value == 4
    unsure = read("现场两人受伤。据目击者讲受伤5人")
    assert (unsure.value("injured"), unsure.fields["injured"].details["candidates"]) == (5, [2, 5])
    assert any("不一" in doubt for doubt in unsure.doubts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("更正：死亡2人改为1人", {"dead": 1}),
        ("死亡人数从3人修正为2人，另1人经抢救恢复生命体征", {"dead": 2, "injured": 1}),
        ("前报受伤8人，核减为6人，死亡数不变，仍为1人", {"injured": 6, "dead": 1}),
        ("不是12人受伤，是2人受伤，写错了", {"injured": 2}),
        ("刚才报的死亡3人有误，经医院核实死亡2人", {"dead": 2}),
    ],
)
def test_casualties_that_go_down(text, expected):
    assert people(text) == expected


def test_absurd_figures_stay_what_was_said_or_nothing():
    assert people("来了一条龙，死了一亿人").get("dead") is None, "beyond ten million is no count"
    assert people("死亡-3人") == people("死亡3人")
    assert people("12辆车被困，三户房屋进水，20只羊死了") == {}


def test_repeated_words_count_once():
    once = "古城南路下凹桥积水，两人被困"
    assert people("。".join([once] * 20)) == people(once) == {"trapped": 2}


def test_endless_and_twisted_texts_cost_little_time():
    started = time.process_time()
    for text in ("1" * 4000, "一" * 4000, "死1伤" * 1300, "人、" * 2000, "（" * 4000, "古城" * 2000, "3人受伤，" * 800):
        parse_report(text, NOW, FIVE)
    # about 0.2 s where it was written; a text that costs quadratic time needs minutes
    assert time.process_time() - started < 60


def test_a_number_beyond_belief_is_no_figure_and_the_officer_reads_why():
    dead = parse_report("有100000000人死亡", NOW, FIVE).fields["dead"]
    assert dead.value is None
    assert "不可信" in dead.details["reason"]
