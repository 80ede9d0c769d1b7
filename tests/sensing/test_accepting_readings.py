"""Readings arrive once, whatever comes with them."""

import math
from datetime import UTC, datetime, timedelta

import pytest

from anlan.kernel.context import system
from anlan.kernel.errors import BadInput, NotAllowed, NotFound
from anlan.kernel.models import Outbox
from anlan.places.seeding import load_regions
from anlan.sensing import queries, store
from anlan.sensing.models import Correction, RejectedReading
from anlan.sensing.seeding import load_stations
from anlan.sensing.services import accept_readings
from tests.remembered import put_back

NOON = datetime(2016, 7, 20, 4, tzinfo=UTC)
FEED = ("sensing.observation.feed", "sensing.station.view")


@pytest.fixture
def stations(db):
    put_back("regions", load_regions)
    return load_stations()


@pytest.fixture
def gateway(stations, exercise):
    return system("gateway", world=exercise.pk)


def reading(station="uci.gucheng", time=NOON, value=12.5, **more):
    return {"station": station, "time": time.isoformat(), "value": value, **more}


def stored(world):
    """Every reading of a world, whoever made it."""
    return [v for columns in store.read(world.pk, None).values() for v in columns.value.tolist()]


def announced():
    return [r.payload for r in Outbox.objects.filter(subject="sensing.observations.arrived").order_by("id")]


def test_stations_are_loaded_twice_without_harm(stations):
    assert stations == 12
    assert load_stations() == 12
    assert queries.stations(system("t")).count() == 12


def test_a_reading_is_stored_and_announced(gateway):
    answer = accept_readings(gateway, [reading(), reading("uci.tiantan", value=0)])
    assert (answer["accepted"], answer["duplicates"], answer["rejected"]) == (2, 0, [])
    rows = [row for event in announced() for row in event["readings"]]
    assert sorted(rows) == [
        ["uci.gucheng", "rain_mm", NOON.isoformat(), 12.5],
        ["uci.tiantan", "rain_mm", NOON.isoformat(), 0.0],
    ]
    assert {s.pk: s.value for s in queries.stations_with_latest(gateway)}["uci.gucheng"] == 12.5


def test_the_same_reading_twice_is_one(gateway, exercise):
    accept_readings(gateway, [reading()])
    before = len(announced())
    answer = accept_readings(gateway, [reading(), reading()])
    assert (answer["accepted"], answer["duplicates"]) == (0, 1)
    assert stored(exercise) == [12.5]
    assert len(announced()) == before


def test_a_reading_from_the_future_is_refused_with_its_mending_and_the_rest_goes_on(gateway):
    answer = accept_readings(gateway, [reading(time=NOON + timedelta(hours=1)), reading()])
    assert answer["accepted"] == 1
    (bad,) = answer["rejected"]
    assert bad["index"] == 0
    assert "将来" in bad["reason"]
    assert bad["mend"]
    assert RejectedReading.objects.visible_to(gateway).get().station == "uci.gucheng"


@pytest.mark.parametrize(
    ("row", "word"),
    [
        (reading(value=float("nan")), "有限"),
        (reading(value=float("inf")), "有限"),
        (reading(value="一点"), "不是数字"),
        (reading(value=True), "不是数字"),
        (reading(value=-1), "可信范围"),
        (reading(value=5000), "可信范围"),
        (reading(station="nowhere"), "没有登记"),
        (reading(property="depth_cm"), "不测"),
        (reading(unit="in"), "单位"),
        ({"station": "uci.gucheng", "time": "yesterday", "value": 1}, "认不出来"),
        ({"station": "uci.gucheng", "time": "2016-07-20T12:00:00", "value": 1}, "时区"),
        (reading(time=NOON - timedelta(minutes=20)), "时段终点"),
        (reading(time=datetime(1970, 1, 1, 1, tzinfo=UTC)), "1971"),
        ("not a row", "不是一组字段"),
    ],
)
def test_what_cannot_be_true_is_refused_with_a_reason(gateway, row, word):
    answer = accept_readings(gateway, [row, reading()])
    assert answer["accepted"] == 1
    assert [word in r["reason"] for r in answer["rejected"]] == [True]


def test_two_values_for_one_time_in_a_batch_contradict(gateway):
    answer = accept_readings(gateway, [reading(value=1), reading(value=2)])
    assert answer["accepted"] == 1
    assert "第 1 条" in answer["rejected"][0]["reason"]


def test_a_correction_replaces_the_value_and_keeps_what_was(gateway, exercise):
    accept_readings(gateway, [reading(value=10)])
    answer = accept_readings(gateway, [reading(value=11)])
    assert (answer["accepted"], answer["corrected"]) == (1, 1)
    kept = Correction.objects.get()
    assert (kept.before, kept.after) == (10, 11)
    assert stored(exercise) == [11]


def test_an_empty_value_is_missing_and_not_zero(gateway, exercise):
    accept_readings(gateway, [reading(value="")])
    assert math.isnan(stored(exercise)[0])
    accept_readings(gateway, [reading(value=3)])
    assert stored(exercise) == [3]
    assert accept_readings(gateway, [reading(value=None)])["duplicates"] == 1


def test_history_is_stored_in_silence(gateway):
    rows = [reading(time=NOON - timedelta(hours=h), value=20) for h in range(30)]
    assert accept_readings(gateway, rows, history=True)["accepted"] == 30
    assert announced() == []


def test_worlds_do_not_mix(gateway, stations, exercise):
    accept_readings(gateway, [reading()])
    real = system("gateway")
    streams = queries.datastreams(real, ["uci.gucheng"])
    assert queries.series(real, streams, since=NOON - timedelta(days=1)) == {}
    assert accept_readings(real, [reading()])["accepted"] == 1
    assert stored(exercise) == [12.5]


def test_a_huge_batch_is_refused_whole(gateway):
    with pytest.raises(BadInput):
        accept_readings(gateway, [reading()] * 20_001)


def test_who_measures_elsewhere_cannot_report_here(stations, exercise, somebody):
    elsewhere = somebody("meteo", "33/3309/", FEED, world=exercise.pk)
    assert "没有登记" in accept_readings(elsewhere, [reading()])["rejected"][0]["reason"]
    reader = somebody("town", "11/110107/110107004/", ("sensing.station.view",), world=exercise.pk)
    with pytest.raises(NotAllowed):
        accept_readings(reader, [reading()])
    with pytest.raises(NotFound):
        queries.station(elsewhere, "uci.gucheng")
    here = somebody("meteo", "11/110107/", FEED, keys={"in:11", "in:110107"}, world=exercise.pk)
    answer = accept_readings(here, [reading(), reading("uci.tiantan")])
    assert answer["accepted"] == 1
    assert "不能报" in answer["rejected"][0]["reason"]


def test_a_device_that_says_nothing_is_noticed(gateway, clock_to):
    assert {s.last for s in queries.silent_devices(gateway)} == {None}
    accept_readings(gateway, [reading()])
    assert "uci.gucheng" not in {s.stream.thing_id for s in queries.silent_devices(gateway)}
    clock_to(NOON + timedelta(minutes=91))
    assert "uci.gucheng" in {s.stream.thing_id for s in queries.silent_devices(gateway)}


def test_ranges_agree_with_those_of_the_criteria():
    from anlan.analysis.data.criteria_files import shipped_properties
    from anlan.sensing.properties import PROBE, properties

    for one in set(properties().values()) - {PROBE}:
        theirs = shipped_properties()[one.id]
        assert (one.unit, one.least, one.most, one.zh) == (theirs.unit, theirs.least, theirs.most, theirs.zh)
        assert (one.period_s > 0) == theirs.adds_up


def test_the_map_of_an_hour_shows_what_was_read_then(gateway):
    accept_readings(gateway, [reading(value=3.0), reading(time=NOON + timedelta(hours=2), value=20.0)])
    shown = {s.pk: s.value for s in queries.stations_at(gateway, NOON + timedelta(minutes=30))}
    assert (shown["uci.gucheng"], shown["uci.tiantan"]) == (3.0, None)
    assert {s.pk: s.value for s in queries.stations_at(gateway, NOON + timedelta(minutes=90))}["uci.gucheng"] is None


def test_a_reading_that_comes_late_does_not_replace_the_latest(gateway):
    accept_readings(gateway, [reading(time=NOON, value=12.5)])
    accept_readings(gateway, [reading(time=NOON - timedelta(hours=2), value=30.0)])
    assert {s.pk: s.value for s in queries.stations_with_latest(gateway)}["uci.gucheng"] == 12.5
