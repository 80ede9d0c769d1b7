"""One line from a tired officer becomes fields; every field shows its words; nothing is invented."""

from __future__ import annotations

import json
import time
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anlan.command.intake.report import ORDER, intake_door, parse_report

from .cast import NOW, gazetteer, read

CALL = "12时40分，古城街道来电，古城南路铁路桥下积水约60公分，两车被困，人员情况不清楚。"


def test_the_call_of_the_storm():
    intake = read(CALL)
    assert intake.value("time") == "2016-07-20T12:40:00+08:00"
    assert intake.value("place") == "古城南路铁路桥下"
    assert intake.fields["place"].details["region"]["code"] == "110107004000"
    assert intake.value("kind") == "X1101"
    assert intake.value("cars") == 2
    assert intake.value("water_depth_cm") == 60
    assert intake.value("source") == "sub_district"


def test_two_cars_are_not_two_people():
    intake = read(CALL)
    assert intake.value("trapped") is None
    assert "trapped" in intake.unknown
    assert "车辆被困，人数未知，请追问" in intake.doubts


def test_said_to_be_unknown_is_none_with_its_words():
    field = read(CALL).fields["dead"]
    assert field.value is None
    assert field.words == "人员情况不清楚"
    assert field.details["reason"]


def test_every_span_points_at_its_words_as_typed():
    text = "1２时４０分　古城南路积水６０ｃｍ，２辆车被困，３人被困"
    for field in read(text).fields.values():
        if field.span:
            assert text[slice(*field.span)] == field.words
    assert read(text).fields["water_depth_cm"].words.endswith("６０ｃｍ")


def test_the_door_has_the_agreed_shape():
    door = intake_door(CALL, NOW, gazetteer())
    json.dumps(door)
    assert list(door["fields"]) == list(ORDER)
    for name in ("time", "place", "kind", "dead", "injured", "missing", "trapped"):
        assert {"value", "span"} <= door["fields"][name].keys()
    assert door["fields"]["time"]["span"] == [0, 6]
    assert set(door["unknown"]) == {n for n, f in door["fields"].items() if f["value"] is None}


def test_a_gazetteer_may_be_plain_rows():
    rows = [("古城街道", ["古城办"], "110107004000", "township", 116.18, 39.91)]
    place = parse_report("古城办辖区积水", NOW, rows).fields["place"]
    assert place.details["region"]["code"] == "110107004000"
    assert (place.details["lon"], place.details["lat"]) == (116.18, 39.91)


ABSURD = ["", "   ", "？？？", "喝多了骂人", "啊" * 10_000, "\x00\ufffd𠮷", "0" * 5000, "死" * 3000]


@pytest.mark.parametrize("text", ABSURD)
def test_absurd_text_gives_an_empty_answer_not_an_error(text):
    intake = read(text)
    assert intake.value("place") is None
    assert all(intake.value(name) is None for name in ("injured", "missing", "trapped", "evacuated"))


def test_very_long_text_is_cut_and_said():
    assert any("4000" in doubt for doubt in read("积水。" * 3000).doubts)


def test_a_clock_without_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        parse_report("积水", datetime(2016, 7, 20), ())


WORDS = (
    "12时40分 昨晚 古城街道 古城南路 积水 两车被困 3人受伤 死亡2人 ， 。 无人员伤亡 近百人 不详 半小时前 "
    "电话13800001111 其中 转移120人 水深1米 起火 号楼 0 万 一 人 车 、 \n"
)
PIECES = st.sampled_from(WORDS.split(" "))


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES | st.text(max_size=3), max_size=14).map("".join))
def test_any_mixture_is_answered_and_never_negative(text):
    intake = read(text)
    for name, field in intake.fields.items():
        if field.span:
            start, end = field.span
            assert 0 <= start < end <= len(text)
            assert text[start:end] == field.words
        if isinstance(field.value, int | float):
            assert field.value >= 0, name
        assert 0 <= field.confidence <= 1
    json.dumps(intake.as_dict())


ODD = [
    "古城南路",
    "3人",
    "两车被困",
    "没有人",
    "一二三",
    "1",
    "死",
    "2人受伤",
    "人员",
    "、",
    "转移",
    "昨晚",
    "路",
    "车里",
    "约",
]


@pytest.mark.parametrize("piece", ODD)
def test_no_text_however_odd_is_read_for_minutes(piece):
    # Not its speed: a pattern that tries every way to cut a long text would not end today.
    started = time.process_time()
    read((piece * 4000)[:4000])
    assert time.process_time() - started < 60
