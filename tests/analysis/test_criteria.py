"""Criteria tried on series: what rises is said once, with figure and clause; what cannot be decided stays silent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.analysis.criteria import criteria_named, shipped_criteria, warning_criteria
from anlan.analysis.series import csv_rows
from anlan.analysis.trying import try_series
from anlan.kernel.conditions import BadFacts

BEIJING = timezone(timedelta(hours=8))
NOON = datetime(2016, 7, 20, 12, tzinfo=BEIJING)


def hourly(*values, station="古城", start=NOON, **more):
    """One row per hour; None leaves the hour out."""
    return [
        {"time": (start + timedelta(hours=i)).isoformat(), "station": station, "value": v, **more}
        for i, v in enumerate(values)
        if v is not None
    ]


def said(rows, name="rainstorm", **kw):
    found = try_series(rows, criteria_named(name), **kw)["signals"]
    return [(s["time"][11:16], s["level"], s["value"]) for s in found]


def test_fifty_millimetres_in_three_hours_reach_the_orange_standard_and_are_never_called_a_warning():
    out = try_series(hourly(10, 20, 20), warning_criteria())
    (signal,) = out["signals"]
    assert {k: signal[k] for k in ("criterion", "time", "station", "level", "value")} == {
        "criterion": "rainstorm",
        "time": "2016-07-20T14:00:00+08:00",
        "station": "古城",
        "level": "orange",
        "value": 50.0,
    }
    assert "第16号" in signal["clause"]
    assert signal["words"] == "达到暴雨橙色标准"
    assert out["rejected"] == []


def test_just_below_every_standard_is_silence():
    assert try_series(hourly(8, 8, 8, 8, 8, 8)) == {"signals": [], "rejected": []}


def test_a_level_rises_once_and_the_next_one_is_said_when_it_is_reached():
    assert said(hourly(*[9] * 6, 20, 30, 60)) == [
        ("17:00", "yellow", 54.0),
        ("19:00", "orange", 59.0),
        ("20:00", "red", 110.0),
    ]


def test_a_sum_that_hovers_at_the_threshold_does_not_flap():
    hovering = hourly(25, 25, 0, 25, 24, 1, 25, 25, 0)
    assert [level for _, level, _ in said(hovering)].count("orange") == 1


def test_after_hours_known_to_be_dry_the_same_level_is_said_again():
    assert [level for _, level, _ in said(hourly(60, *[0] * 20, 60))].count("orange") == 2


def test_missing_hours_are_not_dry_hours_but_prove_what_was_obtained():
    assert said(hourly(30, None, 30)) == [("14:00", "orange", 60.0)]
    assert said(hourly(20, None, 20)) == []


def test_a_response_trigger_speaks_in_its_own_levels_and_says_that_it_is_a_suggestion():
    (signal,) = try_series(hourly(55), criteria_named("response.flood"))["signals"]
    assert (signal["level"], signal["suggested"], signal["words"]) == ("III", True, "达到防汛响应III级条件")


def test_the_share_of_an_area_cannot_be_decided_at_one_station():
    assert said(hourly(*[11] * 24), "response.flood") == []


def test_a_response_level_is_left_although_other_triggers_of_it_are_not_measured_here():
    assert said(hourly(55, 0, 0, 0, 55), "response.flood") == [("12:00", "III", 55.0), ("16:00", "III", 55.0)]


def test_only_criteria_of_the_property_given_are_tried():
    wind = try_series(hourly(9, property="gust_bft", unit="级"))
    assert [(s["criterion"], s["level"]) for s in wind["signals"]] == [("gale", "yellow")]
    assert try_series(hourly(38, property="max_temp_c"))["signals"][0]["level"] == "orange"


def test_visibility_alone_accuses_neither_fog_nor_dust():
    assert try_series(hourly(40, property="visibility_m"))["signals"] == []


def test_stations_are_judged_apart():
    both = hourly(30, 0, station="甲") + hourly(0, 30, station="乙")
    assert said(both) == []


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"time": "2016-07-20T12:00:00", "value": 1}, "没有时区偏移"),
        ({"time": "昨天", "value": 1}, "ISO 8601"),
        ({"time": "1970-01-01T08:00:00+08:00", "value": 1}, "时钟未校"),
        ({"time": "2099-01-01T08:00:00+08:00", "value": 1}, "晚于现在"),
        ({"time": "2016-07-20T12:10:00+08:00", "value": 1}, "整点"),
        ({"value": "nan"}, "有限的数字"),
        ({"value": "inf"}, "有限的数字"),
        ({"value": ""}, "没有数值"),
        ({"value": "三十"}, "应为数字"),
        ({"value": -1}, "超出可信范围"),
        ({"value": 5000}, "超出可信范围"),
        ({"value": 1, "unit": "cm"}, "单位应为 mm"),
        ({"value": 1, "property": "moonlight"}, "没有“moonlight”"),
        ({"value": 1, "station": " "}, "缺少站点"),
    ],
)
def test_a_bad_row_is_refused_with_its_line_and_reason_and_the_rest_goes_on(row, reason):
    bad = {"time": "2016-07-20T20:00:00+08:00", "station": "古城", "line": 7, **row}
    out = try_series([*hourly(55), bad], warning_criteria(), now=datetime(2026, 1, 1, tzinfo=UTC))
    assert [r["line"] for r in out["rejected"]] == [7]
    assert reason in out["rejected"][0]["reason"]
    assert [s["level"] for s in out["signals"]] == ["orange"]


def test_the_same_reading_twice_is_one_and_a_contradiction_keeps_the_first():
    assert said(hourly(30) + hourly(30)) == []
    out = try_series([*hourly(30), {**hourly(60)[0], "line": 9}], criteria_named("rainstorm"))
    assert out["signals"] == []
    assert out["rejected"] == [{"line": 9, "reason": out["rejected"][0]["reason"]}]


def test_readings_out_of_order_and_decades_apart_are_judged_all_the_same():
    old = hourly(60, start=NOON - timedelta(days=365 * 40))
    assert [level for _, level, _ in said(list(reversed(hourly(20, 30, 20))) + old)] == ["orange", "orange"]


def test_a_csv_is_read_with_its_lines_and_a_wrong_header_is_refused():
    text = "\ufefftime,station,value\n2016-07-20T12:00:00+08:00,古城,55\n2016-07-20T13:00:00+08:00,古城,x\n"
    out = try_series(csv_rows(text))
    assert [s["level"] for s in out["signals"]] == ["orange", "III"]
    assert out["rejected"][0]["line"] == 3
    with pytest.raises(BadFacts, match="value"):
        list(csv_rows("time,station\n"))


def test_an_unknown_criterion_is_refused_with_those_there_are():
    with pytest.raises(BadFacts, match="rainstorm"):
        criteria_named("rain")


def test_every_criterion_has_a_clause_and_names_levels_of_its_scheme():
    for criterion in shipped_criteria():
        names = {"warning": ["blue", "yellow", "orange", "red"], "response": ["IV", "III", "II", "I"]}[criterion.scheme]
        levels = [lv.name for lv in criterion.levels]
        assert levels == [n for n in names if n in levels]
        assert criterion.provenance.source


@given(st.lists(st.one_of(st.none(), st.floats(0, 60)), min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(values, chance):
    rows = hourly(*values)
    shuffled = list(rows)
    chance.shuffle(shuffled)
    assert said(shuffled) == said(rows)
