"""Several stations, one event: acknowledged once, asked about by neighbours, ended when the last of them ends."""

from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db.models import CharField
from django.db.models.functions import Cast

from anlan.analysis import queries, services
from anlan.analysis.criteria import shipped_criteria
from anlan.analysis.following import Place, PlaceChange
from anlan.analysis.models import Signal, SignalEvent
from anlan.kernel.context import system
from anlan.kernel.errors import Conflict, NotAllowed
from anlan.kernel.loops.stepping import take_step
from anlan.kernel.loops.todo import todos
from anlan.kernel.models import Deadline, Outbox
from anlan.kernel.reactions import drain
from anlan.places.models import Organisation, Post
from anlan.places.queries import region
from anlan.places.seeding import load_regions
from anlan.sensing.services import accept_readings, register_station
from tests.remembered import put_back

NOON = datetime(2016, 7, 20, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
MAY = ("analysis.signal.view",)
#: About two kilometres apart, the last one 40 km away in the same county's list.
STATIONS = {"s.a": (116.18, 39.91), "s.b": (116.20, 39.91), "s.c": (116.19, 39.92), "s.d": (116.21, 39.93)}


@pytest.fixture
def world(db, exercise):
    put_back("regions", load_regions)
    place = region("110107")
    office = Organisation.objects.create(code="d", name="区总值班室", kind="government", region=place)
    Post.objects.create(code="d.o", name="值班员", organisation=office, region=place, roles=["duty_officer"])
    for code, (lon, lat) in STATIONS.items():
        register_station(
            system("seed"), code=code, name=f"{code}（示例）", region="110107", properties=["rain_mm"], lon=lon, lat=lat
        )
    return exercise


@pytest.fixture
def machine(world):
    return system("test", world=world.pk)


@pytest.fixture
def duty(world, somebody):
    return somebody("duty_officer", "11/110107/", MAY, world=world.pk, name="区值班员")


@pytest.fixture
def rain(machine, clock_to):
    """Rain of one hour: ``rain(0, s_a=55, …)``; stations that are not named report nothing."""

    def rain(hour, **amounts):
        at = NOON + hour * HOUR
        clock_to(at)
        rows = [{"station": k.replace("_", "."), "time": at, "value": v} for k, v in amounts.items()]
        accept_readings(machine, rows)
        drain()

    return rain


@pytest.fixture
def dry(machine, clock_to):
    """No rain at any station from one hour until before another, in one delivery."""

    def dry(first, end):
        clock_to(NOON + (end - 1) * HOUR)
        rows = [{"station": c, "time": NOON + h * HOUR, "value": 0} for h in range(first, end) for c in STATIONS]
        accept_readings(machine, rows)
        drain()

    return dry


def rainstorm(machine):
    return SignalEvent.objects.in_world(machine).filter(hazard="rainstorm", scheme="warning")


def signals(machine, **by):
    return {s.station_id: s for s in Signal.objects.in_world(machine).filter(criterion="rainstorm", **by)}


def test_three_stations_are_one_event_acknowledged_once_supported_by_each_other_and_ended_together(rain, machine, duty):
    rain(0, s_a=52, s_b=58, s_c=61, s_d=12)
    event = rainstorm(machine).get()
    assert (event.level, event.standing, event.is_open) == ("orange", 3, True)
    assert event.text == "石景山区 3 处达到暴雨橙色标准；区域性暴雨：多站达到暴雨橙色标准"
    area = Signal.objects.in_world(machine).get(criterion="rainstorm.several")
    assert (area.place_key, area.level, area.value, area.event) == ("region:110107", "orange", 3, event)
    assert "3/4 站" in area.text
    assert {row[0] for row in area.proof["stations"]} == {"s.a", "s.b", "s.c"}
    found = signals(machine)
    assert {s.verified for s in found.values()} == {"supported"}
    neighbours = found["s.a"].verification["neighbours"]
    assert {n["station"]: n["value"] for n in neighbours} == {"s.b": 58, "s.c": 61, "s.d": 12}
    assert "支持" in found["s.a"].verification["text"]
    ours = Signal.objects.in_world(machine).filter(event=event).values("pk")
    clocks = Deadline.objects.filter(loop="analysis.signal", record__in=ours, status="open")
    assert clocks.count() == 1, "one event owes one acknowledgement"

    seen = services.acknowledge_event(duty, event=event, note="已电话通知三个街道")
    assert len(seen) == 4
    assert {s.state for s in signals(machine).values()} == {"acknowledged"}
    assert not clocks.exists()
    event.refresh_from_db()
    assert (event.is_known, event.known_by) == (True, "区值班员")

    rain(1, s_a=5, s_b=4, s_c=6, s_d=60)
    event.refresh_from_db()
    assert (event.standing, signals(machine)["s.d"].state) == (4, "acknowledged"), "who joins is known already"
    assert not clocks.exists()

    for hour in range(2, 16):
        rain(hour, s_a=0, s_b=0, s_c=0, s_d=0)
    event.refresh_from_db()
    assert (event.is_open, event.peak, event.places, event.standing) == (False, "orange", 4, 0)
    assert {s.state for s in signals(machine).values()} == {"cleared"}
    area.refresh_from_db()
    assert area.state == "cleared"
    assert [turn[2] for turn in event.course][-1] == 0
    told = Outbox.objects.filter(subject="analysis.event.changed", payload__event=str(event.pk)).order_by("id")
    changes = [row.payload["change"] for row in told]
    assert (changes[0], changes[-1], changes.count("acknowledged")) == ("opened", "ended", 1)


def test_on_the_to_do_list_an_event_is_one_thing_and_its_one_button_is_for_all_of_it(rain, machine, duty):
    rain(0, s_a=52, s_b=58, s_c=61, s_d=12)
    event = rainstorm(machine).get()
    listed = [t for t in todos(duty).items if t.record.event_id == event.pk]
    assert [t.text for t in listed] == [event.text]
    services.acknowledge_signal(duty, signal=listed[0].record)
    assert {s.state for s in signals(machine).values()} == {"acknowledged"}
    assert rainstorm(machine).get().is_known
    assert [t for t in todos(duty).items if t.record.event_id == event.pk] == []


def test_a_higher_level_asks_for_the_event_again_and_only_by_one_clock(rain, machine, duty):
    rain(0, s_a=55, s_b=56)
    services.acknowledge_event(duty, event=rainstorm(machine).get())
    rain(1, s_a=60, s_b=62)
    event = rainstorm(machine).get()
    assert (event.level, event.is_known) == ("red", False)
    found = signals(machine)
    assert {s.state for s in found.values()} == {"raised"}
    assert sorted(s.due_at is None for s in found.values()) == [False, True]


def test_when_the_leading_signal_is_judged_false_another_one_owes_the_acknowledgement(rain, machine, duty):
    rain(0, s_a=60, s_b=40)
    rain(1, s_a=5, s_b=15)
    found = signals(machine, closed_at=None)
    leading = next(s for s in found.values() if s.due_at)
    services.judge_signal_false(duty, signal=leading, reason="翻斗卡住")
    left = signals(machine, closed_at=None)
    assert leading.station_id not in left
    (other,) = left.values()
    assert other.due_at == NOON + HOUR + timedelta(minutes=10)
    assert (
        rainstorm(machine).get().text
        == f"石景山区：{other.station.name}达到暴雨{'橙色' if other.level == 'orange' else '黄色'}标准"
    )


def test_a_gauge_that_stands_alone_is_doubtful_still_raised_and_judged_false_by_a_person(rain, machine, duty):
    rain(0, s_a=80, s_b=0, s_c=0, s_d=0)
    signal = signals(machine)["s.a"]
    assert (signal.state, signal.verified) == ("raised", "doubtful")
    assert "疑似误报" in signal.verification["text"]
    take_step(duty, signal, "judge_false", {"reason": "雨量筒被人为注水"})
    assert not rainstorm(machine).get().is_open
    rain(1, s_a=2, s_b=0, s_c=0, s_d=0)
    assert signals(machine, closed_at=None) == {}


def test_neighbours_that_report_later_settle_what_could_not_be_said(rain, machine, clock_to):
    rain(0, s_a=80)
    assert signals(machine)["s.a"].verified == "undecided"
    rows = [{"station": code, "time": NOON, "value": 45} for code in ("s.b", "s.c")]
    accept_readings(machine, rows)
    drain()
    assert signals(machine)["s.a"].verified == "supported"


def test_a_person_makes_sure_and_says_how(rain, machine, duty, somebody, world):
    rain(0, s_a=80)
    signal = signals(machine)["s.a"]
    town = somebody("town", "11/110107/110107004/", MAY, keys={"in:110107"}, world=world.pk)
    with pytest.raises(NotAllowed):
        services.verify_signal(town, signal=signal, how="phone")
    said = take_step(duty, signal, "verify", {"how": "camera", "note": "桥下已有积水"})
    assert (said.state, said.verified) == ("acknowledged", "confirmed")
    rain(1, s_a=0, s_b=0, s_c=0, s_d=0)
    assert signals(machine)["s.a"].verified == "confirmed", "neighbours do not overrule a person"
    with pytest.raises(Conflict):
        services.acknowledge_event(duty, event=rainstorm(machine).get())


def test_the_proof_holds_the_readings_of_the_window(rain, machine):
    for hour, amount in enumerate((20, 20, 15)):
        rain(hour, s_a=amount)
    proof = signals(machine)["s.a"].proof
    assert (proof["station"], proof["property"], proof["window_s"], proof["missing"]) == ("s.a", "rain_mm", 10800, 0)
    assert [value for _at, value in proof["readings"]] == [20, 20, 15]


def test_rain_that_comes_back_within_the_hour_continues_the_event(rain, machine, duty):
    rain(0, s_a=80)
    event = rainstorm(machine).get()
    services.judge_signal_false(duty, signal=signals(machine)["s.a"], reason="先按误报处理")
    assert not rainstorm(machine).get().is_open
    rain(1, s_b=60)
    again = rainstorm(machine).get()
    assert (again.pk, again.is_open, again.is_known) == (event.pk, True, False)


@pytest.mark.parametrize("on_duty", [True, False])
def test_hundreds_are_raised_in_a_few_statements_the_most_severe_first(
    world, machine, on_duty, django_assert_max_num_queries
):
    if not on_duty:
        Post.objects.filter(code="d.o").delete()
    criterion = next(c for c in shipped_criteria() if c.id == "rainstorm")
    path = region("110107").path
    levels = ["blue", "yellow", "orange", "red"]
    said = {"words": "达到暴雨标准", "text": "某地达到暴雨标准", "value": 60.0, "unit": "mm", "trace": [], "proof": {}}
    changes = [
        PlaceChange(Place(f"region:{n:03}", f"第 {n} 片", path), criterion, NOON, levels[n % 4], said)
        for n in range(300)
    ]
    with django_assert_max_num_queries(60):
        raised = services.follow_places(machine, changes)
    ranks = [s.rank for s in raised]
    assert len(raised) == 300
    assert ranks == sorted(ranks, reverse=True)
    assert rainstorm(machine).get().standing == 300
    again = services.follow_places(machine, changes)
    assert again == []
    assert Signal.objects.in_world(machine).open().count() == 300
    cleared = services.follow_places(machine, [PlaceChange(c.place, criterion, NOON + HOUR, "") for c in changes])
    assert {s.state for s in cleared} == {"cleared"}
    assert queries.open_signals(machine).count() == 0


def test_a_share_of_the_area_is_a_signal_of_the_region_and_left_only_when_known_three_times(rain, dry, machine):
    dry(0, 24)
    rain(24, s_a=60, s_b=60, s_c=60, s_d=60)
    area = Signal.objects.in_world(machine).filter(place_key="region:110107", criterion="response.flood")
    assert not area.exists()
    rain(25, s_a=50, s_b=50, s_c=50, s_d=50)
    signal = area.get()
    assert (signal.level, signal.scheme, signal.unit, signal.value) == ("III", "response", "%", 100)
    assert "100% 的面积" in signal.text
    assert signal.proof["figure"] == "rain_mm@24h"
    rain(49, s_a=0, s_b=0, s_c=0, s_d=0)
    assert area.get().is_open, "hours are missing: nothing is known"
    dry(50, 73)
    for hour in (73, 74, 75):
        rain(hour, s_a=0, s_b=0, s_c=0, s_d=0)
    assert area.get().state == "cleared"


def test_signals_from_before_there_were_events_are_joined_to_theirs(rain, machine):
    rain(0, s_a=55, s_b=60)
    Signal.objects.in_world(machine).update(event=None, place_key=Cast("pk", CharField()), rank=0)
    SignalEvent.objects.in_world(machine).delete()
    migration = import_module("anlan.analysis.migrations.0003_signals_of_places")
    for signal in Signal.objects.in_world(machine).filter(station=None):
        Deadline.objects.filter(record=signal.pk).delete()
        Signal.objects.in_world(machine).filter(pk=signal.pk).delete()
    migration.name_places(apps, None)
    migration.join_events(apps, None)
    found = signals(machine)
    event = rainstorm(machine).get()
    assert {s.place_key for s in found.values()} == {"station:s.a", "station:s.b"}
    assert {s.event_id for s in found.values()} == {event.pk}
    assert (event.standing, event.rank, event.clocked) == (2, 3, next(s.pk for s in found.values() if s.due_at))
