"""What reads and what recognises duplicates at the very moment at which entries are folded and thrown away."""

from __future__ import annotations

from collections import OrderedDict
from importlib import import_module

import pytest

from anlan.kernel import clock
from anlan.kernel.worlds import REAL
from anlan.sensing import store
from anlan.sensing.models import Fold, Journal
from anlan.sensing.store import folding, journal, newest, reading
from tests.sensing.store.conftest import NOON

KNOWN = store.KNOWN
extents = import_module("anlan.sensing.store.extent")


@pytest.fixture
def fold_late(house, monkeypatch):
    """The fold was away for longer than folded entries stay: what it folds it throws away at once, whoever reads."""
    monkeypatch.setattr(folding, "_holds", [])

    def fold():
        with clock.fixed(clock.real_now() + 2 * folding.STAYS):
            house.fold()

    return fold


def before_first(monkeypatch, module, name, act):
    """Have `act` happen once, between two statements: right before ``module.name`` is called for the first time."""
    real, done = getattr(module, name), []

    def called(*given, **named):
        if not done:
            done.append(1)
            act()
        return real(*given, **named)

    monkeypatch.setattr(module, name, called)


def test_a_read_misses_nothing_that_is_thrown_away_while_it_reads(house, fold_late, monkeypatch):
    house.keep((0, 0, 5.0), (1, -2, 1.0))
    monkeypatch.setattr(journal, "_tails", OrderedDict())
    before_first(monkeypatch, reading, "tail_of", fold_late)
    assert house.held() == {(0, 0): 5.0, (1, -2): 1.0}


def test_a_process_that_learns_the_newest_times_during_a_fold_learns_all_of_them(
    house, fold_late, monkeypatch, settings
):
    settings.JUDGE = "process"
    house.keep((0, 0, 5.0))
    fold_late()
    house.keep((0, 1, 6.0))
    monkeypatch.setattr(newest, "_known", OrderedDict())
    real, calls = newest._after, []

    def folded_in_between(world, position):
        calls.append(position)
        if len(calls) == 2:
            fold_late()
        return real(world, position)

    monkeypatch.setattr(newest, "_after", folded_in_between)
    house.keep((2, 0, 1.0))
    assert house.keep((0, 1, 6.0)) == [KNOWN]


def test_the_extent_of_readings_holds_what_is_folded_while_it_is_asked_for(house, fold_late, monkeypatch):
    house.keep((0, 0, 5.0))
    before_first(monkeypatch, extents, "tail", fold_late)
    found = extents.extent(house.world, [house.gauges[0]])
    assert found is not None
    assert found.first_us <= NOON <= found.last_us


def test_a_world_that_cannot_be_folded_holds_up_no_other(house, monkeypatch):
    house.keep((0, 0, 5.0))
    Journal.objects.create(
        world_id=REAL, received_at=clock.real_now(), recorded_at=clock.real_now(), count=1, payload=b"no entry"
    )
    with clock.fixed(clock.real_now() + 2 * folding.OLD):
        assert store.fold_due() == 1
    assert Fold.objects.get(pk=house.world).position > 0
