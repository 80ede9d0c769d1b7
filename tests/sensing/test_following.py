"""Stations and waterlogging points of the base database are what may be measured, and stay so when they change."""

from __future__ import annotations

from datetime import timedelta

import pytest

from anlan.kernel import clock
from anlan.kernel.context import system
from anlan.kernel.errors import BadInput
from anlan.kernel.layers import layer_of, layers_for
from anlan.kernel.ledgers import ledger_of, restore_row, retire_row, save_row
from anlan.kernel.reactions import drain
from anlan.places.seeding import load_regions
from anlan.registry.models import RiskSite, Station
from anlan.sensing import store
from anlan.sensing.following import FOLLOWED, follow_registry
from anlan.sensing.models import Datastream, Thing
from anlan.sensing.services import accept_readings
from tests.remembered import put_back

GUCHENG, BAJIAO, DINGHAI = "110107004000", "110107003000", "330902000000"


@pytest.fixture
def house(db):
    put_back("regions", load_regions)
    return system("test")


def station(house, row=None, **given):
    values = {
        "code": "g.1",
        "name": "古城雨量站（示例）",
        "scope": GUCHENG,
        "kind": "rain",
        "interval_min": 10,
        "position": "116.18,39.91",
    }
    saved = save_row(house, ledger_of("registry.station"), values | given if row is None else given, row)
    drain()
    return saved


def things(**given):
    return [t.pk for t in Thing.everything.filter(retired=False, **given).order_by("pk")]


def measure(house, code, value=1.0, **more):
    at = clock.real_now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    return accept_readings(house, [{"station": code, "time": at, "value": value, **more}])


def test_what_is_entered_may_be_measured_and_follows_every_change(house):
    row = station(house)
    thing = Thing.everything.get(pk="g.1")
    stream = Datastream.objects.get(thing=thing)
    assert (thing.name, thing.kind, thing.position.coords, stream.property, stream.interval_s) == (
        "古城雨量站（示例）", "rain", (116.18, 39.91), "rain_mm", 600,
    )  # fmt: skip
    assert measure(house, "g.1")["accepted"] == 1
    station(house, row, name="古城南街雨量站（示例）", scope=BAJIAO, position="116.20,39.90", interval_min=60)
    thing.refresh_from_db()
    stream.refresh_from_db()
    assert (thing.name, thing.scope, thing.position.coords, stream.interval_s) == (
        "古城南街雨量站（示例）", "11/110107/110107003/", (116.20, 39.90), 3600,
    )  # fmt: skip
    retire_row(house, ledger_of("registry.station"), row, why="已拆除")
    drain()
    assert "没有登记测站" in measure(house, "g.1", 2.0)["rejected"][0]["reason"]
    restore_row(house, ledger_of("registry.station"), row)
    drain()
    assert measure(house, "g.1", 2.0)["corrected"] == 1, "what was measured before is still there"


def test_the_period_of_rain_follows_the_ledger_and_one_that_cannot_be_is_said_there(house):
    row = station(house, interval_min=60, period_min=5)
    stream = Datastream.objects.get(thing="g.1")
    assert (stream.interval_s, stream.period_s) == (3600, 300)
    station(house, row, interval_min=10, period_min=None)
    stream.refresh_from_db()
    assert (stream.interval_s, stream.period_s) == (600, 600), "not said: from one reading to the next"
    for wrong in ({"period_min": 7}, {"period_min": 30}, {"interval_min": 0}):
        with pytest.raises(BadInput):
            station(house, row, **wrong)


def test_another_code_is_another_thing_and_the_old_one_keeps_its_readings(house):
    row = station(house)
    measure(house, "g.1")
    station(house, row, code="g.2")
    assert things() == ["g.2"]
    assert Thing.everything.get(pk="g.1").retired
    stream = Datastream.objects.get(thing="g.1")
    assert len(store.read(house.world, [stream.pk])[stream.pk].value) == 1
    assert measure(house, "g.2")["accepted"] == 1


def test_the_same_code_in_another_county_takes_nothing_away(house):
    station(house)
    station(house, scope=DINGHAI, name="定海同号站（示例）")
    assert things() == ["330902.g.1", "g.1"]
    assert Thing.everything.get(pk="g.1").name == "古城雨量站（示例）"


def test_a_point_under_water_is_a_thing_with_a_depth_and_all_of_it_runs_twice_without_a_change(house):
    values = {
        "code": "w.1",
        "name": "某下凹桥（示例）",
        "scope": GUCHENG,
        "kind": "underpass",
        "position": "116.18,39.90",
    }
    site = save_row(house, ledger_of("registry.risk_site"), values)
    drain()
    assert measure(house, "w.1", 30.0, property="underpass_depth_cm")["accepted"] == 1
    shown = layer_of("sensing.depth").rows(house, {}).get()
    assert (shown.pk, shown.value, shown.value_unit) == ("w.1", 30.0, "cm")
    before = list(Thing.everything.order_by("pk").values())
    assert {ledger: follow_registry(house, ledger=ledger) for ledger in FOLLOWED} == {
        "registry.station": 0, "registry.risk_site": 1,
    }  # fmt: skip
    assert list(Thing.everything.order_by("pk").values()) == before
    save_row(house, ledger_of("registry.risk_site"), {"kind": "road"}, site)
    drain()
    assert measure(house, "w.1", 12.0, property="depth_cm")["accepted"] == 1


def test_a_station_is_drawn_once_on_the_map_by_the_layer_that_knows_its_values(house):
    offered = {layer.key for layer in layers_for(house)}
    assert {"sensing.station", "sensing.depth", "sensing.level"} <= offered
    assert "registry.station" not in offered
    assert layer_of("registry.station").key in {layer.key for layer in layers_for(house, every=True)}


def test_the_demonstration_measures_at_every_station_and_point(house, settings, tmp_path):
    from anlan.places.demonstration import load_people
    from anlan.registry.seeding import load_demonstration

    settings.DEMO, settings.VAR_DIR = True, str(tmp_path)
    load_people()
    load_demonstration()
    total = sum(follow_registry(house, ledger=ledger) for ledger in FOLLOWED)
    assert total == Station.objects.in_world(house).count() + RiskSite.objects.in_world(house).count() == len(things())
