"""The journal of an exercise that is over is folded and thrown away, whether anybody judged it to its end or not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from anlan.analysis.watching.judge import Judge
from anlan.kernel import clock
from anlan.kernel.context import system
from anlan.places.seeding import load_regions
from anlan.sensing import store
from anlan.sensing.models import Journal
from anlan.sensing.seeding import load_stations
from anlan.sensing.services import accept_readings
from anlan.sensing.store import folding
from tests.remembered import put_back

START = datetime(2016, 7, 20, 0, tzinfo=UTC)


@pytest.fixture
def world(db, exercise, settings, monkeypatch):
    settings.JUDGE = "process"
    # Folded entries may go as soon as nobody follows them.
    monkeypatch.setattr(folding, "STAYS", timedelta(minutes=-1))
    put_back("regions", load_regions)
    load_stations()
    return exercise


def feed(world, hour):
    row = {"station": "uci.gucheng", "time": START + timedelta(hours=hour), "value": 1.0}
    assert accept_readings(system("gateway", world=world.pk), [row])["accepted"] == 1


def held(world):
    store.fold(world.pk)
    return Journal.objects.filter(world_id=world.pk).count()


def test_what_nobody_will_judge_any_more_is_not_kept_for_the_judge(world):
    feed(world, 0)
    Judge(tell_s=0.0).catch_up(world.pk)
    feed(world, 1)
    assert held(world) == 1, "what is not judged yet stays while the exercise runs"
    world.ended_at = clock.real_now()
    world.save(update_fields=["ended_at"])
    assert held(world) == 0


def test_an_exercise_that_was_never_judged_leaves_nothing_either(world):
    feed(world, 0)
    assert held(world) == 1
    world.ended_at = clock.real_now()
    world.save(update_fields=["ended_at"])
    assert held(world) == 0
    (times, values) = zip(*_kept(world), strict=True)
    assert (times[0], values[0]) == (START, 1.0), "the readings themselves stay"


def _kept(world):
    from anlan.sensing import queries as sensing

    ctx = system("test", world=world.pk)
    streams = sensing.datastreams(ctx, ["uci.gucheng"])
    return sensing.series(ctx, streams, since=START - timedelta(hours=1))[streams[0].pk]
