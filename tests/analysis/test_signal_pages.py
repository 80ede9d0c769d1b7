"""What the officer sees of signals: events with their stations, why, since when, how it develops, whether it is to be believed."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from anlan.analysis.models import Signal, SignalEvent
from anlan.kernel.context import system
from anlan.kernel.reactions import drain
from anlan.places.demonstration import load_people
from anlan.places.models import Person
from anlan.places.seeding import load_regions
from anlan.sensing.services import accept_readings, register_station
from tests.remembered import put_back

NOON = datetime(2016, 7, 20, 4, tzinfo=UTC)
STATIONS = {"s.a": (116.18, 39.91), "s.b": (116.20, 39.91), "s.c": (116.19, 39.92)}


@pytest.fixture
def district(db, settings, tmp_path, exercise):
    settings.DEMO, settings.VAR_DIR = True, str(tmp_path)
    put_back("district", lambda: (load_regions(), load_people()))
    for code, (lon, lat) in STATIONS.items():
        register_station(
            system("seed"),
            code=code,
            name=f"{code}站（示例）",
            region="110107",
            properties=["rain_mm"],
            lon=lon,
            lat=lat,
        )
    return exercise


@pytest.fixture
def rain(district):
    def rain(*hours):
        """Amounts of s.a, s.b, s.c hour by hour, the last at noon."""
        rows = [
            {"station": code, "time": NOON - timedelta(hours=len(hours) - 1 - i), "value": value}
            for i, amounts in enumerate(hours)
            for code, value in zip(STATIONS, amounts, strict=False)
        ]
        accept_readings(system("feed", world=district.pk), rows)
        drain()

    return rain


@pytest.fixture
def browser(district):
    def sign_in(username):
        client = Client()
        client.force_login(Person.objects.get(username=username))
        return client

    return sign_in


def test_the_list_says_what_where_why_since_when_how_it_develops_and_is_acknowledged_once(rain, browser):
    rain((1, 2, 1), (20, 25, 18), (40, 45, 42))
    duty, town = browser("zhibanyuan"), browser("gucheng")
    page = duty.get("/signals/").content.decode()
    assert "石景山区 3 处达到暴雨橙色标准" in page
    assert "待确认 3 处" in page
    assert page.count("邻站支持") >= 3
    assert "↗ 上升" in page
    assert "确认整个事件" in page
    assert "确认整个事件" not in town.get("/signals/").content.decode()
    event = SignalEvent.objects.unscoped("test").get(hazard="rainstorm", scheme="warning")
    address = f"/signals/events/{event.pk}/"
    assert town.post(f"{address}acknowledge/").status_code in (403, 404)
    answer = duty.post(f"{address}acknowledge/", {"note": "已通知"}, headers={"accept": "application/json"})
    assert answer.json()["message"] == "已确认 4 个信号", "three stations and the county"
    again = duty.post(f"{address}acknowledge/", headers={"accept": "application/json"})
    assert again.status_code == 409
    page = duty.get("/signals/").content.decode()
    assert "待确认" not in page.split("response")[0] or "已确认" in page
    one = duty.get(address).content.decode()
    assert "达到标准的处数" in one
    assert "已确认" in one
    assert "s.b站（示例）" in one
    assert "石景山区 3 处" in duty.get("/").content.decode()


def test_the_page_of_a_signal_shows_its_proof_its_neighbours_and_its_criterion(rain, browser):
    rain((0, 0, 0), (0, 0, 0), (80, 0, 0))
    duty = browser("zhibanyuan")
    signal = Signal.objects.unscoped("test").get(criterion="rainstorm")
    page = duty.get(f"/signals/{signal.pk}/").content.decode()
    assert "疑似误报" in page
    assert "没有一个与本站相符" in page
    assert "s.c站（示例）" in page
    assert "证明它的读数" in page
    assert "随平台发布的版本" in page
    drawn = json.loads(re.search(r'<script id="signal-chart" type="application/json">(.*?)</script>', page)[1])
    bars = drawn["series"][0]
    assert (bars["kind"], [v for _at, v in bars["points"]]) == ("bar", [0, 0, 80]), "the same chart as of its station"
    assert {span["label"] for span in drawn["spans"]} == {signal.words}
    assert signal.proof["threshold"] in {line["value"] for line in drawn["lines"]}
    assert "? 疑似误报 1 处" in duty.get("/signals/").content.decode()
    step = f"/loop/analysis.signal/{signal.pk}/step/"
    duty.post(f"{step}verify/", {"how": "phone", "note": "街道说在下雨"})
    page = duty.get(f"/signals/{signal.pk}/").content.decode()
    assert "人工核实" in page
    assert "街道说在下雨" in page


def test_every_state_of_the_list_opens_for_everybody_with_and_without_signals(rain, browser):
    duty = browser("zhibanyuan")
    for state in ("open", "devices", "ended", "nonsense"):
        assert duty.get(f"/signals/?state={state}&page=x").status_code == 200
    rain((60, 60, 60))
    signal = Signal.objects.unscoped("test").filter(criterion="rainstorm").first()
    duty.post(f"/loop/analysis.signal/{signal.pk}/step/judge_false/", {"reason": "测试"})
    for name in ("zhibanyuan", "gucheng", "shuiwu"):
        for state in ("open", "devices", "ended"):
            assert browser(name).get(f"/signals/?state={state}").status_code == 200
    assert Client().get("/signals/").status_code == 302
