"""Clocks and nights, relative to the moment of typing."""

from __future__ import annotations

import pytest

from .cast import read


def when(text: str, now: str = "2016-07-20T13:00:00+08:00") -> object:
    value = read(text, now).value("time")
    return None if value is None else str(value)[:16]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12时40分积水", "2016-07-20T12:40"),
        ("12:40积水", "2016-07-20T12:40"),
        ("12：40积水", "2016-07-20T12:40"),
        ("十二点四十分积水", "2016-07-20T12:40"),
        ("今天上午十点半左右积水", "2016-07-20T10:30"),
        ("11点一刻积水", "2016-07-20T11:15"),
        ("昨天下午3点半积水", "2016-07-19T15:30"),
        ("昨晚11点20积水", "2016-07-19T23:20"),
        ("昨夜两点积水", "2016-07-20T02:00"),
        ("凌晨2点多积水", "2016-07-20T02:00"),
        ("中午一点积水", "2016-07-20T13:00"),
        ("半小时前积水", "2016-07-20T12:30"),
        ("一个半小时前积水", "2016-07-20T11:30"),
        ("10分钟前积水", "2016-07-20T12:50"),
        ("刚才积水", "2016-07-20T13:00"),
        ("2016年7月20日9时05分许积水", "2016-07-20T09:05"),
        ("7月19日22时15分积水", "2016-07-19T22:15"),
        ("19日22时积水", "2016-07-19T22:00"),
        ("2016-07-20 09:05:00积水", "2016-07-20T09:05"),
        ("积水", None),
        ("3小时降雨50毫米", None),
        ("预计下午3点雨停", None),
        ("1.2米深积水", None),
        ("第3点建议", None),
    ],
)
def test_a_moment_is_read(text, expected):
    assert when(text) == expected


@pytest.mark.parametrize(
    ("text", "now", "expected"),
    [
        ("昨晚十点积水", "2016-07-21T00:01:00+08:00", "2016-07-20T22:00"),
        ("昨晚积水", "2016-07-21T00:01:00+08:00", "2016-07-20T18:00"),
        ("今晚9点40积水", "2016-07-21T00:20:00+08:00", "2016-07-20T21:40"),
        ("零点十五分积水", "2016-07-21T00:40:00+08:00", "2016-07-21T00:15"),
        ("23点50积水", "2016-07-21T00:05:00+08:00", "2016-07-20T23:50"),
        ("8点积水", "2016-07-20T21:00:00+08:00", "2016-07-20T20:00"),
        ("8点积水", "2016-07-20T09:00:00+08:00", "2016-07-20T08:00"),
        ("31日22时积水", "2016-08-01T01:00:00+08:00", "2016-07-31T22:00"),
        ("12月31日23时积水", "2017-01-01T00:10:00+08:00", "2016-12-31T23:00"),
    ],
)
def test_midnight_and_month_ends(text, now, expected):
    assert when(text, now) == expected


def test_a_part_of_the_day_is_a_stretch_and_says_so():
    field = read("昨晚积水", "2016-07-21T00:01:00+08:00").fields["time"]
    assert field.details["precision"] == "period"
    assert field.details["latest"] == "2016-07-21T00:00:00+08:00"
    assert field.confidence <= 0.5


def test_the_time_of_the_call_is_not_the_time_of_the_event():
    intake = read("12时10分接八角街道报告，11时50分许八角南路积水")
    assert str(intake.value("time"))[:16] == "2016-07-20T11:50"
    assert str(intake.value("report_time"))[:16] == "2016-07-20T12:10"


@pytest.mark.parametrize("text", ["2016年2月30日9时积水", "25时积水", "13月1日积水"])
def test_a_time_that_does_not_exist_is_unknown(text):
    assert when(text) is None


def test_the_offset_is_that_of_the_clock():
    assert read("12时40分积水", "2016-07-20T05:00:00+00:00").value("time").endswith("+00:00")
