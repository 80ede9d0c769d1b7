"""Converters of real series to the rows of the door, on a few lines in the form of each source."""

from __future__ import annotations

import csv
import io
import json

import pytest

from anlan.analysis.trying import try_series
from scripts import real_readings as real


def lines(text):
    return list(csv.DictReader(io.StringIO(text)))


def door(rows):
    """The door's answer to converted rows."""
    keys = ("time", "station", "value", "property", "unit")
    return try_series([dict(zip(keys, row, strict=True)) for row in rows])


def test_hourly_rain_keeps_its_site_and_gets_its_offset():
    given = lines(
        "event,time_local,station,station_zh,rain_mm_1h\ne,2016-07-20 12:00,G,古城,55.1\ne,2016-07-20 13:00,G,古城,\n"
    )
    rows = list(real.beijing_events(given))
    assert rows[0] == ("2016-07-20T12:00:00+08:00", "古城", "55.1", "rain_mm", "mm")
    found = door(rows)
    assert [(s["criterion"], s["level"], s["time"]) for s in found["signals"] if s["criterion"] == "rainstorm"] == [
        ("rainstorm", "orange", "2016-07-20T12:00:00+08:00")
    ]
    assert [r["line"] for r in found["rejected"]] == [3]


def test_tenths_of_automatic_stations_become_millimetres_degrees_and_metres_a_second():
    head = "station_id,station,county,lat,lon,time_local,gust_dir_deg,gust_01ms,temp_01c,tmax_01c,tmin_01c,visibility_m,rain_01mm\n"
    rows = list(real.taizhou_weather(lines(f"{head}1,岛,乡,28,121,2022-01-11 10:00:00,5,174,-76,1,2,,92\n")))
    assert [(name, value, unit) for _, _, value, name, unit in rows] == [
        ("rain_mm", "9.2", "mm"),
        ("gust_speed_ms", "17.4", "m/s"),
        ("air_temp_c", "-7.6", "℃"),
        ("visibility_m", "", "m"),
    ]
    found = door(rows)
    assert [(s["criterion"], s["level"]) for s in found["signals"]] == [("gale", "blue")]  # 17.4 m/s is force 8


def test_feet_and_cubic_feet_become_metres_and_what_is_no_measurement_is_refused():
    head = "site_no,time_local,tz,flow_cfs,flow_code,stage_ft,stage_code,rain_mm,temp_c\n"
    given = lines(f"{head}01,2014-05-01 01:00:00,EDT,100,A,10,A,0.8,-9999.0\n")
    assert list(real.usgs_hourly(given)) == [
        ("2014-05-01T01:00:00-04:00", "USGS 01", "3.048", "stage_m", "m"),
        ("2014-05-01T01:00:00-04:00", "USGS 01", "2.831685", "flow_m3s", "m3/s"),
    ]
    rejected = door(real.usgs_merged_weather(given))["rejected"]
    assert len(rejected) == 1
    assert "-9999" in rejected[0]["reason"]


def test_a_service_answer_is_read_by_its_own_units_and_its_mark_for_missing():
    def series(name, unit, *values):
        told = {"variableName": name, "unit": {"unitCode": unit}, "noDataValue": -999999.0}
        block = {"value": [{"value": v, "dateTime": "2019-02-14T00:00:00.000-05:00"} for v in values]}
        return {"sourceInfo": {"siteName": "RIVER"}, "variable": told, "values": [block]}

    document = {
        "value": {
            "timeSeries": [
                series("Precipitation, total, inches", "in", "1"),
                series("Gage height, ft", "ft", "2", "-999999"),
                series("Turbidity", "FNU", "1"),
            ]
        }
    }
    rows = [(value, name, unit) for _, _, value, name, unit in real.usgs_values(document)]
    assert rows == [("25.4", "rain_mm", "mm"), ("0.6096", "stage_m", "m"), ("", "stage_m", "m")]
    document["value"]["timeSeries"] = [series("Gage height, ft", "cubit", "2")]
    with pytest.raises(KeyError, match="cubit"):
        list(real.usgs_values(document))


def test_areal_rain_and_flows_keep_their_times_however_these_are_written():
    flood = lines("flood_id,flood_date,flood_precip,flood_quant,flood_evapor\n1,1998/5/31 05:00:00,0.3,12,0\n")
    assert list(real.textbook_flood(flood)) == [
        ("1998-05-31T05:00:00+08:00", "教材流域", "0.3", "rain_mm", "mm"),
        ("1998-05-31T05:00:00+08:00", "教材流域", "12", "flow_m3s", "m3/s"),
    ]
    inflow = lines("event,time_local,areal_rain_mm_h,pet_mm_h,inflow_m3s\n1,2012-07-05 00:00,0,0.7,26.2\n")
    assert [row[2:] for row in real.biliuhe_events(inflow)] == [
        ("0", "rain_mm", "mm"),
        ("26.2", "reservoir_inflow_m3s", "m3/s"),
    ]
    year = lines(
        "time_local,temp_c,pressure_hpa,dewpoint_c,rain_mm,wind_dir,wind_ms\n2016-01-01 00:00,-4.8,1020.8,-8.7,0,NW,0.8\n"
    )
    assert {row[3]: row[2] for row in real.gucheng_year(year)} == {
        "rain_mm": "0", "wind_speed_ms": "0.8", "air_temp_c": "-4.8", "dewpoint_c": "-8.7", "pressure_hpa": "1020.8",
    }  # fmt: skip


def test_the_centre_of_a_typhoon_is_a_position_and_a_pressure_and_never_a_wind_on_land():
    cma = {
        "track": [
            {"time": "2021-07-18T02:00+08:00", "lat": "22.2", "lon": "132.5", "pressure": "998", "windSpeed": "45"}
        ]
    }
    province = {
        "name": "某",
        "points": [{"time": "2021/9/23 20:00:00", "lat": "13.8", "lng": "143.3", "pressure": "998", "speed": "45"}],
    }
    best = lines(
        "sid,name_if_known,time_utc,lat,lon,jma_wind_kt,jma_mslp_hpa\nS1,,2015-01-12T06:00:00Z,8.6,145.9,90,\n"
    )
    for rows in (real.cma_track(cma), real.zjwater_track(province), real.best_tracks(best)):
        rows = list(rows)
        assert [row[3] for row in rows] == ["lon_deg", "lat_deg", "pressure_hpa"]
        assert door(rows)["signals"] == []


def test_a_snapshot_is_one_hour_at_the_time_it_is_given():
    given = lines("station_id,station_name,r1h_mm,r3h_mm\nK1,山,61,62\n")
    assert list(real.snapshot_hour(given, "2000-01-01T12:00:00+08:00")) == [
        ("2000-01-01T12:00:00+08:00", "山 K1", "61", "rain_mm", "mm")
    ]


def test_a_figure_that_is_none_is_not_converted():
    assert [real.scaled(v, 0.1) for v in ("92", "", "null", "-9999")] == ["9.2", "", "null", "-999.9"]


def test_rows_are_written_as_the_door_reads_them(tmp_path):
    path = tmp_path / "series.csv"
    assert real.write_rows([("2016-07-20T12:00:00+08:00", "古城, 一号", "1", "rain_mm", "mm")], path) == 1
    assert lines(path.read_text(encoding="utf-8"))[0]["station"] == "古城, 一号"
    given = tmp_path / "track.json"
    given.write_text(json.dumps({"track": []}), encoding="utf-8")
    assert list(real.of_json(real.cma_track)(given)) == []
