"""The clock of a replay waits for people who are there, slows while the machine is behind, and skips what nobody saw."""

from datetime import timedelta

import pytest

from anlan.command import incoming
from anlan.kernel import clock
from anlan.kernel.exercises import set_rate
from anlan.kernel.models import AuditEntry, World
from anlan.places.queries import region
from anlan.review.models import Presence, Replay
from anlan.review.presence import LEFT_AFTER, leave
from anlan.review.replay.pacing import BEHIND_MIN, CAUGHT_UP_MIN, SLOWER, beat, decision_waiting, looked, pace
from anlan.review.services import choose_rate


@pytest.fixture
def ringing(outside):
    """``ringing()``: somebody of a street reports to the duty room."""

    def report(channel="phone"):
        street = region("110107004")
        return incoming.receive(
            outside, text="古城南路下凹桥积水", channel=channel, scope=street.path, region=street, source="古城街道"
        )

    return report


def rate_of(storm):
    return World.objects.get(pk=storm.world).rate


def test_with_nobody_there_it_runs_as_chosen_whatever_waits(storm, replay, ringing):
    ringing()
    assert decision_waiting(storm.world) is None
    assert pace(replay(), behind_min=0) == 60
    assert (rate_of(storm), replay().held_reason) == (60, "")


def test_a_call_that_waits_for_somebody_who_is_there_holds_the_clock_until_they_leave(
    storm, replay, ringing, somebody_there
):
    duty = somebody_there("zhibanyuan")
    assert pace(replay(), behind_min=0) == 60, "nothing waits yet"
    ringing()
    assert pace(replay(), behind_min=0) == 1
    held = replay()
    assert (rate_of(storm), held.held_url) == (1, "/desk/")
    assert duty.actor.name in held.held_reason
    assert "接报" in held.held_reason
    said = AuditEntry.objects.filter(world=storm.world, action="kernel.world.rate").count()
    pace(held, behind_min=0)
    assert AuditEntry.objects.filter(world=storm.world, action="kernel.world.rate").count() == said, "said once"
    leave(duty)
    assert pace(replay(), behind_min=0) == 60
    assert (rate_of(storm), replay().held_reason) == (60, "")


def test_it_does_not_wait_for_whose_decision_it_is_not_nor_for_who_has_left(storm, ringing, somebody_there):
    ringing()
    somebody_there("bajiao")
    assert decision_waiting(storm.world) is None
    somebody_there("zhibanyuan", ago=LEFT_AFTER.total_seconds() / 60 + 1)
    assert decision_waiting(storm.world) is None
    somebody_there("zhibanyuan", ago=1)
    assert decision_waiting(storm.world).rate == 1


def test_a_note_that_asks_for_nothing_does_not_hold_the_clock(storm, ringing, somebody_there):
    somebody_there("zhibanyuan")
    ringing(channel="message")
    assert decision_waiting(storm.world) is None


def test_while_the_machine_is_behind_it_is_slower_and_let_go_only_when_it_has_caught_up(storm, replay):
    choose_rate(storm.ctx, replay(), 600)
    assert pace(replay(), behind_min=BEHIND_MIN) == 600
    assert pace(replay(), behind_min=BEHIND_MIN + 1) == SLOWER
    assert pace(replay(), behind_min=CAUGHT_UP_MIN + 1) == SLOWER, "no flapping"
    assert pace(replay(), behind_min=CAUGHT_UP_MIN - 1) == 600


def test_a_paused_replay_is_left_alone(storm, replay, ringing, somebody_there):
    choose_rate(storm.ctx, replay(), 0)
    somebody_there("zhibanyuan")
    ringing()
    assert pace(replay(), behind_min=99) == 0
    assert rate_of(storm) == 0


def test_a_rate_chosen_while_a_decision_waits_takes_effect_when_it_is_decided(storm, replay, ringing, somebody_there):
    somebody_there("zhibanyuan")
    ringing()
    pace(replay(), behind_min=0)
    choose_rate(storm.ctx, replay(), 600)
    assert rate_of(storm) == 1
    Presence.objects.all().delete()
    assert pace(replay(), behind_min=0) == 600


def test_a_look_that_takes_long_is_no_gap(storm, replay, outside):
    """On a slow machine each look may take longer than a gap: the clock goes on all the same."""
    wall = clock.real_now() + timedelta(hours=1)
    with clock.fixed(wall):
        set_rate(outside, storm.world, 60)
        beat(replay())
    for minutes in (1, 2, 3):
        with clock.fixed(wall + timedelta(minutes=minutes)):
            looked(replay())  # the look that began a minute ago is over
            beat(replay())
            assert storm.now() == storm.replay.starts_at + timedelta(hours=minutes)


def test_after_a_gap_it_goes_on_from_where_it_was_seen_last_but_never_before_what_was_recorded(storm, replay, outside):
    wall = clock.real_now() + timedelta(hours=1)
    with clock.fixed(wall):
        set_rate(outside, storm.world, 60)
        beat(replay())
    seen = storm.replay.starts_at
    with clock.fixed(wall + timedelta(seconds=4)):
        beat(replay())
        assert storm.now() == seen + timedelta(minutes=4), "somebody looked all the time"
    with clock.fixed(wall + timedelta(hours=2)):
        beat(replay())
        assert storm.now() == seen + timedelta(minutes=4)
    with clock.fixed(wall + timedelta(hours=3)):
        last = seen + timedelta(minutes=20)
        AuditEntry.objects.create(
            at=wall, at_world=last, world_id=storm.world, actor="person:x", actor_name="值班员", action="x", object_type="x",
            object_id="x", scope="",
        )  # fmt: skip
        beat(replay())
        assert storm.now() == last
    assert replay().state == Replay.State.RUNNING
