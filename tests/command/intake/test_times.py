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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("14时10分发生火灾，14时25分消防到场，15时扑灭", "2016-07-20T14:10"),
        ("消防15时到场，火是14时半起的", "2016-07-20T14:30"),
        ("接报时间14:50，事发时间14:30", "2016-07-20T14:30"),
        ("截至15时死亡2人，事故发生在今早6点", "2016-07-20T06:00"),
        ("上午9至11时陆续有12人腹泻", "2016-07-20T09:00"),
        ("傍晚那场大风刮倒了树", "2016-07-19T17:00"),
        ("上周五发现的裂缝，今早又宽了", "2016-07-20T05:00"),
        ("星期一上午9点积水", "2016-07-18T09:00"),
        ("20日凌晨4时许降雨引发山洪", "2016-07-20T04:00"),
        ("警情编号02317：15:18积水", "2016-07-20T15:18"),
        ("今晚有大到暴雨，请注意防范", None),
        ("今日预计有大到暴雨", None),
        ("明天上午10时停水检修", None),
        ("明早6点前撤离完毕", None),
        ("气象台14时发布暴雨橙色预警", None),
        ("我是3号门岗，门口积水", None),
        ("到现在还没回来", None),
    ],
)
def test_the_begin_of_the_event_goes_before_what_came_after_and_forecasts_are_no_time(text, expected):
    assert when(text, "2016-07-20T15:30:00+08:00") == expected
