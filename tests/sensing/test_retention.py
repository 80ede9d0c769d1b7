"""Single readings go after their time, their hours stay; what was rows before is carried over."""

from __future__ import annotations

import importlib
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from anlan.kernel import clock
from anlan.kernel.context import system
from anlan.kernel.errors import BadInput
from anlan.kernel.worlds import REAL
from anlan.places.seeding import load_regions
from anlan.sensing import queries, store
from anlan.sensing.models import Block, Datastream, HourBlock, Retention
from anlan.sensing.retention import raw_days, shipped_retention, thin_due
from anlan.sensing.seeding import load_stations
from anlan.sensing.services import (
    accept_arrays,
    accept_readings,
    bind_feeder,
    calibrate,
    register_station,
    set_retention,
    set_standing,
)
from tests.racing import at_once
from tests.remembered import put_back

MAY = datetime(2016, 5, 31, 16, tzinfo=UTC)


@pytest.fixture
def house(db):
    put_back("gauges", lambda: (load_regions(), load_stations()))
    register_station(
        system("test"),
        code="w.1",
        name="某下凹桥（示例）",
        region="110107004000",
        properties=["depth_cm"],
        interval_s=300,
    )
    return system("gateway")


def test_what_is_thinned_out_stays_by_the_hour_and_takes_no_more_single_readings(house):
    stream = Datastream.objects.get(thing="w.1")
    at = store.micros(MAY) + 300_000_000 * np.arange(24 * 12)
    told = accept_arrays(house, stream=np.full(len(at), stream.pk), time_us=at, value=np.arange(len(at)) % 12)
    assert told["accepted"] == len(at)
    before = queries.year(house, stream, MAY + timedelta(days=2))
    with pytest.raises(BadInput):
        set_retention(house, property="depth_cm", raw_days=5, reason="")
    set_retention(house, property="depth_cm", raw_days=40, reason="磁盘有限")
    assert (raw_days("depth_cm"), raw_days("rain_mm")) == (40, shipped_retention()["default"]["raw_days"])
    with clock.fixed(datetime(2016, 7, 20, tzinfo=UTC)):
        gone = thin_due()
        assert thin_due() == 0
    # The month ends at 08:00 of local time: what is of June stays as it is.
    assert gone == 8 * 12
    assert (Block.objects.count(), HourBlock.objects.count()) == (1, 1)
    after = queries.year(house, stream, MAY + timedelta(days=2))
    for name in ("hour_us", "came", "known", "total", "least", "most", "last"):
        np.testing.assert_array_equal(getattr(before, name), getattr(after, name), err_msg=name)
    series = queries.series(house, [stream], since=MAY - timedelta(hours=1), until=MAY + timedelta(hours=24))[stream.pk]
    assert len(series) == 9 + 16 * 12 - 1
    late = {"station": "w.1", "property": "depth_cm", "time": MAY + timedelta(hours=1), "value": 3}
    (refused,) = accept_readings(house, [late])["rejected"]
    assert "保存期" in refused["reason"]
    told = accept_arrays(house, stream=[stream.pk], time_us=[store.micros(MAY)], value=[3.0])
    assert [r["code"] for r in told["rejected"]] == ["thinned"]
    assert Retention.objects.get().thinned_before == datetime(2016, 6, 1, tzinfo=UTC)


def test_what_an_instrument_says_is_stored_as_it_was_calibrated_at_the_time(house):
    stream = calibrate(
        house, station="w.1", property="depth_cm", since=date(2016, 6, 1), factor=2, offset=-1, note="检定"
    )
    assert stream.calibrated_on == date(2016, 6, 1)
    rows = [{"station": "w.1", "property": "depth_cm", "time": MAY + timedelta(hours=h), "value": 10} for h in (0, 8)]
    assert accept_readings(house, rows)["accepted"] == 2
    arrays = accept_arrays(
        house, stream=[stream.pk] * 2, time_us=[store.micros(r["time"]) + 60_000_000 for r in rows], value=[10.0, 600.0]
    )
    assert [r["code"] for r in arrays["rejected"]] == ["range"], "the range is that of what is stored"
    (columns,) = store.read(REAL, None).values()
    assert columns.value.tolist() == [10.0, 10.0, 19.0]
    with pytest.raises(BadInput):
        calibrate(house, station="w.1", property="depth_cm", since=date(2016, 6, 1), factor=0)
    assert (
        set_standing(house, station="w.1", property="depth_cm", standing="doubtful", note="探头松动").standing
        == "doubtful"
    )
    with pytest.raises(BadInput):
        set_standing(house, station="w.1", property="depth_cm", standing="fine")


def test_arrays_are_judged_like_rows_and_every_refusal_says_why(house):
    rain, depth = Datastream.objects.get(thing="uci.gucheng"), Datastream.objects.get(thing="w.1")
    hour = 3600 * 1_000_000
    may, now = store.micros(MAY), store.micros(clock.real_now())
    rows = [
        (rain.pk, may, 1.0, ""), (rain.pk, may, 1.0, ""), (rain.pk, may, 2.0, "twin"), (10**9, may, 1.0, "unknown"),
        (-1, may, 1.0, "unknown"), (rain.pk, now + 2 * hour, 1.0, "future"), (rain.pk, 0, 1.0, "early"),
        (rain.pk, may + 1, 1.0, "period"), (rain.pk, may - hour, np.inf, "infinite"), (rain.pk, may - hour, -1.0, "range"),
        (rain.pk, may - hour, np.nan, ""), (depth.pk, may + 1, 1.0, ""), (rain.pk, 2**62, 1.0, "future"),
    ]  # fmt: skip
    stream, time_us, value, code = zip(*rows, strict=True)
    told = accept_arrays(house, stream=stream, time_us=time_us, value=value)
    assert [(r["index"], r["code"]) for r in told["rejected"]] == [(i, c) for i, c in enumerate(code) if c]
    assert all(r["reason"] and r["mend"] for r in told["rejected"])
    assert (told["accepted"], told["duplicates"], told["corrected"]) == (3, 1, 0)
    assert accept_arrays(house, stream=stream, time_us=time_us, value=value)["accepted"] == 0
    assert accept_arrays(house, stream=[rain.pk], time_us=[may], value=[3.0])["corrected"] == 1


def test_readings_that_were_rows_are_carried_over(transactional_db):
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    load_regions()
    load_stations()
    pk = Datastream.objects.get(thing="uci.gucheng").pk
    at = [MAY + timedelta(hours=h) for h in range(3)]
    latest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    MigrationExecutor(connection).migrate([("sensing", "0004_historical_location")])
    try:
        with connection.cursor() as cursor:
            for when, value, quality in zip(at, (1.5, None, 7.0), ("good", "missing", "corrected"), strict=True):
                cursor.execute(
                    "INSERT INTO sensing_observation (datastream_id, world_id, phenomenon_time, result, quality, received_at,"
                    " recorded_at) VALUES (%s, %s, %s, %s, %s, %s, %s)",
                    [pk, REAL, when, value, quality, when + timedelta(minutes=2), MAY],
                )
    finally:
        MigrationExecutor(connection).migrate(latest)
    columns = store.read(REAL, [pk])[pk]
    assert columns.time_us.tolist() == [store.micros(when) for when in at]
    assert (columns.value[[0, 2]].tolist(), bool(np.isnan(columns.value[1]))) == ([1.5, 7.0], True)
    assert columns.quality.tolist() == [store.GOOD, store.MISSING, store.CORRECTED]
    assert (columns.received_us - columns.time_us).tolist() == [120_000_000] * 3
    assert all(entry.history for entry in store.entries_after(REAL, 0))
    assert store.fold(REAL) == 3
    assert store.read(REAL, [pk])[pk].value.tolist()[::2] == [1.5, 7.0]


def test_who_administers_all_stations_decides_and_nobody_else(house, somebody):
    from django.test import Client

    from anlan.kernel.errors import NotAllowed
    from tests.cast import DISTRICT, person, signed_in

    client = signed_in(Client(), person("admin-1", DISTRICT, "admin"))

    def put(path, body):
        return client.put(f"/api/v1/sensing/{path}", body, content_type="application/json")

    answer = put("retention/depth_cm", {"raw_days": 400, "reason": "磁盘有限"})
    assert (answer.status_code, answer.json()["chosen"]) == (200, True)
    assert put("retention/rain_mm", {"raw_days": 400, "reason": ""}).status_code == 403, "some gauges are the city's"
    kept = {row["property"]: row["raw_days"] for row in client.get("/api/v1/sensing/retention").json()}
    assert (kept["depth_cm"], kept["rain_mm"]) == (400, None)
    stream = put("stations/w.1/depth_cm/calibration", {"since": "2016-06-01", "offset": 1.5, "note": "检定"}).json()
    assert (stream["calibrated_on"], stream["calibration"][0]["offset"]) == ("2016-06-01", 1.5)
    assert put("stations/w.1/depth_cm/standing", {"standing": "maintained"}).json()["standing"] == "maintained"
    assert put("stations/w.1/rain_mm/standing", {"standing": "maintained"}).status_code == 404
    assert put("feeders", {"key": "org:gucheng", "stations": ["w.1"]}).json() == ["w.1"]
    reader = somebody("town", DISTRICT, ("sensing.station.view",))
    with pytest.raises(NotAllowed):
        set_retention(reader, property="aqi", raw_days=None, reason="")


def test_the_hours_of_all_stations_are_asked_at_once(house):
    from django.test import Client

    from tests.cast import DISTRICT, person, signed_in

    client = signed_in(Client(), person("duty-1", DISTRICT, "duty_officer"))
    rows = [{"station": "uci.gucheng", "time": MAY, "value": 3}, {"station": "uci.tiantan", "time": MAY, "value": None}]
    accept_readings(house, rows)
    ask = {"since": (MAY - timedelta(hours=2)).isoformat(), "until": MAY.isoformat()}
    (hour,) = client.get("/api/v1/sensing/hours", ask).json()
    assert {s["station"]: (s["value"], s["readings"]) for s in hour["stations"]} == {
        "uci.gucheng": (3.0, 1), "uci.tiantan": (None, 0),
    }  # fmt: skip
    assert client.get("/api/v1/sensing/hours", ask | {"since": "2010-01-01T00:00:00Z"}).status_code == 422
    assert client.get("/api/v1/sensing/hours", ask | {"property": "x"}).status_code == 422
    naive = {"station": "uci.gucheng", "since": "2016-05-01T00:00:00"}
    assert client.get("/api/v1/sensing/observations", naive).status_code == 422


def test_a_person_in_an_exercise_changes_no_station_and_no_rule_of_reality(house, exercise):
    from anlan.kernel.errors import Refused
    from anlan.places.identity import context_of
    from anlan.sensing.models import Thing
    from anlan.sensing.services.describing import describe_station, retire_station
    from tests.cast import DISTRICT, person

    playing = context_of(person("duty-1", DISTRICT, "duty_chief"), world=exercise.pk)
    for change in (
        lambda: retire_station(playing, code="w.1", why="演练"),
        lambda: describe_station(playing, code="w.1", name="演练"),
        lambda: register_station(playing, code="w.2", name="演练", region="110107004000", properties=["rain_mm"]),
        lambda: calibrate(playing, station="w.1", property="depth_cm", since=date(2016, 6, 1), factor=2),
        lambda: set_standing(playing, station="w.1", property="depth_cm", standing="doubtful"),
        lambda: set_retention(playing, property="depth_cm", raw_days=31, reason=""),
        lambda: bind_feeder(playing, key="org:gucheng", stations=["w.1"]),
    ):
        with pytest.raises(Refused):
            change()
    assert not Thing.everything.get(pk="w.1").retired


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("door", ["rows", "arrays"])
def test_a_late_reading_beside_the_thinning_is_refused_or_in_its_hour_and_never_both(house, monkeypatch, door):
    """Thinning runs to its end after the bounds were read and before the reading is stored."""
    stream = Datastream.objects.get(thing="w.1")
    at = store.micros(MAY) + 300_000_000 * np.arange(12)
    accept_arrays(house, stream=np.full(12, stream.pk), time_us=at + 300_000_000, value=np.ones(12))
    set_retention(house, property="depth_cm", raw_days=40, reason="磁盘有限")
    module = importlib.import_module(f"anlan.sensing.services.{'accepting' if door == 'rows' else 'arrays'}")
    read, gone = module.bounds_of, []

    def overtaken(ctx):
        bounds = read(ctx)()
        if not gone:
            gone.append(None)
            gone[:] = at_once(thin_due)
        return lambda: bounds

    monkeypatch.setattr(module, "bounds_of", overtaken)
    before = queries.year(house, stream, MAY + timedelta(days=2))
    if door == "rows":
        late = {"station": "w.1", "property": "depth_cm", "time": store.moment(int(at[0])), "value": 5}
        (refused,) = accept_readings(house, [late])["rejected"]
        assert "保存期" in refused["reason"]
    else:
        told = accept_arrays(house, stream=[stream.pk], time_us=[int(at[0])], value=[5.0])
        assert [r["code"] for r in told["rejected"]] == ["thinned"]
    assert gone == [12]
    store.fold(REAL)
    after = queries.year(house, stream, MAY + timedelta(days=2))
    for name in ("hour_us", "came", "known", "total"):
        np.testing.assert_array_equal(getattr(before, name), getattr(after, name), err_msg=name)
