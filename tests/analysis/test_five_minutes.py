"""A gauge that reports every five minutes is judged, summed and drawn like one that reports the same storm by the hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from anlan.analysis import queries
from anlan.analysis.models import Signal
from anlan.analysis.stations.chart import chart_of
from anlan.analysis.stations.course import running_sums, stretch
from anlan.analysis.stations.naming import name_of
from anlan.kernel.context import system
from anlan.kernel.errors import BadInput
from anlan.places.seeding import load_regions
from anlan.sensing import queries as sensing
from anlan.sensing.services import accept_readings, register_station
from tests.remembered import put_back

START = datetime(2016, 7, 20, 0, tzinfo=UTC)
HOUR, FIVE = timedelta(hours=1), timedelta(minutes=5)
#: Orange within three hours, then dry for long enough.
STORM = [1.2, 12.0, 24.0, 21.6, 6.0, *[0.0] * 16]


def gauge(code, **more):
    place = {"region": "110107004000", "lon": 116.18, "lat": 39.91}
    return register_station(system("seed"), code=code, name=f"{code}（示例）", properties=["rain_mm"], **place, **more)


@pytest.fixture
def world(db, exercise):
    put_back("regions", load_regions)
    gauge("gauge.hour", interval_s=3600)
    gauge("gauge.five", interval_s=300, period_s=300)
    return exercise


def test_the_same_storm_raises_the_same_signals_and_shows_the_same_sums(world, clock_to):
    gateway = system("gateway", world=world.pk)
    for i, amount in enumerate(STORM):
        end = START + (i + 1) * HOUR
        clock_to(end)
        rows = [{"station": "gauge.hour", "time": end, "value": amount}]
        parts = [end - HOUR + (k + 1) * FIVE for k in range(12)]
        rows += [{"station": "gauge.five", "time": at, "value": amount / 12} for at in parts]
        assert accept_readings(gateway, rows)["accepted"] == 13
    signals = Signal.objects.in_world(gateway).exclude(scheme="device")

    def raised(station):
        return sorted((s.criterion, s.peak, s.state) for s in signals.filter(station=station))

    assert ("rainstorm", "orange", "cleared") in raised("gauge.hour")
    assert raised("gauge.five") == raised("gauge.hour")

    by_code = {s.thing_id: s for s in sensing.datastreams(gateway, ["gauge.five", "gauge.hour"])}
    sums = queries.station_sums(gateway, list(by_code.values()))
    assert sums["gauge.hour"][24]["total"] == 64.8
    assert sums["gauge.five"] == sums["gauge.hour"]

    drawn = {
        code: stretch(gateway, stream, START, START + 12 * HOUR, lead=3 * HOUR) for code, stream in by_code.items()
    }
    courses = {code: {at: total for at, total, _whole in running_sums(d, 3 * HOUR)} for code, d in drawn.items()}
    assert courses["gauge.hour"].items() <= courses["gauge.five"].items()
    assert len(courses["gauge.five"]) == 12 * len(courses["gauge.hour"])
    names = {code: name_of(stream) for code, stream in by_code.items()}
    assert names == {"gauge.hour": "小时雨量", "gauge.five": "5分钟雨量"}
    series = chart_of(drawn["gauge.five"], names["gauge.five"], [], [], 3 * HOUR)["series"]
    assert (series[0]["name"], len(series[0]["points"])) == ("5分钟雨量", 144)
    assert max(total for _at, total in series[1]["points"] if total is not None) == 57.6


def test_a_period_that_would_count_rain_twice_or_split_an_hour_is_refused(world):
    assert sensing.datastreams(system("test"), ["gauge.five"])[0].period_s == 300
    for interval, period in ((300, 3600), (3600, 7200), (3600, 420), (3600, 0)):
        with pytest.raises(BadInput) as refused:
            gauge("gauge.odd", interval_s=interval, period_s=period)
        assert refused.value.field == "period_s"
    gauge("gauge.late", interval_s=3600, period_s=300)
    gauge("gauge.said", interval_s=600)
    periods = {s.thing_id: s.period_s for s in sensing.datastreams(system("test"), ["gauge.late", "gauge.said"])}
    assert periods == {"gauge.late": 300, "gauge.said": 600}
