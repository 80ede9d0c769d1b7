"""Signals follow the storm of 2016-07-20 as its readings arrive, hour by hour."""

import csv
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from anlan.analysis import queries, services
from anlan.analysis.models import RegionFigures, Signal
from anlan.decision.proposing import propose
from anlan.kernel.context import system
from anlan.kernel.errors import NotAllowed
from anlan.kernel.loops import transition
from anlan.kernel.models import Outbox
from anlan.kernel.reactions import drain
from anlan.places.queries import region
from anlan.places.seeding import load_regions
from anlan.sensing.seeding import load_stations
from anlan.sensing.services import accept_readings
from tests.remembered import put_back

FILE = Path(__file__).parents[2] / "src/anlan/review/data/scenarios/beijing_2016_07_20_rain.csv"
HOUR = timedelta(hours=1)
STATIONS = ("uci.gucheng", "uci.tiantan")


def storm():
    """(time, readings) hour by hour."""
    rows = [r for r in csv.DictReader(FILE.read_text(encoding="utf-8").splitlines()) if r["value"] != ""]
    return [(datetime.fromisoformat(at), list(own)) for at, own in groupby(rows, key=lambda r: r["time"])]


@pytest.fixture
def world(db, exercise):
    put_back("regions", load_regions)
    load_stations()
    return exercise


@pytest.fixture
def feed(world, clock_to):
    """Feed hours of rain at one station: ``feed(first_hour, [mm, …])``; None is missing."""

    def feed(first, amounts, station="uci.gucheng"):
        for i, value in enumerate(amounts):
            at = first + i * HOUR
            clock_to(at)
            accept_readings(system("gateway", world=world.pk), [{"station": station, "time": at, "value": value}])
            drain()

    return feed


@pytest.fixture
def machine(world):
    return system("test", world=world.pk)


START = datetime(2016, 7, 20, 0, tzinfo=UTC)
DRY = [0.0] * 24


def at_gucheng(machine, criterion="rainstorm"):
    return Signal.objects.in_world(machine).filter(station="uci.gucheng", criterion=criterion).order_by("opened_at")


def subjects(prefix="analysis.signal"):
    return [r.subject for r in Outbox.objects.filter(subject__startswith=prefix).order_by("id")]


def test_a_standard_reached_opens_one_signal_that_says_so_with_clause_and_figures(feed, machine):
    feed(START, [20.0, 20.0, 15.0])
    signal = at_gucheng(machine).get()
    assert (signal.level, signal.state, signal.value) == ("orange", "raised", 55.0)
    assert signal.words == "达到暴雨橙色标准"
    assert "预警" not in signal.text
    assert "3小时雨量 55 mm" in signal.text
    assert signal.clause
    assert any(line["result"] == "true" and line["fact"] == "55" for line in signal.trace)


def test_more_rain_levels_it_up_and_asks_again_for_acknowledgement(feed, machine, somebody, world):
    feed(START, [20.0, 20.0, 15.0])
    duty = somebody("duty_officer", "11/110107/", ("analysis.signal.view",), world=world.pk)
    services.acknowledge_signal(duty, signal=at_gucheng(machine).get())
    feed(START + 3 * HOUR, [60.0])
    signal = at_gucheng(machine).get()
    assert (signal.level, signal.peak, signal.state) == ("orange", "orange", "acknowledged")
    assert (signal.value, signal.at, signal.since) == (95.0, START + 3 * HOUR, START + 2 * HOUR)
    feed(START + 4 * HOUR, [30.0])
    signal = at_gucheng(machine).get()
    assert (signal.level, signal.peak, signal.state) == ("red", "red", "raised")
    assert subjects("analysis.signal.raised").count("analysis.signal.raised") >= 2


def test_it_clears_only_after_three_hours_known_to_be_below(feed, machine):
    feed(START - 24 * HOUR, [*DRY, 50.0])
    assert at_gucheng(machine).get().level == "orange"
    feed(START + HOUR, [0.0] * 3)
    assert at_gucheng(machine).get().level == "orange"
    feed(START + 4 * HOUR, [0.0] * 2)
    assert at_gucheng(machine).get().level == "yellow"
    feed(START + 6 * HOUR, [0.0] * 9)
    signal = at_gucheng(machine).get()
    assert signal.state == "cleared"
    assert signal.peak == "orange"
    assert "analysis.signal.cleared" in subjects()


def test_missing_hours_neither_raise_nor_clear(feed, machine):
    feed(START - 24 * HOUR, [*DRY, 50.0, None, None, None, None, None])
    assert at_gucheng(machine).get().is_open


def test_the_same_reading_again_changes_nothing(feed, machine, world):
    feed(START, [20.0, 20.0, 15.0])
    before = subjects()
    accept_readings(machine, [{"station": "uci.gucheng", "time": START + 2 * HOUR, "value": 15.0}])
    drain()
    assert subjects() == before
    assert at_gucheng(machine).count() == 1


def test_a_late_reading_counts_where_it_belongs(feed, machine):
    feed(START, [20.0, None, 15.0])
    assert not at_gucheng(machine).exists()
    accept_readings(machine, [{"station": "uci.gucheng", "time": START + HOUR, "value": 20.0}])
    drain()
    assert at_gucheng(machine).get().level == "orange"


def test_judged_false_stays_silent_until_the_standard_was_left(feed, machine, somebody, world):
    feed(START - 24 * HOUR, [*DRY, 50.0])
    duty = somebody("duty_officer", "11/110107/", ("analysis.signal.view",), world=world.pk)
    services.judge_signal_false(duty, signal=at_gucheng(machine).get(), reason="雨量筒被堵")
    feed(START + HOUR, [0.0, 5.0])
    assert at_gucheng(machine).count() == 1
    feed(START + 3 * HOUR, [0.0] * 14)
    feed(START + 17 * HOUR, [60.0])
    assert [s.state for s in at_gucheng(machine)] == ["judged_false", "raised"]


def test_only_the_duty_room_answers_for_a_signal(feed, machine, somebody, world):
    feed(START, [55.0])
    signal = at_gucheng(machine).get()
    assert signal.due_at == START + timedelta(minutes=10)
    street = somebody("town", "11/110107/110107004/", ("analysis.signal.view",), world=world.pk)
    with pytest.raises(NotAllowed):
        transition(street, signal, "acknowledge")


@pytest.fixture
def duty_posts(world):
    from anlan.places.models import Organisation, Post

    place = region("110107")
    office = Organisation.objects.create(code="d", name="区总值班室", kind="government", region=place)
    Post.objects.create(code="d.o", name="值班员", organisation=office, region=place, roles=["duty_officer"])


@pytest.fixture(autouse=True)
def _duty(duty_posts):
    """Somebody is on duty in the district."""


def test_a_station_outside_is_watched_without_a_clock(feed, machine):
    feed(START, [55.0], station="uci.tiantan")
    signal = Signal.objects.in_world(machine).get(criterion="rainstorm")
    assert signal.due_at is None
    assert signal.shared_with == ["in:11"]


def test_history_raises_nothing_for_the_past_and_counts_from_then_on(feed, machine, clock_to):
    clock_to(START)
    rows = [{"station": "uci.gucheng", "time": START - h * HOUR, "value": 25.0} for h in range(1, 25)]
    accept_readings(machine, rows, history=True)
    drain()
    assert not Signal.objects.in_world(machine).exists()
    feed(START, [1.0])
    assert at_gucheng(machine).get().level == "orange"


def test_the_figures_of_the_district_are_facts_for_the_plans(feed, machine):
    feed(START - 24 * HOUR, [*[0.0] * 20, 30.0, 30.0, 30.0, 30.0])
    figures = queries.figures(machine, region("110107"))
    assert figures.obtained == 1.0
    rain = figures.figures["rain_24h_mm"]
    assert rain["max"] == 120.0
    assert rain["profile"][0][0] == 120.0
    assert rain["profile"][0][1] > 30
    facts = {name: one["profile"] for name, one in figures.figures.items()}
    (proposal,) = propose(facts, "flood")["proposals"]
    assert proposal["level"] == "III"


def test_missing_gauges_leave_the_figures_unknown_or_bounded(feed, machine):
    feed(START, [30.0])
    rain = queries.figures(machine, region("110107")).figures["rain_24h_mm"]
    assert rain["max"] == 30.0
    assert {"at_least": 30.0, "share_pct": rain["profile"][0]["share_pct"]} == rain["profile"][0]
    assert [e for e in rain["profile"] if isinstance(e, dict)] == rain["profile"]


def test_the_storm_hour_by_hour_keeps_up_and_raises_what_it_should(world, machine, clock_to):
    asked, seen = [], {}
    for at, rows in storm():
        clock_to(at)
        with CaptureQueriesContext(connection) as statements:
            accept_readings(machine, rows)
            drain()
        asked.append(len(statements))
        for signal in queries.open_signals(machine).filter(station="uci.gucheng"):
            seen.setdefault((signal.criterion, signal.level), at)
    assert sorted(asked)[len(asked) // 2] < 150, "statements for a quiet hour of twelve stations"
    assert max(asked) < 440, "and for one in which criteria are reached"
    colours = [level for (criterion, level) in seen if criterion == "rainstorm"]
    assert colours == ["blue", "yellow", "orange"] or "orange" in colours
    levels = {}
    for row in RegionFigures.objects.in_world(machine).filter(region=region("110107")).order_by("at"):
        facts = {name: one["profile"] for name, one in row.figures.items()}
        for proposal in propose(facts, "flood")["proposals"]:
            levels.setdefault(proposal["level"], row.at)
    local = {level: (at + 8 * HOUR).strftime("%d %H") for level, at in levels.items()}
    assert local["III"] in ("20 10", "20 11", "20 12")
    assert "20 17" <= local["II"] <= "20 23"
    doubled = Signal.objects.in_world(machine).open().values_list("criterion", "station")
    assert len(doubled) == len(set(doubled))


def test_a_signal_that_ends_and_is_reached_again_in_one_batch_waits_for_the_hold_off(machine, clock_to, monkeypatch):
    from dataclasses import replace

    from anlan.analysis.watching import judging

    resting = judging.resolve
    monkeypatch.setattr(
        judging, "resolve", lambda book, thing: tuple(replace(c, hold_off_min=72 * 60) for c in resting(book, thing))
    )
    # An hour of 60 mm, a day without rain, and the same again: known to the platform all at once.
    amounts = [60.0, *[0.0] * 26, 60.0]
    rows = [{"station": "uci.gucheng", "time": START + i * HOUR, "value": mm} for i, mm in enumerate(amounts)]
    clock_to(START + 40 * HOUR)
    accept_readings(machine, rows)
    assert [s.state for s in at_gucheng(machine)] == ["cleared"]


def test_a_hold_off_that_ends_within_a_batch_ends_there(machine, clock_to, monkeypatch):
    """The standard stands when the rest is over: it is raised at that very reading, whether readings come one by one or at once."""
    from dataclasses import replace

    from anlan.analysis.watching import judging

    resting = judging.resolve
    monkeypatch.setattr(
        judging, "resolve", lambda book, thing: tuple(replace(c, hold_off_min=16 * 60) for c in resting(book, thing))
    )
    amounts = [60.0, *[0.0] * 26, 60.0, *[0.0] * 8]
    hours = [(START + i * HOUR, mm) for i, mm in enumerate(amounts)]
    for at, mm in hours:
        clock_to(at)
        accept_readings(machine, [{"station": "uci.tiantan", "time": at, "value": mm}])
    accept_readings(machine, [{"station": "uci.gucheng", "time": at, "value": mm} for at, mm in hours])
    rain = Signal.objects.in_world(machine).filter(criterion="rainstorm").order_by("since")
    raised = {code: list(rain.filter(station=code).values_list("since", "state", "peak")) for code in STATIONS}
    assert raised["uci.gucheng"] == raised["uci.tiantan"]
    assert [state for _since, state, _peak in raised["uci.gucheng"]] == ["cleared", "raised"]
    assert raised["uci.gucheng"][1][0] == raised["uci.gucheng"][0][0] + 30 * HOUR
