"""Criteria that apply near a moving centre: the judge follows it from reading to reading."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from anlan.analysis.book.bodies import shipped_bodies
from anlan.analysis.models import CriteriaVersion, Signal
from anlan.analysis.watching.judge import Judge
from anlan.kernel.context import system
from anlan.places.queries import region
from anlan.places.seeding import load_regions
from anlan.sensing.services import accept_readings, register_station
from tests.remembered import put_back

START = datetime(2016, 7, 20, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DISTRICT = "110107000000"


@pytest.fixture
def world(db, exercise, settings):
    settings.JUDGE = "process"
    put_back("regions", load_regions)
    machine = system("test", world=exercise.pk)
    register_station(machine, code="t.storm", name="台风中心", region=DISTRICT, properties=["lon_deg", "lat_deg"])
    register_station(machine, code="t.near", name="站", region=DISTRICT, properties=["rain_mm"], lon=116.2, lat=39.9)
    body = {**shipped_bodies()["rainstorm"], "id": "own.near", "place": {"centre": "t.storm", "radius_km": 50}}
    CriteriaVersion.everything.create(
        region=region(DISTRICT), scope=region(DISTRICT).path, number=1, author="test", state="released",
        content={"criteria": {"own.near": body}}, effective_from=START - HOUR, opened_at=START, state_since=START,
    )  # fmt: skip
    return exercise


def test_a_criterion_follows_its_centre_and_no_board_is_built_anew_for_it(world, clock_to):
    machine, judge = system("gateway", world=world.pk), Judge()

    def storm_at(hour, lon):
        rows = [("lon_deg", lon), ("lat_deg", 39.9)]
        readings = [{"station": "t.storm", "time": START + hour * HOUR, "property": n, "value": v} for n, v in rows]
        assert accept_readings(machine, readings)["accepted"] == 2

    def near_after(hour, amount):
        accept_readings(machine, [{"station": "t.near", "time": START + hour * HOUR, "value": amount}])
        judge.catch_up(world.pk)
        return list(Signal.objects.in_world(machine).filter(criterion="own.near").values_list("level", flat=True))

    clock_to(START + 4 * HOUR)
    storm_at(0, 120.0)
    assert near_after(0, 0) == []
    board = judge._held[world.pk].board
    assert near_after(1, 60) == []
    storm_at(2, 116.4)
    assert near_after(2, 1) == ["orange"]
    storm_at(1, 130.0)  # late: it says where the centre was, not where it is
    assert near_after(3, 45) == ["red"]
    assert judge._held[world.pk].board is board
