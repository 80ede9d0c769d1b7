"""The officer's view of stations: the ledger of many, the course of one, what is missing is said and never taken for 0."""

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.gis.geos import Point as GeosPoint
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from anlan.analysis.models import StationLevel
from anlan.analysis.stations.course import Point, by_day, gaps_in
from anlan.kernel.context import system
from anlan.kernel.reactions import drain
from anlan.places.demonstration import load_people
from anlan.places.models import Person
from anlan.places.seeding import load_regions
from anlan.sensing.models import Datastream, Thing
from anlan.sensing.seeding import load_stations
from anlan.sensing.services import accept_readings, register_station
from tests.remembered import put_back

NOON = datetime(2016, 7, 20, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def feed(db, settings, tmp_path, exercise):
    settings.DEMO, settings.VAR_DIR = True, str(tmp_path)
    put_back("district", lambda: (load_regions(), load_people()))
    load_stations()

    def send(station, values, *, property="rain_mm", step=HOUR, end=NOON):
        rows = [
            {"station": station, "property": property, "time": end - step * (len(values) - 1 - i), "value": value}
            for i, value in enumerate(values) if value is not None
        ]  # fmt: skip
        found = accept_readings(system("feed", world=exercise.pk), rows)
        assert not found["rejected"]
        drain()

    return send


@pytest.fixture
def page(feed):
    client = Client()
    client.force_login(Person.objects.get(username="zhibanyuan"))

    def get(address, **query):
        answer = client.get(address, query)
        assert answer.status_code == 200
        return answer.content.decode()

    return get


def chart(html):
    return json.loads(re.search(r'<script id="station-chart" type="application/json">(.*?)</script>', html)[1])


def build(code, name, properties, **more):
    register_station(
        system("seed"), code=code, name=name, region="110107004000", lon=more.pop("lon", 116.18), lat=39.9,
        properties=properties, **more,
    )  # fmt: skip


def add_many(n):
    """Stations without the ceremony of registering each."""
    scope = Thing.objects.unscoped("test").get(pk="uci.gucheng").scope
    things = [
        Thing(pk=f"m{n}.{i}", name=f"站{i}", scope=scope, position=GeosPoint(116 + i / 2000, 39.9, srid=4326))
        for i in range(n)
    ]
    Thing.objects.bulk_create(things)
    known = Datastream.objects.get(thing="uci.gucheng")
    Datastream.objects.bulk_create(
        Datastream(thing=t, property="rain_mm", unit=known.unit, least=known.least, most=known.most) for t in things
    )


def test_one_station_shows_sums_gaps_clauses_and_what_came_of_what_was_due(feed, page):
    feed("uci.gucheng", [1, 2, None, 22, 30, 29])
    html = page("/stations/uci.gucheng/")
    drawn = chart(html)
    assert [s["kind"] for s in drawn["series"]][:2] == ["bar", "line"]
    whole = [v for _at, v in drawn["series"][1]["points"]]
    assert whole[-1] == 81
    assert whole[-2] is None
    partly = next(s for s in drawn["series"] if "有缺测" in s["name"])
    assert [v for _at, v in partly["points"]][-2] == 52
    orange = next(line for line in drawn["lines"] if line["value"] == 50)
    assert "暴雨橙色标准" in orange["label"]
    assert "第16号" in orange["clause"]
    assert len(drawn["gaps"]) == 2
    assert "应得 24，实得 5" in html
    assert "达到暴雨橙色标准" in drawn["spans"][0]["label"]


def test_other_windows_have_other_lines_and_old_links_in_hours_go_on_working(feed, page):
    feed("uci.gucheng", [1, 2, 3, 22, 30, 29])
    assert {line["value"] for line in chart(page("/stations/uci.gucheng/", w=3))["lines"]} >= {50, 100}
    six = chart(page("/stations/uci.gucheng/", w=6 * 3600))
    assert 50 in {line["value"] for line in six["lines"]}
    assert all("6小时" in line["said"] for line in six["lines"])


def test_each_thing_that_a_station_measures_has_its_course(feed, page):
    build("mix.1", "多要素站（示例）", ["rain_mm", "visibility_m"])
    feed("mix.1", [0, 3])
    feed("mix.1", [900, 400, 300], property="visibility_m")
    assert chart(page("/stations/mix.1/"))["unit"] == "mm"
    html = page("/stations/mix.1/", stream="visibility_m")
    assert [v for _at, v in chart(html)["series"][0]["points"]] == [900, 400, 300]
    assert "?stream=rain_mm" in html


def test_a_level_of_the_stations_own_is_a_line_on_its_course(feed, page):
    build("lv.1", "水位站（示例）", ["stage_m"], interval_s=600)
    thing = Thing.objects.unscoped("test").get(pk="lv.1")
    StationLevel.everything.create(
        station=thing, name="warning_m", value=63.5, source="示例", set_at=NOON, set_by="test", scope=thing.scope
    )
    feed("lv.1", [62.1, 62.9, 63.1], property="stage_m", step=timedelta(minutes=10))
    lines = chart(page("/stations/lv.1/"))["lines"]
    assert 63.5 in [line["value"] for line in lines]


def test_a_year_is_drawn_by_days_and_part_of_a_day_is_a_lower_bound(feed, page):
    feed("uci.gucheng", [1] * 40)
    html = page("/stations/uci.gucheng/", range="1y")
    points = chart(html)["series"][0]["points"]
    assert len(points) <= 366
    assert sum(v for _at, v in points) == 40
    assert "≥12" in html
    assert chart(html)["lines"] == []


def test_a_silent_station_shows_its_last_readings_and_says_so(feed, page, clock_to):
    feed("uci.gucheng", [1, 2, 3])
    clock_to(NOON + timedelta(days=3))
    html = page("/stations/uci.gucheng/")
    assert "画到最后一次读数 07-20 12:00 为止" in html
    assert "没有按时来数" in html
    earlier = page("/stations/uci.gucheng/", until=(NOON - HOUR).isoformat())
    assert [v for _at, v in chart(earlier)["series"][0]["points"]] == [1, 2]


def test_who_may_see_the_criteria_is_led_to_what_the_station_has_of_its_own(feed, page):
    feed("uci.gucheng", [1, 2, 3])
    assert 'href="/criteria/stations/uci.gucheng/"' in page("/stations/uci.gucheng/")


def test_a_corrected_reading_says_what_it_was(feed, page):
    feed("uci.gucheng", [1, 2, 90])
    feed("uci.gucheng", [9])
    assert "已订正，原 90" in page("/stations/uci.gucheng/")


def test_the_nearest_that_measure_the_same_stand_beside_it(feed, page):
    feed("uci.gucheng", [10, 20, 30])
    feed("uci.wanliu", [1, 2, 4])
    html = page("/stations/uci.gucheng/")
    around = html[html.index('id="around"') :].split("</table>")[0]
    assert around.count("<tr>") == 6
    assert "海淀万柳站" in around
    assert re.search(r">7\.0\s*<", around)


def test_readings_leave_as_a_sheet_with_gaps_left_empty(feed, page):
    feed("uci.gucheng", [1, 2, 3])
    rows = list(csv.reader(io.StringIO(page("/stations/uci.gucheng/readings.csv").lstrip("\ufeff"))))
    assert len(rows) == 4
    assert [float(row[-1]) for row in rows[1:]] == [1, 2, 3]


def test_the_ledger_is_searched_filtered_sorted_and_paged(feed, page):
    add_many(60)
    feed("m60.7", [2, 33])
    html = page("/stations/")
    assert html.count("data-row") == 50
    assert "共 72 条" in html
    assert re.search(r"data-row.*?</td>", html, re.S)[0].endswith("站7</a></td>")
    assert page("/stations/", page="2").count("data-row") == 22
    assert page("/stations/", q="m60.1").count("data-row") == 11
    assert "站7</a>" in page("/stations/", state="sending")
    assert page("/stations/", state="sending").count("data-row") == 1
    assert "没有符合条件的测站" in page("/stations/", q="没有这个站")
    first = page("/stations/", sort="name")
    assert first.index("data-row") < first.index("东城东四站")
    rows = list(csv.reader(io.StringIO(page("/stations/stations.csv", q="m60.1").lstrip("\ufeff"))))
    assert len(rows) == 12


@pytest.mark.parametrize(
    "query", [{"page": "-1"}, {"page": "9" * 30}, {"size": "7"}, {"sort": "scope"}, {"p": "x" * 99}, {"region": "\x00"}]
)
def test_an_address_that_makes_no_sense_still_lists(page, query):
    assert "石景山古城站" in page("/stations/", **query)


@pytest.mark.parametrize("query", [{"range": "9y"}, {"until": "soon"}, {"w": "-3"}, {"w": "٣"}, {"stream": "nothing"}])
def test_a_station_asked_for_in_odd_ways_still_shows(feed, page, query):
    feed("uci.gucheng", [1])
    assert chart(page("/stations/uci.gucheng/", **query))["unit"] == "mm"


def test_three_hundred_stations_ask_no_more_than_three(feed, page):
    feed("uci.gucheng", [1, 2])
    page("/stations/")
    page("/stations/uci.gucheng/")
    counts = []
    for n in (3, 300):
        add_many(n)
        with CaptureQueriesContext(connection) as asked:
            html = page("/stations/")
        with CaptureQueriesContext(connection) as one:
            page("/stations/uci.gucheng/")
        counts.append((len(asked), len(one)))
    assert counts[1][0] <= counts[0][0]
    assert counts[1][1] <= counts[0][1]
    assert len(html) < 120_000


def test_gaps_are_where_a_reading_was_due():
    at = [NOON + HOUR * n for n in (1, 2, 5)]
    found = gaps_in(at, NOON, NOON + 7 * HOUR, HOUR)
    assert found == [(NOON + 2 * HOUR, NOON + 4 * HOUR), (NOON + 5 * HOUR, NOON + 7 * HOUR)]
    assert gaps_in([NOON + HOUR * n for n in range(1, 8)], NOON, NOON + 7 * HOUR, HOUR) == []


def test_days_are_those_of_the_place_and_midnight_closes_the_day_before():
    midnight = datetime(2016, 7, 19, 16, tzinfo=UTC)
    found = by_day(
        [Point(midnight, 5.0), Point(midnight + HOUR, 7.0), Point(midnight + 2 * HOUR, None, n=0)], adds_up=True
    )
    assert [(p.value, p.n) for p in found] == [(5, 1), (7, 1)]
