"""What reads and what recognises duplicates at the very moment at which entries are folded and thrown away."""

from __future__ import annotations

import uuid
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


def test_who_follows_the_journal_asks_for_no_entry_twice_and_finds_the_others(house, monkeypatch):
    """Entries up to the turn's last come from memory; those that it has not seen, or that were dropped, from the journal."""
    monkeypatch.setattr(journal, "_tails", OrderedDict())
    monkeypatch.setattr(journal, "_heard", OrderedDict())
    asked = []
    real = journal._stretch_of
    monkeypatch.setattr(
        journal, "_stretch_of", lambda world, after, last: asked.append((after, last)) or real(world, after, last)
    )

    def follow(after):
        entries, _more = store.next_entries(house.world, after, most=10, readings=100)()
        store.remember(house.world, after, entries)
        return entries[-1].id

    def values(upto=None):
        found = store.read(house.world, [house.gauges[0]], upto=upto)
        return found[house.gauges[0]].value.tolist() if found else []

    house.keep((0, 0, 5.0))
    first = follow(0)
    assert values(first) == [5.0]
    house.keep((0, 1, 6.0))
    house.keep((0, 2, 7.0))
    assert values(first) == [5.0]
    second = follow(first)
    assert values(second) == [5.0, 6.0, 7.0]
    assert asked == []
    house.keep((0, 3, 8.0))
    assert values() == [5.0, 6.0, 7.0, 8.0]
    assert len(asked) == 1
    # One is missing between: nothing is taken for whole that is not.
    house.keep((0, 4, 9.0))
    house.keep((0, 5, 10.0))
    last = follow(follow(second) - 1)
    assert values(last) == [5.0, 6.0, 7.0, 8.0, 9.0, 10.0]
    house.fold()
    assert values() == [5.0, 6.0, 7.0, 8.0, 9.0, 10.0]


def test_worlds_that_nobody_asks_for_any_more_are_forgotten(house, monkeypatch):
    """Every exercise and replay is a world: what was read of one that is long over is not kept for ever."""
    monkeypatch.setattr(journal, "_heard", OrderedDict())
    house.keep((0, 0, 5.0))
    entries, _more = store.next_entries(house.world, 0, most=10, readings=100)()
    worlds = [house.world, *(uuid.uuid4() for _world in range(journal._WORLDS_KEPT))]
    for world in worlds:
        store.remember(world, 0, entries)
    assert [world for _database, world in journal._heard] == worlds[1:], "the one used longest ago"
