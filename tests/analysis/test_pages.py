"""Pages and API of stations and signals, as people of the district see them."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from anlan.kernel.context import system
from anlan.kernel.reactions import drain
from anlan.places.demonstration import load_people
from anlan.places.models import Person
from anlan.places.seeding import load_regions
from anlan.sensing.seeding import load_stations
from anlan.sensing.services import accept_readings
from tests.remembered import put_back

NOON = datetime(2016, 7, 20, 4, tzinfo=UTC)


@pytest.fixture
def rain(db, settings, tmp_path, exercise):
    settings.DEMO, settings.VAR_DIR = True, str(tmp_path)
    put_back("district", lambda: (load_regions(), load_people()))
    load_stations()
    ctx = system("feed", world=exercise.pk)
    rows = [{"station": "uci.gucheng", "time": NOON - timedelta(hours=h), "value": 22} for h in range(3)]
    accept_readings(ctx, [*rows, {"station": "uci.tiantan", "time": NOON, "value": 0.4}])
    drain()


@pytest.fixture
def browser(rain):
    def sign_in(username):
        client = Client()
        client.force_login(Person.objects.get(username=username))
        return client

    return sign_in


@pytest.mark.parametrize("name", ["zhibanyuan", "gucheng", "gucheng.wangge", "shuiwu", "zhihuizhang"])
def test_everybody_of_the_district_sees_stations_and_signals(browser, name):
    page = browser(name)
    listed = page.get("/stations/").content.decode()
    assert "石景山古城站" in listed
    assert "东城天坛站" in listed
    assert "没有按时来数" in listed
    one = page.get("/stations/uci.gucheng/").content.decode()
    assert "data-chart" in one
    assert "达到暴雨橙色标准" in one
    assert "≥66.0" in one
    signals = page.get("/signals/").content.decode()
    assert "达到暴雨橙色标准" in signals
    assert "3小时雨量" in signals
    assert "橙色预警" not in signals
    for window in (1, 6, 24, 99):
        assert page.get(f"/stations/uci.gucheng/?w={window}").status_code == 200


def test_a_signal_is_confirmed_and_judged_false_by_the_duty_room_only(browser):
    duty = browser("zhibanyuan")
    (found,) = [s for s in duty.get("/api/v1/analysis/signals").json() if s["criterion"] == "rainstorm"]
    assert duty.get(f"/signals/{found['id']}/").status_code == 200
    step = f"/loop/analysis.signal/{found['id']}/step/"
    assert browser("gucheng").post(f"{step}acknowledge/", {}).status_code in (403, 404)
    duty.post(f"{step}acknowledge/", {"note": "已通知街道"})
    assert duty.get(f"/api/v1/analysis/signals/{found['id']}").json()["state"] == "acknowledged"
    duty.post(f"{step}judge_false/", {"reason": "雨量筒被堵"})
    assert duty.get(f"/api/v1/analysis/signals/{found['id']}").json()["state"] == "judged_false"
    assert "雨量筒被堵" in duty.get(f"/signals/{found['id']}/").content.decode()


def test_strangers_get_nothing(browser, db):
    assert Client().get("/stations/").status_code == 302
    assert browser("zhibanyuan").get("/stations/nowhere/").status_code == 404
    assert Client().get("/api/v1/sensing/stations").status_code == 401


def test_the_api_takes_readings_and_gives_series_and_figures(browser):
    api = browser("qixiang")
    body = {"readings": [
        {"station": "uci.gucheng", "time": (NOON - timedelta(hours=3)).isoformat(), "value": 5},
        {"station": "uci.gucheng", "time": (NOON + timedelta(hours=3)).isoformat(), "value": 5},
    ]}  # fmt: skip
    answer = api.post("/api/v1/sensing/observations", json.dumps(body), content_type="application/json").json()
    assert (answer["accepted"], [r["index"] for r in answer["rejected"]]) == (1, [1])
    series = api.get("/api/v1/sensing/observations?station=uci.gucheng&since=2016-07-20T00:00:00Z").json()
    assert [p["value"] for p in series["points"]] == [5, 22, 22, 22]
    figures = api.get("/api/v1/analysis/figures/110107").json()
    assert figures["figures"]["rain_3h_mm"]["max"] == 66
    assert (
        browser("gucheng")
        .post("/api/v1/sensing/observations", json.dumps(body), content_type="application/json")
        .status_code
        == 403
    )


def test_stations_are_on_the_map_with_their_value(browser):
    page = browser("gucheng")
    assert "sensing.station" in page.get("/map/layers.json").content.decode()
    assert page.get("/map/tiles/sensing.station/8/210/97.mvt").status_code == 200
    assert "22" in page.get("/map/inspect/sensing.station/uci.gucheng/").content.decode()
    assert "达到暴雨橙色标准" in page.get("/map/inspect/analysis.signal/uci.gucheng/").content.decode()


def test_a_station_that_measures_depth_has_its_page_and_no_place_among_the_rain(browser, exercise):
    from anlan.sensing.services import register_station

    here = {"code": "wl.test", "name": "下凹桥（示例）", "region": "110107004000", "lon": 116.18, "lat": 39.9}
    register_station(system("seed"), **here, properties=["underpass_depth_cm"], interval_s=600)
    rows = [{"station": "wl.test", "property": "underpass_depth_cm", "time": NOON, "value": 45}]
    assert accept_readings(system("feed", world=exercise.pk), rows)["accepted"] == 1
    drain()
    page = browser("gucheng")
    assert "45" in page.get("/stations/wl.test/").content.decode()
    assert "下凹桥（示例）" not in page.get("/stations/").content.decode()
