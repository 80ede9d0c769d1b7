"""What arrives from outside: in order, at its time, once; what goes wrong is kept and holds up nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest

from anlan.kernel.context import system
from anlan.kernel.models import AuditEntry
from anlan.review.models import FedInput
from anlan.review.replay.cast import Cast
from anlan.review.replay.feeding import GIVE_UP, TRY_AGAIN, feed_due, skip_to, try_waiting
from anlan.review.replay.scenario import Input, load_scenario
from anlan.review.services import choose_rate
from anlan.sensing import queries as sensing
from anlan.sensing.models import Datastream

POINT = "wl.gucheng.1"


@pytest.fixture
def feed(storm, replay):
    """``feed((minutes, kind, data), …)``: a scenario of these inputs, counted from the start; returns its cast."""

    def composed(*given):
        inputs = tuple(Input(storm.replay.starts_at + timedelta(minutes=m), kind, data) for m, kind, data in given)
        storm.replay.done = 0
        type(storm.replay).everything.filter(pk=storm.replay.pk).update(done=0)
        return Cast.of(replace(load_scenario(storm.replay.scenario), inputs=inputs), storm.world)

    return composed


def fed(kind=None):
    rows = FedInput.objects.order_by("index")
    return [(r.index, r.kind, r.outcome) for r in rows if kind in (None, r.kind)]


def reading(storm, minutes, value=12.0):
    at = storm.replay.starts_at + timedelta(minutes=minutes)
    return {"station": "uci.gucheng", "time": at.isoformat(), "value": value, "property": "rain_mm"}


def test_inputs_come_at_their_time_in_order_and_once(storm, feed):
    cast = feed(
        (60, "readings", {"rows": [reading(storm, 60)]}),
        (61, "note", {"by": "sjs.st.gucheng.duty", "text": "辖区巡查正常"}),
        (120, "readings", {"rows": [reading(storm, 120)]}),
    )
    storm.show(storm.replay.starts_at + timedelta(minutes=59))
    assert feed_due(storm.replay.pk, cast) == 0
    storm.show(storm.replay.starts_at + timedelta(minutes=90))
    assert feed_due(storm.replay.pk, cast) == 2
    assert feed_due(storm.replay.pk, cast) == 0
    assert fed() == [(0, "readings", "done"), (1, "note", "done")]
    stream = Datastream.objects.get(thing="uci.gucheng")
    hour = storm.replay.starts_at + timedelta(minutes=60)
    seen = sensing.series(system("test", world=storm.world), [stream], since=hour - timedelta(minutes=60), until=hour)
    assert [at for at, _value in seen[stream.pk]] == [hour]


def test_one_that_goes_wrong_is_said_and_passed_over(storm, feed):
    cast = feed(
        (1, "waterlogging", {"point": "no.such.point", "depth_cm": 30, "by": "sjs.st.gucheng.duty"}),
        (2, "note", {"by": "sjs.st.gucheng.duty", "text": "巡查正常"}),
    )
    storm.show(storm.replay.starts_at + timedelta(minutes=5))
    assert feed_due(storm.replay.pk, cast) == 2
    assert fed() == [(0, "waterlogging", "failed"), (1, "note", "done")]
    assert "DoesNotExist" in FedInput.objects.get(index=0).said


def test_what_cannot_be_done_yet_is_tried_again_and_given_up_after_hours(storm, replay, feed):
    cast = feed((1, "incident", {"point": POINT, "action": "close", "by": "sjs.duty.officer", "reason": "积水已排除"}))
    start = storm.replay.starts_at
    storm.show(start + timedelta(minutes=1))
    feed_due(storm.replay.pk, cast)
    assert fed() == [(0, "incident", "waiting")]
    storm.show(start + TRY_AGAIN)
    assert try_waiting(replay(), cast) == 0
    assert FedInput.objects.get().tried_at == start + timedelta(minutes=1), "not before its time"
    storm.show(start + TRY_AGAIN + timedelta(minutes=2))
    try_waiting(replay(), cast)
    assert FedInput.objects.get().tried_at == start + TRY_AGAIN + timedelta(minutes=1)
    storm.show(start + GIVE_UP + timedelta(minutes=30))
    try_waiting(replay(), cast)
    assert fed() == [(0, "incident", "failed")]


def test_what_a_present_person_has_to_do_is_left_to_that_person(storm, feed, somebody_there):
    somebody_there("zhibanyuan")
    cast = feed((1, "incident", {"point": POINT, "action": "close", "by": "sjs.duty.officer", "reason": "积水已排除"}))
    storm.show(storm.replay.starts_at + timedelta(minutes=5))
    feed_due(storm.replay.pk, cast)
    assert [outcome for _i, _k, outcome in fed()] == ["left"]


def test_a_paused_replay_is_fed_nothing(storm, replay, feed):
    cast = feed((1, "note", {"by": "sjs.st.gucheng.duty", "text": "巡查正常"}))
    choose_rate(storm.ctx, replay(), 0)
    storm.show(storm.replay.starts_at + timedelta(minutes=5))
    assert feed_due(storm.replay.pk, cast) == 0
    assert fed() == []


def test_whoever_plays_the_outer_world_is_marked(storm, feed):
    cast = feed((1, "note", {"by": "sjs.st.gucheng.duty", "text": "巡查正常"}))
    storm.show(storm.replay.starts_at + timedelta(minutes=5))
    feed_due(storm.replay.pk, cast)
    opened = AuditEntry.objects.get(world=storm.world, action="command.incoming.open")
    assert opened.simulated
    assert opened.at_world == storm.replay.starts_at + timedelta(minutes=1), "recorded at the moment it belongs to"


def test_a_late_start_skips_what_lies_before_it():
    scenario = load_scenario("beijing_2016_07_20")
    middle = scenario.inputs[10].at
    first = skip_to(scenario, middle)
    assert all(i.at <= middle for i in scenario.inputs[:first])
    assert scenario.inputs[first].at > middle
    assert skip_to(scenario, scenario.ends) == len(scenario.inputs)
