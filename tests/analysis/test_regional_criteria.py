"""Signals of a region follow the region's own version of the book; stations that are worked on neither prove nor end them."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime, timedelta

import pytest

from anlan.analysis.book.bodies import shipped_bodies
from anlan.analysis.models import CriteriaVersion, Maintenance, Signal
from anlan.kernel.context import system
from anlan.kernel.reactions import drain
from anlan.places.queries import region
from anlan.places.seeding import load_regions
from anlan.sensing.services import accept_readings, register_station
from tests.remembered import put_back

NOON = datetime(2016, 7, 20, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
STATIONS = {"s.a": (116.18, 39.91), "s.b": (116.20, 39.91), "s.c": (116.19, 39.92), "s.d": (116.21, 39.93)}


@pytest.fixture
def machine(db, exercise):
    put_back("regions", load_regions)
    for code, (lon, lat) in STATIONS.items():
        register_station(
            system("seed"), code=code, name=f"{code}（示例）", region="110107", properties=["rain_mm"], lon=lon, lat=lat
        )
    return system("test", world=exercise.pk)


@pytest.fixture
def rain(machine, clock_to):
    """The rain of one hour: ``rain(0, 12, 12, 12, 12)``, at every station in its order; None reports nothing."""

    def rain(hour, *amounts):
        at = NOON + hour * HOUR
        clock_to(at)
        rows = [{"station": c, "time": at, "value": v} for c, v in zip(STATIONS, amounts, strict=True) if v is not None]
        accept_readings(machine, rows)
        drain()

    return rain


def version(number, since, content):
    place = region("110107")
    CriteriaVersion.everything.filter(number=number - 1).update(effective_until=since)
    CriteriaVersion.everything.create(
        region=place, scope=place.path, number=number, author="test", state="released", content=content,
        effective_from=since, opened_at=since, state_since=since,
    )  # fmt: skip


def eased(name, change):
    body = deepcopy(shipped_bodies()[name])
    for level in body["levels"]:
        change(level)
    return {"criteria": {name: body}, "off": [], "stations": {}}


def of_region(machine, criterion):
    return Signal.objects.in_world(machine).filter(place_key="region:110107", criterion=criterion)


def worked_on(code, first, last):
    Maintenance.everything.create(
        station_id=code, since=NOON + first * HOUR, until=NOON + last * HOUR, why="更换翻斗", by="test", set_at=NOON,
        scope="11/110107/",
    )  # fmt: skip


def test_a_share_of_the_area_is_judged_by_the_regions_own_threshold_until_it_is_switched_off(rain, machine):
    def lower(level):
        for part in level["when"].get("any", ()):
            if part.get("area_pct") and level["level"] == "III":
                part["value"] = 20

    rain(0, 25, 25, 25, 25)
    assert not of_region(machine, "response.flood").exists(), "what ships asks for 100 mm"
    version(1, NOON, eased("response.flood", lower))
    rain(1, 1, 1, 1, 1)
    signal = of_region(machine, "response.flood").get()
    assert (signal.level, signal.is_open) == ("III", True)
    assert signal.version == str(CriteriaVersion.everything.get(number=1).pk)
    version(2, NOON + 2 * HOUR, {"criteria": {}, "off": ["response.flood"], "stations": {}})
    rain(2, 1, 1, 1, 1)
    signal.refresh_from_db()
    assert signal.state == "cleared", "what nobody judges any more does not stand for ever"


def test_several_stations_count_by_the_regions_levels_and_without_those_that_are_worked_on(rain, machine):
    def lower(level):
        if level["level"] == "orange":
            level["when"]["value"] = 30

    version(1, NOON, eased("rainstorm", lower))
    worked_on("s.c", 0, 1)
    rain(0, 32, 34, 60, 0)
    assert not of_region(machine, "rainstorm.several").exists(), "one of the three is worked on"
    rain(1, 1, 1, 60, 0)
    area = of_region(machine, "rainstorm.several").get()
    assert (area.level, area.value) == ("orange", 3)
    worked_on("s.b", 1, 40)
    rain(2, 1, 1, 1, 0)
    area.refresh_from_db()
    assert (area.is_open, area.level) == (True, "orange"), "who stood at the level before still does"


def test_a_gauge_that_is_worked_on_has_no_part_in_the_rain_of_the_area(rain, machine):
    for code in ("s.a", "s.b", "s.c"):
        worked_on(code, 0, 30)
    rain(0, 0, 0, 0, 0)
    rain(1, 300, 300, 300, 5)
    assert not of_region(machine, "response.flood").exists()
