"""The demonstration's base records: loaded once, whole, and harmlessly again."""

import pytest

from anlan.kernel.context import system
from anlan.kernel.models import AuditEntry
from anlan.places.demonstration import load_people
from anlan.places.seeding import load_regions
from anlan.registry import queries
from anlan.registry.models import Shelter, Station, StockLine, Team
from anlan.registry.seeding import load_demonstration
from tests.remembered import put_back

DISTRICT = "11/110107/"


@pytest.fixture
def district(db):
    put_back("district", lambda: (load_regions(), load_people()))
    return load_demonstration()


def test_every_kind_of_record_is_there_and_marked_as_sample(district, somebody):
    everyone = somebody("duty_officer", DISTRICT, ["registry.team.view", "registry.shelter.view"])
    assert district["registry.team"] == Team.objects.visible_to(everyone).filter(sample=True).count() > 10
    assert district["registry.stock_line"] == StockLine.everything.count()
    assert all("示例" in s.name for s in Shelter.objects.visible_to(everyone))


def test_stations_of_other_counties_are_shared_with_the_district_but_belong_elsewhere(district, somebody):
    duty = somebody("duty_officer", DISTRICT, ["registry.station.view"], keys=["in:110107"])
    elsewhere = somebody("duty_officer", "33/3309/", ["registry.station.view"], keys=["in:3309"])
    assert queries.stations(duty, kind="rain").count() == 12
    assert queries.station_by_code(duty, "uci.gucheng").sample is False
    assert not queries.stations(elsewhere).exists()


def test_stock_expires_when_its_shelf_life_ends(district):
    line = StockLine.everything.get(code="wh.district.water")
    assert (line.made.isoformat(), line.expires.isoformat()) == ("2016-03-01", "2017-03-01")


def test_loading_again_writes_nothing(district):
    before = AuditEntry.objects.count()
    assert load_demonstration() == district
    assert AuditEntry.objects.count() == before


def test_what_lies_near_a_point_comes_nearest_first(district, somebody):
    ctx = system("test")
    point = Station.everything.get(code="uci.gucheng").position
    near = queries.within(ctx, point, 2.0)
    shelters = near["registry.shelter"]
    assert shelters
    assert [s.away.m for s in shelters] == sorted(s.away.m for s in shelters)
    assert all(s.away.km <= 2.0 for s in shelters)
    assert all(s.scope.startswith(DISTRICT) for s in queries.shelters_under(ctx, DISTRICT))
