"""Devices that keep silent, by what each owes; what the journal holds and no row says yet counts as well."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from anlan.kernel.context import system
from anlan.sensing import queries
from anlan.sensing.models import Datastream, Latest
from anlan.sensing.services import accept_readings, register_station
from tests.cast import BAJIAO, DISTRICT, settle

NOON = datetime(2016, 7, 20, 4, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def machine(db, exercise):
    settle()
    for code, region in (("d.on", "110107004000"), ("d.off", "110107004000"), ("d.never", "110107003000")):
        register_station(system("test"), code=code, name=code, region=region, properties=["depth_cm"], interval_s=300)
    return system("gateway", world=exercise.pk)


def report(ctx, code, at):
    assert accept_readings(ctx, [{"station": code, "property": "depth_cm", "time": at, "value": 1}])["accepted"] == 1


def silent(ctx):
    return [(s.stream.thing_id, s.last, s.overdue) for s in queries.silent_devices(ctx)]


def test_who_is_late_by_half_an_interval_is_silent_the_one_that_never_spoke_first(machine, somebody):
    report(machine, "d.on", NOON - timedelta(seconds=450))
    report(machine, "d.off", NOON - 9 * MINUTE)
    assert silent(machine) == [("d.never", None, None), ("d.off", NOON - 9 * MINUTE, timedelta(seconds=90))]
    assert silent(machine)[1][1].tzinfo is not None
    Datastream.objects.filter(thing="d.off").update(interval_s=30 * 86400)
    assert [code for code, _last, _late in silent(machine)] == ["d.never"], "nobody waits for what comes once a month"
    reader = somebody("town", BAJIAO, ("sensing.station.view",), world=machine.world)
    assert [code for code, _last, _late in silent(reader)] == ["d.never"]
    assert silent(somebody("town", DISTRICT, (), world=machine.world)) == []


def test_what_only_the_journal_holds_counts(machine, settings):
    report(machine, "d.off", NOON - 9 * MINUTE)
    settings.JUDGE = "process"
    report(machine, "d.off", NOON - MINUTE)
    report(machine, "d.never", NOON - 8 * MINUTE)
    assert Latest.objects.get(datastream__thing="d.off").phenomenon_time == NOON - 9 * MINUTE
    assert ("d.never", NOON - 8 * MINUTE, timedelta(seconds=30)) in silent(machine)
    assert "d.off" not in [code for code, _last, _late in silent(machine)]
