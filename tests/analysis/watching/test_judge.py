"""The judge takes the journal in turns that are whole or nothing, wherever it is stopped and whoever carries on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from anlan.analysis import services
from anlan.analysis.models import CriteriaVersion, Signal, StoppedRule, Watch
from anlan.analysis.watching import inline
from anlan.analysis.watching import judge as judge_module
from anlan.analysis.watching.judge import Judge
from anlan.kernel.context import system
from anlan.kernel.loops.stepping import take_step
from anlan.kernel.models import Outbox
from anlan.places.identity import context_of
from anlan.places.seeding import load_regions
from anlan.sensing import store
from anlan.sensing.models import Thing
from anlan.sensing.seeding import load_stations
from anlan.sensing.services import accept_readings, register_station
from tests.cast import DISTRICT, person, settle
from tests.remembered import put_back

START = datetime(2016, 7, 20, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def world(db, exercise, settings):
    settings.JUDGE = "process"
    put_back("regions", load_regions)
    load_stations()
    return exercise


@pytest.fixture
def feed(world, clock_to):
    """Store hours of rain without judging them: ``feed(first_hour, [mm, …], station)``."""

    def feed(first, amounts, station="uci.gucheng"):
        for i, value in enumerate(amounts):
            at = first + i * HOUR
            clock_to(at)
            accept_readings(system("gateway", world=world.pk), [{"station": station, "time": at, "value": value}])

    return feed


def _standing(world):
    rows = Signal.objects.in_world(system("test", world=world.pk)).order_by("station_id", "criterion", "opened_at")
    return [(s.station_id, s.criterion, s.level, s.peak, s.state, s.since, s.at, s.value) for s in rows]


def test_what_waits_in_the_journal_is_judged_once_and_in_its_order(feed, world):
    feed(START, [20.0, 20.0, 15.0])
    assert _standing(world) == []
    judge = Judge(tell_s=0.0)
    assert judge.catch_up(world.pk) == 3
    standing = _standing(world)
    assert ("uci.gucheng", "rainstorm", "orange") in {row[:3] for row in standing}
    told = Outbox.objects.filter(subject="analysis.signal.raised").count()
    assert judge.catch_up(world.pk) == 0
    assert Judge().catch_up(world.pk) == 0
    assert _standing(world) == standing
    assert Outbox.objects.filter(subject="analysis.signal.raised").count() == told


def test_a_judge_that_is_replaced_at_every_turn_finds_what_one_finds(feed, world):
    storm = [0.0, 5.0, 20.0, 20.0, 15.0, 60.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 2.0, *[0.0] * 12]
    feed(START, storm)
    feed(START, [0.0, 0.0, 30.0, 40.0, *[0.0] * 10], station="uci.tiantan")
    one = Judge(tell_s=0.0)
    one.catch_up(world.pk)
    whole = _standing(world)
    assert any(row[4] == "cleared" for row in whole)
    # The same journal judged again from its beginning, each reading by a judge that knows nothing but the database.
    Signal.everything.filter(world_id=world.pk).delete()
    Watch.objects.filter(pk=world.pk).update(position=0, told=0)
    most, judge_module.MOST_READINGS = judge_module.MOST_READINGS, 1
    try:
        while Judge(tell_s=0.0).turn(world.pk).entries:
            pass
    finally:
        judge_module.MOST_READINGS = most
    assert _standing(world) == whole


def test_two_judges_one_after_the_other_leave_out_nothing_and_take_nothing_twice(feed, world):
    """Each asks for what follows on where it stood itself, and finds that the other has been there."""
    pair, taken = (Judge(tell_s=0.0), Judge(tell_s=0.0)), []
    for hour, amount in enumerate([20.0, 20.0, 15.0, 60.0]):
        feed(START + hour * HOUR, [amount])
        taken.append(pair[hour % 2].catch_up(world.pk))
    assert taken == [1, 1, 1, 1]
    apart = _standing(world)
    Signal.everything.filter(world_id=world.pk).delete()
    Watch.objects.filter(pk=world.pk).update(position=0, told=0)
    assert Judge(tell_s=0.0).catch_up(world.pk) == 4
    assert _standing(world) == apart


def test_a_turn_that_fails_leaves_nothing_and_the_next_one_makes_up_for_it(feed, world, monkeypatch):
    feed(START, [20.0, 20.0, 15.0])
    written = []

    def killed(entry):
        written.extend(_standing(world))
        raise RuntimeError("killed after the signals were written")

    judge = Judge(tell_s=0.0)
    monkeypatch.setattr(judge_module, "probe_judged", killed)
    with pytest.raises(RuntimeError):
        judge.turn(world.pk)
    assert written
    assert _standing(world) == []
    assert Watch.objects.filter(pk=world.pk, position__gt=0).count() == 0
    monkeypatch.undo()
    judge.catch_up(world.pk)
    assert [row[2] for row in _standing(world) if row[:2] == ("uci.gucheng", "rainstorm")] == ["orange"]


def test_a_station_that_cannot_be_judged_is_named_and_holds_up_no_other(feed, world, monkeypatch):
    feed(START, [20.0, 20.0, 15.0])
    feed(START, [30.0, 30.0, 15.0], station="uci.tiantan")
    real = judge_module.judge_stations

    def poisoned(ctx, touched, *given, **named):
        if any(t.station == "uci.gucheng" for t in touched):
            raise ZeroDivisionError("a criterion that divides by zero")
        return real(ctx, touched, *given, **named)

    monkeypatch.setattr(judge_module, "judge_stations", poisoned)
    judge = Judge(tell_s=0.0)
    judge.catch_up(world.pk)
    assert {row[0] for row in _standing(world)} == {"uci.tiantan"}
    stopped = StoppedRule.objects.get(world_id=world.pk, ended_at__isnull=True)
    assert (stopped.station, stopped.times >= 1) == ("uci.gucheng", True)
    assert "divides by zero" in stopped.error
    board = judge._held[world.pk].board
    monkeypatch.undo()
    # Its next reading that moves something is judged with all that was missed.
    feed(START + 3 * HOUR, [40.0])
    judge.catch_up(world.pk)
    assert "uci.gucheng" in {row[0] for row in _standing(world)}
    assert not StoppedRule.objects.filter(world_id=world.pk, ended_at__isnull=True).exists()
    assert judge._held[world.pk].board is board, "one bad station does not cost the windows of all"


def test_a_corrected_reading_is_judged_by_what_is_right(feed, world):
    judge = Judge(tell_s=0.0)
    feed(START, [2.0, 2.0, 2.0])
    judge.catch_up(world.pk)
    assert _standing(world) == []
    accept_readings(
        system("gateway", world=world.pk), [{"station": "uci.gucheng", "time": START + 2 * HOUR, "value": 62.0}]
    )
    judge.catch_up(world.pk)
    assert ("uci.gucheng", "rainstorm", "orange") in {row[:3] for row in _standing(world)}


def test_history_fills_the_windows_and_raises_nothing(feed, world, clock_to):
    clock_to(START + 2 * HOUR)
    machine = system("gateway", world=world.pk)
    rows = [{"station": "uci.gucheng", "time": START + i * HOUR, "value": 24.0} for i in range(2)]
    accept_readings(machine, rows, history=True)
    judge = Judge(tell_s=0.0)
    judge.catch_up(world.pk)
    assert _standing(world) == []
    feed(START + 2 * HOUR, [3.0])
    judge.catch_up(world.pk)
    assert ("uci.gucheng", "rainstorm") in {row[:2] for row in _standing(world)}


def test_arrivals_are_told_of_after_they_are_judged_and_none_is_forgotten(feed, world):
    feed(START, [1.0, 2.0])
    judge = Judge(tell_s=1e9)
    judge.catch_up(world.pk)
    first = Outbox.objects.filter(subject="sensing.observations.arrived").count()
    feed(START + 2 * HOUR, [3.0])
    judge.catch_up(world.pk)
    assert judge.owes()
    assert Outbox.objects.filter(subject="sensing.observations.arrived").count() == first
    # A judge that takes over tells of what the one before owed.
    other = Judge(tell_s=0.0)
    feed(START + 3 * HOUR, [4.0])
    other.catch_up(world.pk)
    last = Outbox.objects.filter(subject="sensing.observations.arrived").order_by("-id").first()
    assert last.payload["readings"][-1][3] == 4.0
    assert Watch.objects.get(pk=world.pk).told == Watch.objects.get(pk=world.pk).position


def test_who_tells_beside_holds_up_no_turn_and_forgets_nothing(feed, world, monkeypatch):
    judge = Judge(tell_s=0.0, beside=True)
    arrived = Outbox.objects.filter(subject="sensing.observations.arrived").order_by("-id")
    feed(START, [1.0, 2.0])
    judge.catch_up(world.pk)
    assert judge.owes()
    assert not arrived.exists()
    told = judge_module.announce_arrivals

    def failing(*_given, **_named):
        raise RuntimeError("while arrivals are told of")

    monkeypatch.setattr(judge_module, "announce_arrivals", failing)
    with pytest.raises(RuntimeError):
        judge.tell()
    monkeypatch.setattr(judge_module, "announce_arrivals", told)
    feed(START + 2 * HOUR, [3.0])
    judge.catch_up(world.pk)
    judge.tell()
    assert [value for *_of, value in arrived[0].payload["readings"]] == [3.0]
    watch = Watch.objects.get(pk=world.pk)
    assert watch.told == watch.position > 0
    assert not judge.owes()


def test_what_is_looked_for_beside_holds_from_the_next_turn_on(feed, world, officers, monkeypatch):
    judge = Judge(tell_s=0.0, beside=True)
    feed(START, [12.0, 12.0, 11.0])
    judge.catch_up(world.pk)
    _release(*officers, "blue", "30")
    monkeypatch.setattr(judge_module, "LOOK_AGAIN_S", 0.0)
    judge.look_again()
    monkeypatch.setattr(judge_module, "LOOK_AGAIN_S", 1e9)
    feed(START + 2 * HOUR, [0.0], station="uci.tiantan")
    judge.catch_up(world.pk)
    assert [row[2] for row in _standing(world) if row[:2] == ("uci.gucheng", "rainstorm")] == ["blue"]


def test_the_journal_waits_for_the_judge(feed, world):
    feed(START, [20.0, 20.0, 15.0])
    assert inline.judged_upto(world.pk) == 0
    store.fold(world.pk)
    assert len(store.entries_after(world.pk, 0)) == 3
    judge = Judge(tell_s=0.0)
    judge.catch_up(world.pk)
    assert inline.judged_upto(world.pk) == store.entries_after(world.pk, 0)[-1].id
    assert ("uci.gucheng", "rainstorm", "orange") in {row[:3] for row in _standing(world)}


def test_a_station_that_the_database_refuses_is_named_though_others_are_raised_with_it(feed, world, monkeypatch):
    """As the process judges: statements are sent together, so that the refusal is heard of late."""
    feed(START, [20.0, 20.0, 15.0])
    feed(START, [30.0, 30.0, 15.0], station="uci.tiantan")
    made = services.signals.station_place

    def spoilt(thing):
        place = made(thing)
        return replace(place, key="x" * 100) if thing.pk == "uci.gucheng" else place

    monkeypatch.setattr(services.signals, "station_place", spoilt)
    judge = Judge(beside=True)
    judge.catch_up(world.pk)
    assert {row[0] for row in _standing(world)} == {"uci.tiantan"}
    (stopped,) = StoppedRule.objects.filter(world_id=world.pk, ended_at__isnull=True)
    assert stopped.station == "uci.gucheng"
    assert "too long" in stopped.error


def test_only_a_turn_that_raises_nothing_does_not_wait_for_the_disk(feed, world):
    def waits():
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('synchronous_commit')")
            return cursor.fetchone()[0]

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = on")
    judge = Judge(beside=True)
    feed(START, [70.0])
    judge.turn(world.pk)
    assert _standing(world)
    assert waits() == "on"
    feed(START, [0.0], station="uci.tiantan")
    judge.turn(world.pk)
    assert waits() == "off"


def test_what_is_accepted_while_windows_are_built_has_a_turn_of_its_own(feed, world, monkeypatch):
    feed(START, [70.0])
    read, meanwhile = store.read, iter([True])

    def reading(*given, **named):
        # A judge that was just started reads the store, and a gateway goes on.
        if next(meanwhile, False):
            feed(START + HOUR, [0.0, 0.0, 0.0, 0.0])
        return read(*given, **named)

    monkeypatch.setattr(store, "read", reading)
    judge = Judge(tell_s=0.0)
    judge.turn(world.pk)
    assert ("uci.gucheng", "rainstorm") in {row[:2] for row in _standing(world)}


def test_the_first_readings_of_a_station_that_was_just_entered_count(feed, world):
    judge = Judge(tell_s=0.0)
    feed(START, [0.0])
    judge.catch_up(world.pk)
    register_station(
        system("test", world=world.pk), code="new.gauge", name="新设雨量站（示例）", region="110107", properties=["rain_mm"],
        lon=116.2, lat=39.9,
    )  # fmt: skip
    feed(START + HOUR, [70.0], station="new.gauge")
    judge.catch_up(world.pk)
    assert ("new.gauge", "rainstorm") in {row[:2] for row in _standing(world)}


def test_a_correction_in_a_backlog_is_judged_by_what_had_come_by_then(feed, world, monkeypatch):
    """Corrected readings lay the windows anew; what waits behind them is not looked ahead at, and no signal is raised twice."""
    monkeypatch.setattr(judge_module, "MOST_READINGS", 1)
    feed(START, [0.0] * 6)
    Judge(tell_s=0.0).catch_up(world.pk)
    # The judge was away for hours: a correction, an hour of heavy rain, and dry hours after it wait for it.
    feed(START + 2 * HOUR, [1.0])
    feed(START + 6 * HOUR, [60.0, *[0.0] * 6])
    Judge(tell_s=0.0).catch_up(world.pk)
    rain = [row for row in _standing(world) if row[1] == "rainstorm"]
    assert [(row[3], row[5]) for row in rain] == [("orange", START + 6 * HOUR)]


def test_a_station_that_takes_anothers_place_in_the_roll_is_judged(feed, world):
    """A renamed station goes back to its old code: as many datastreams as before, of the same kinds, are watched."""
    judge = Judge(tell_s=0.0)
    for code in ("uci.gucheng", "uci.tiantan"):
        feed(START, [0.0], station=code)
    Thing.everything.filter(pk="uci.tiantan").update(retired=True)
    judge.catch_up(world.pk)
    Thing.everything.filter(pk="uci.tiantan").update(retired=False)
    Thing.everything.filter(pk="uci.gucheng").update(retired=True)
    feed(START + HOUR, [60.0], station="uci.tiantan")
    judge.catch_up(world.pk)
    assert "uci.tiantan" in {row[0] for row in _standing(world)}


def test_a_judge_that_was_away_while_the_journal_was_folded_knows_what_came_before(feed, world):
    """The rows of newest readings are ahead of it by then: its windows begin where its own backlog begins."""
    feed(START, [10.0] * 4)
    Judge(tell_s=0.0).catch_up(world.pk)
    assert not [row for row in _standing(world) if row[1] == "rainstorm"]
    feed(START + 4 * HOUR, [15.0])
    feed(START + 40 * 24 * HOUR, [0.0])
    store.fold(world.pk)
    Judge(tell_s=0.0).catch_up(world.pk)
    assert [row[3] for row in _standing(world) if row[1] == "rainstorm"] == ["yellow"]


def _release(chief, leader, level, value):
    """A version of the whole district with one threshold of the rainstorm criterion."""
    draft = services.open_draft(chief, region=settle()[DISTRICT])
    row = {"criterion": "rainstorm", "level": level, "path": "", "cells": {"value": value}, "station": ""}
    draft, _ = services.edit_cells(chief, version=draft, rows=[row])
    draft = services.try_draft(chief, version=draft, since=START, until=START + HOUR)
    take_step(chief, draft, "submit", {"why": "本区排水能力低"})
    return take_step(leader, draft, "release", {"checked": "已核对试算"})


@pytest.fixture
def officers(world):
    settle()
    return context_of(person("zhang", DISTRICT, "duty_chief")), context_of(person("li", DISTRICT, "duty_leader"))


@pytest.mark.parametrize("restarted", [False, True])
def test_a_lowered_standard_is_judged_at_once_and_not_at_the_next_reading(
    feed, world, officers, monkeypatch, restarted
):
    monkeypatch.setattr(judge_module, "LOOK_AGAIN_S", 0.0)
    feed(START, [12.0, 12.0, 11.0])
    judge = Judge(tell_s=0.0)
    judge.catch_up(world.pk)
    assert [row[2] for row in _standing(world) if row[:2] == ("uci.gucheng", "rainstorm")] == []
    _release(*officers, "blue", "30")
    # Any other station's reading turns the wheel; this one has nothing new to say.
    feed(START + 2 * HOUR, [0.0], station="uci.tiantan")
    judge = Judge(tell_s=0.0) if restarted else judge
    judge.catch_up(world.pk)
    assert [row[2] for row in _standing(world) if row[:2] == ("uci.gucheng", "rainstorm")] == ["blue"]


def test_a_version_that_cannot_be_read_is_named_until_it_can_be(feed, world, officers, monkeypatch):
    monkeypatch.setattr(judge_module, "LOOK_AGAIN_S", 0.0)
    version = _release(*officers, "blue", "30")
    CriteriaVersion.everything.filter(pk=version.pk).update(content={"criteria": {"rainstorm": {"levels": "later"}}})
    feed(START, [20.0, 20.0, 15.0])
    judge = Judge(tell_s=0.0)
    judge.catch_up(world.pk)
    assert "orange" in {row[2] for row in _standing(world)}, "what ships holds meanwhile"
    (stopped,) = StoppedRule.objects.filter(world_id=world.pk, ended_at__isnull=True)
    assert stopped.is_of_book
    take_step(officers[1], CriteriaVersion.everything.get(pk=version.pk), "withdraw", {"why": "读不懂"})
    feed(START + 3 * HOUR, [0.0])
    judge.catch_up(world.pk)
    assert not StoppedRule.objects.filter(world_id=world.pk, ended_at__isnull=True).exists()
