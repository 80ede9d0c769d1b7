"""Isohyets on the map: one answer a frame, made of whole data only, refused where it would be a guess."""

from datetime import UTC, datetime, timedelta

import pytest
import shapely
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from anlan.kernel.context import system
from anlan.kernel.reactions import drain
from anlan.places.demonstration import load_people
from anlan.places.models import Person, Region
from anlan.places.seeding import load_regions
from anlan.sensing.seeding import load_stations
from anlan.sensing.services import accept_readings, register_station
from tests.remembered import put_back

NOON = datetime(2016, 7, 20, 4, tzinfo=UTC)
ADDRESS = "/map/frames/analysis.isohyets/"
#: Three hours of rain at four gauges; the fourth lost an hour.
RAIN = {"uci.gucheng": (20, 22, 30), "uci.wanliu": (8, 6, 12), "uci.guanyuan": (2, 4, 0), "uci.tiantan": (9, None, 5)}


@pytest.fixture
def rain(db, settings, tmp_path, exercise):
    settings.DEMO, settings.VAR_DIR = True, str(tmp_path)
    put_back("district", lambda: (load_regions(), load_people()))
    load_stations()
    accept_readings(system("feed", world=exercise.pk), [
        {"station": code, "time": NOON - timedelta(hours=2 - h), "value": value}
        for code, values in RAIN.items() for h, value in enumerate(values) if value is not None
    ])  # fmt: skip


@pytest.fixture
def ask(rain):
    client = Client()
    client.force_login(Person.objects.get(username="zhibanyuan"))

    def frame(**query):
        answer = client.get(ADDRESS, query)
        assert answer.status_code == 200
        return answer.json()

    return frame


def test_the_newest_frame_says_when_from_what_and_how_many(ask):
    frame = ask(choice="1")
    assert datetime.fromisoformat(frame["at"]) == NOON
    assert "由 4 个站插值" in frame["note"]
    assert "07-20 12:00" in frame["note"]
    assert {p["properties"]["id"]: p["properties"].get("value") for p in frame["points"]["features"]}[
        "uci.gucheng"
    ] == 30
    land = shapely.from_wkb(bytes(Region.objects.get(code="110107000000").outline.wkb))
    shapes = [shapely.geometry.shape(f["geometry"]) for f in frame["areas"]["features"]]
    assert shapes
    assert all(shape.difference(land.buffer(0.003)).is_empty for shape in shapes)
    assert sum(s.area for s in shapes) == pytest.approx(land.area, rel=0.03)


def test_a_gauge_that_lost_an_hour_shapes_no_field_and_is_named(ask):
    frame = ask(choice="3", at=NOON.isoformat())
    assert "由 3 个站插值" in frame["note"]
    assert "东城天坛站" in frame["lacking"]
    words = {p["properties"]["id"]: p["properties"]["words"] for p in frame["points"]["features"]}
    assert words["uci.tiantan"] == "≥14"
    assert words["uci.gucheng"] == "72"
    silent = next(p for p in frame["points"]["features"] if p["properties"]["words"] == "缺测")
    assert "value" not in silent["properties"]


def test_less_than_three_whole_gauges_are_refused_in_words(ask):
    frame = ask(choice="6", at=NOON.isoformat())
    assert "不足 3 处" in frame["refused"]
    assert frame["areas"]["features"] == []
    assert frame["points"]["features"]


def test_any_instant_within_the_hour_shows_the_last_whole_hour(ask):
    frame = ask(choice="1", at=(NOON - timedelta(minutes=20)).isoformat())
    assert datetime.fromisoformat(frame["at"]) == NOON - timedelta(hours=1)
    assert "由 3 个站插值" in frame["note"]


@pytest.mark.parametrize(
    "query", [{"at": "yesterday", "choice": "7"}, {"at": "9999-12-31T23:59:59Z"}, {"choice": "'--"}]
)
def test_what_is_not_offered_falls_back_to_what_is(ask, query):
    assert ask(**query)["window_h"] == 1


def test_strangers_and_unknown_frames_get_nothing(ask):
    assert Client().get(ADDRESS).status_code == 302
    client = Client()
    client.force_login(Person.objects.get(username="zhibanyuan"))
    assert client.get("/map/frames/nothing/").status_code == 404


def test_more_gauges_ask_no_more_of_the_database(ask):
    ask(choice="1")
    with CaptureQueriesContext(connection) as few:
        ask(choice="1")
    for n in range(60):
        register_station(
            system("seed"), code=f"g.{n}", name=f"雨量站{n}（示例）", region="110107004000", lon=116.1 + n / 500,
            lat=39.9 + n % 7 / 100, properties=["rain_mm"], interval_s=3600,
        )  # fmt: skip
    assert len(ask(choice="1")["points"]["features"]) > 60
    with CaptureQueriesContext(connection) as many:
        ask(choice="1")
    assert len(many) <= len(few)


def test_a_station_at_a_level_bears_its_colour_and_word(ask, rain):
    drain()
    client = Client()
    client.force_login(Person.objects.get(username="zhibanyuan"))
    answer = client.get("/map/tiles/analysis.signal/8/210/97.mvt")
    assert answer.status_code == 200
    assert b"orange" in answer.content
    assert "橙".encode() in answer.content
    earlier = client.get("/map/tiles/analysis.signal/8/210/97.mvt", {"at": (NOON - timedelta(hours=9)).isoformat()})
    assert b"orange" not in earlier.content
