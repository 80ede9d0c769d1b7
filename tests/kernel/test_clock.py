from datetime import UTC, datetime, timedelta

from anlan.kernel import clock
from anlan.kernel.worlds import REAL

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
STORM = datetime(2016, 7, 20, tzinfo=UTC)


def test_a_replay_runs_faster_than_life_and_the_real_world_does_not():
    reading = clock.Reading(anchor_real=NOON, anchor_world=STORM, rate=600)
    with clock.fixed(NOON + timedelta(seconds=6)):
        assert reading.now() == STORM + timedelta(hours=1)
        assert clock.read(REAL).now() == NOON + timedelta(seconds=6)


def test_the_wall_time_of_a_world_time_is_known_unless_the_clock_stands_still():
    reading = clock.Reading(NOON, STORM, 60)
    assert reading.wall_of(STORM + timedelta(hours=1)) == NOON + timedelta(minutes=1)
    assert clock.Reading(NOON, STORM, 0).wall_of(STORM) is None
