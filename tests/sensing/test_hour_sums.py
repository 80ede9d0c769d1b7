"""On the map every gauge says the rain of an hour, whatever its step."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from anlan.kernel.context import system
from anlan.kernel.layers import layers_for
from anlan.sensing.hour_sums import gauges_by_hour
from anlan.sensing.services import accept_readings, register_station
from tests.cast import BAJIAO, DISTRICT, settle

NOON = datetime(2016, 7, 20, 4, tzinfo=UTC)
STEP = timedelta(minutes=5)


@pytest.fixture
def gauges(db, clock_to, exercise):
    settle()
    for code, every, region in (
        ("h.1", 3600, "110107004000"), ("m.1", 300, "110107004000"), ("m.2", 300, "110107003000"), ("m.0", 300, "110107003000"),
    ):  # fmt: skip
        register_station(system("test"), code=code, name=code, region=region, properties=["rain_mm"], interval_s=every, period_s=every,
                         lon=116.2, lat=39.9)  # fmt: skip
    clock_to(NOON + timedelta(hours=2))
    machine = system("gateway", world=exercise.pk)
    rows = [{"station": "h.1", "time": NOON, "value": 20}]
    rows += [{"station": "m.1", "time": NOON - i * STEP, "value": 2} for i in range(24)]
    rows += [
        {"station": "m.2", "time": NOON - timedelta(hours=5) - i * STEP, "value": 1 if i else None} for i in range(3)
    ]
    assert accept_readings(machine, rows)["rejected"] == []
    return machine


def said(rows):
    return {t.code: t.value for t in rows}


def test_what_is_read_every_five_minutes_is_added_up_and_what_is_read_by_the_hour_stands(gauges):
    assert said(gauges_by_hour(gauges)) == {"h.1": 20.0, "m.1": 24.0, "m.2": 2.0, "m.0": None}
    (layer,) = [la for la in layers_for(gauges) if la.key == "sensing.station"]
    shown = {t.code: layer.detail(t) for t in layer.rows(gauges, {})}
    assert shown["m.1"] == "1 小时 24 mm（截至 12:00）"
    assert shown["m.0"] == "没有读数"


def test_at_an_instant_of_the_past_it_is_the_hour_before_it(gauges):
    at = NOON - timedelta(minutes=90)
    assert said(gauges_by_hour(gauges, at)) == {"h.1": None, "m.1": 12.0, "m.2": None, "m.0": None}
    assert said(gauges_by_hour(gauges, NOON))["m.1"] == 24.0


def test_nobody_sees_the_gauges_of_another_street(gauges, somebody):
    reader = somebody("town", BAJIAO, ("sensing.station.view",), world=gauges.world)
    assert said(gauges_by_hour(reader)) == {"m.2": 2.0, "m.0": None}
    assert said(gauges_by_hour(somebody("town", DISTRICT, (), world=gauges.world))) == {}
