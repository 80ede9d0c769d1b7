"""The measurements' own arithmetic: what they print is what happened."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from bench.crowd import Taken
from bench.pages import _figure, _quantile
from bench.replay import Course, Stretch, _quantiles

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
STORM = datetime(2016, 7, 20, 4, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def storm(minutes: float) -> datetime:
    return STORM + timedelta(minutes=minutes)


def test_the_moment_a_clock_showed_follows_its_changes_of_speed() -> None:
    course = Course([
        Stretch(at(0), storm(0), 600, "start"), Stretch(at(6), storm(60), 60, "busy"), Stretch(at(66), storm(120), 600, "free"),
        Stretch(at(72), storm(180), 0, ""),
    ])  # fmt: skip
    assert course.wall_of(storm(30)) == at(3)
    assert course.wall_of(storm(60)) == at(6)
    assert course.wall_of(storm(90)) == at(36)
    assert course.wall_of(storm(150)) == at(69)
    assert course.wall_of(storm(181)) is None
    assert course.spent() == {"600× start": 6.0, "60× busy": 60.0, "600× free": 6.0}


def test_a_moment_in_a_pause_is_when_the_pause_ended() -> None:
    paused = Course(
        [Stretch(at(0), storm(0), 60, ""), Stretch(at(10), storm(10), 0, "pause"), Stretch(at(50), storm(10), 60, "on")]
    )
    assert paused.wall_of(storm(11)) == at(51)


def test_quantiles_are_of_the_nearest_rank() -> None:
    values = [float(n) for n in range(1, 101)]
    assert _quantile(values, 50) == 50
    assert _quantile(values, 95) == 95
    assert _quantile([3.0], 95) == 3
    assert math.isnan(_quantile([], 95))
    assert _quantiles([]) == {"n": 0}
    assert _quantiles([1.0, 2.0, 9.0]) == {"n": 3, "p50": 2.0, "p99": 9.0, "max": 9.0}


def test_ratios_are_taken_repeat_by_repeat_against_the_floor_beside_them() -> None:
    pages = [Taken([0.2, 0.2], span=1), Taken([0.6, 0.6], span=1), Taken([0.4, 0.4], {"500": 3}, span=2)]
    floors = [Taken([0.1, 0.1], span=1), Taken([0.1, 0.1], span=1), Taken([0.1, 0.1], span=1)]
    figure = _figure(pages, floors)
    assert figure.ratio == (4.0, 2.0, 6.0)
    assert figure.answers == 6
    assert figure.faults == {"500": 3}
    assert figure.per_second == 1.5
