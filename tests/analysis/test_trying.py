"""Series of any step and any property: what follows from what was measured, and files as people really save them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.analysis.book.bodies import read_body, shipped_bodies
from anlan.analysis.courses import courses_of
from anlan.analysis.criteria import criteria_named, shipped_criteria
from anlan.analysis.judging import judge_courses, judge_station
from anlan.analysis.series import Reading, csv_rows
from anlan.analysis.trying import try_courses, try_series
from anlan.kernel.conditions import BadFacts

BEIJING = timezone(timedelta(hours=8))
NOON = datetime(2016, 7, 20, 12, tzinfo=BEIJING)


def rows(property, values, *, minutes=60, start=NOON, station="古城"):
    return [
        {
            "time": (start + timedelta(minutes=minutes * i)).isoformat(),
            "station": station,
            "value": v,
            "property": property,
        }
        for i, v in enumerate(values)
        if v is not None
    ]


def said(found):
    return [(s["criterion"], s["level"], s["time"][11:16]) for s in found["signals"]]


def criterion(when, **more):
    return read_body(
        {**shipped_bodies()["rainstorm"], "id": "own.tried", "levels": [{"level": "red", "when": when}], **more}
    )


def test_five_minute_rain_is_summed_by_its_own_step_and_a_gap_is_no_dry_spell():
    series = rows("rain_mm", [1.5] * 36, minutes=5)
    assert said(try_series(series))[0] == ("rainstorm", "orange", "14:45")
    gap = rows("rain_mm", [1.5] * 12 + [None] * 12 + [1.0] * 12, minutes=5)
    assert said(try_series(gap, criteria_named("rainstorm"))) == []


def test_wind_speed_is_judged_by_its_force_and_a_stage_by_the_levels_of_its_own_station():
    assert said(try_series(rows("wind_speed_ms", [10.7, 10.8]))) == [("gale", "blue", "13:00")]
    readings = [
        Reading("", NOON.timestamp() + 3600 * i, "s", "stage_m", v, 0) for i, v in enumerate((71.2, 72.0, 73.6))
    ]
    own = {"warning_m": 72.0, "guarantee_m": 73.5}
    found = try_courses("s", courses_of(readings), shipped_criteria(), own=own)
    assert [(s["criterion"], s["level"]) for _, s in found if s["criterion"] == "flood_river"] == [
        ("flood_river", "yellow"), ("flood_river", "orange"),
    ]  # fmt: skip
    assert try_courses("s", courses_of(readings), shipped_criteria()) == []


def test_a_cold_wave_is_seen_from_temperature_and_wind_alone():
    warm = [12, 11, 10, 11, 13, 15, 17, 18, 19, 18, 16, 14] * 2
    cold = [value - 14 for value in warm]
    series = rows("air_temp_c", [*warm, *warm, *cold]) + rows("wind_speed_ms", [12.0] * 72)
    levels = [level for name, level, _ in said(try_series(series)) if name == "coldwave"]
    assert levels == ["orange"]
    calm = rows("air_temp_c", [*warm, *warm, *warm]) + rows("wind_speed_ms", [12.0] * 72)
    assert not [name for name, _, _ in said(try_series(calm)) if name == "coldwave"]


def test_three_hot_days_in_a_row_reach_the_yellow_standard_and_two_do_not():
    day = [24, 26, 30, 35.5, 33, 28]
    assert said(try_series(rows("air_temp_c", day * 2, minutes=240))) == []
    assert [s[:2] for s in said(try_series(rows("air_temp_c", day * 3, minutes=240)))] == [("heat", "yellow")]


def test_air_is_judged_by_how_long_it_lasts():
    assert said(try_series(rows("aqi", [210, 220], minutes=1440)))[0][:2] == ("air", "yellow")
    assert [s[1] for s in said(try_series(rows("aqi", [210, 220, 230], minutes=1440)))] == ["yellow", "orange"]
    assert said(try_series(rows("aqi", [210] + [120] * 30))) == []


def test_a_rise_a_fall_and_a_level_that_has_to_last():
    rising = criterion({"var": "stage_m", "op": ">=", "value": 0.5, "unit": "m", "fn": "rise", "window_h": 1})
    assert said(try_series(rows("stage_m", [3.0, 3.2, 3.8]), [rising])) == [("own.tried", "red", "14:00")]
    lasting = criterion({"var": "visibility_m", "op": "<", "value": 200, "unit": "m", "fn": "held", "window_h": 3})
    assert said(try_series(rows("visibility_m", [150, 150, 150, 900]), [lasting])) == [("own.tried", "red", "14:00")]
    assert said(try_series(rows("visibility_m", [150, None, 150, 150]), [lasting])) == []


def test_missing_data_can_be_a_criterion_itself():
    thin = criterion({"var": "rain_mm", "op": "<", "value": 90, "unit": "mm", "fn": "obtained", "window_h": 10})
    stamps = [NOON.timestamp() + 3600 * i for i in range(12) if i not in (3, 4)]
    (judged,) = judge_station([Reading("", t, "s", "rain_mm", 0.0, 0) for t in stamps], [thin])
    assert judged.verdicts[0, -1] == 1
    assert judged.proof(len(stamps) - 1, "red")["text"].startswith("10小时雨量到报率 80 %")


def test_a_margin_keeps_a_level_standing_and_a_hold_off_keeps_it_from_coming_back():
    when = {"var": "depth_cm", "op": ">=", "value": 27, "unit": "cm"}
    swing = rows("depth_cm", [30, 25, 25, 25, 28, 10, 10, 10, 28], minutes=10)
    plain, eased = criterion(when), criterion({**when, "margin": 5})
    assert [t for _, _, t in said(try_series(swing, [plain]))] == ["12:00", "12:40", "13:20"]
    assert [t for _, _, t in said(try_series(swing, [eased]))] == ["12:00", "13:20"]
    assert [t for _, _, t in said(try_series(swing, [replace(eased, hold_off_min=60)]))] == ["12:00"]


def test_out_of_season_nothing_is_raised():
    winter = criterion({"var": "depth_cm", "op": ">=", "value": 27, "unit": "cm"}, season=[["11-15", "03-15"]])
    assert said(try_series(rows("depth_cm", [50, 50]), [winter])) == []
    assert said(try_series(rows("depth_cm", [50], start=datetime(2016, 12, 31, tzinfo=BEIJING)), [winter]))


@given(st.lists(st.one_of(st.none(), st.integers(0, 90)), min_size=1, max_size=40))
def test_trying_and_judging_step_by_step_say_the_same(values):
    readings = [
        Reading("", NOON.timestamp() + 3600 * i, "s", "rain_mm", float(v), 0)
        for i, v in enumerate(values)
        if v is not None
    ]
    courses = courses_of(readings)
    tried = [(stamp, s["level"]) for stamp, s in try_courses("s", courses, criteria_named("rainstorm"))]
    stepped, level = [], ""
    for judged in judge_courses(courses, criteria_named("rainstorm")):
        for step, stamp in enumerate(judged.stamps):
            after = judged.level_at(step, level)
            if judged.index_of(after) > judged.index_of(level):
                stepped.append((stamp, after))
            level = after
    assert tried == stepped


CSV = "time,station,value\r\n2016-07-20T12:00:00+08:00,古城,55\r\n2016-07-20T12:00:00+08:00,古城,55\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_file_is_read_as_spreadsheet_programs_save_it(tmp_path, encoding):
    file = tmp_path / "series.csv"
    file.write_bytes(CSV.encode(encoding))
    command = [
        sys.executable,
        "-m",
        "anlan.config.command",
        "criteria",
        "try",
        "--series",
        str(file),
        "--criterion",
        "rainstorm",
    ]
    done = subprocess.run(
        [*command, "--json"], capture_output=True, text=True, timeout=600, env={**os.environ, "PYTHONUTF8": "1"}
    )
    assert [(s["station"], s["level"]) for s in json.loads(done.stdout)["signals"]] == [("古城", "orange")]


def test_columns_in_another_order_tabs_and_unknown_ones_are_read():
    text = "unit\tVALUE\tnote\tstation\ttime\nmm\t55\tx\t古城\t2016-07-20T12:00:00+08:00\n"
    assert said(try_series(csv_rows(text), criteria_named("rainstorm"))) == [("rainstorm", "orange", "12:00")]


@pytest.mark.parametrize(
    "text", ["", "time,station\n", "time,time,station,value\n", 'time,station,value\n"' + "x" * 200_000]
)
def test_what_is_no_table_is_refused_with_a_sentence(text):
    with pytest.raises(BadFacts):
        list(csv_rows(text))


@pytest.mark.parametrize("value", ["1e999", "-inf", "1_0", "٣x", "0x10", "1,5"])
def test_a_value_that_is_no_finite_number_is_refused(value):
    out = try_series([{"time": NOON.isoformat(), "station": "s", "value": value}])
    assert len(out["rejected"]) == 1


def test_an_amount_off_the_grid_of_its_step_is_refused_and_the_rest_goes_on():
    series = rows("rain_mm", [20, 20, 20]) + rows("rain_mm", [5], start=NOON + timedelta(minutes=7))
    out = try_series([{**r, "line": i} for i, r in enumerate(series, 2)], criteria_named("rainstorm"))
    assert [r["line"] for r in out["rejected"]] == [5]
    assert said(out) == [("rainstorm", "orange", "14:00")]
