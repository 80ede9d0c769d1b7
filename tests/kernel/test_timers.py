"""Deadlines whose passing fails: they wait longer each time, are shown, and take nobody's turn."""

from __future__ import annotations

from datetime import timedelta

import pytest

from anlan.kernel import clock
from anlan.kernel.engine.timers import pass_due
from anlan.kernel.loops import open_records
from anlan.kernel.models import Deadline, Outbox
from anlan.kernel.panels import _failed
from tests.kernel.test_loops import DISTRICT, NOON, STREET, VIEW
from tests.sample.models import Errand


@pytest.fixture
def errands(somebody, exercise, clock_to, monkeypatch):
    """Five that cannot be named and so cannot be chased, and one good one that falls due after all of them."""
    boss = somebody("boss", DISTRICT, VIEW, world=exercise.pk)
    rows = [{"title": f"坏{n}", "scope": STREET, "owner_keys": ["org:street"]} for n in range(5)]
    bad = open_records(boss, Errand, rows)
    clock_to(NOON + timedelta(seconds=30))
    good = open_records(boss, Errand, [{"title": "好", "scope": STREET, "owner_keys": ["org:street"]}])

    def headline(self):
        if self.title.startswith("坏"):
            raise RuntimeError("no headline")
        return self.title

    monkeypatch.setattr(Errand, "headline", property(headline))
    clock_to(NOON + timedelta(minutes=11))
    return bad, good[0]


def passed(errand: Errand) -> int:
    return Outbox.objects.filter(subject="kernel.deadline.passed", payload__record=str(errand.pk)).count()


def test_faulty_deadlines_do_not_take_the_turn_of_a_good_one(errands):
    bad, good = errands
    assert pass_due(limit=5) == 0
    assert pass_due(limit=5) == 1
    assert passed(good) == 1
    tries = Deadline.objects.filter(record__in=[e.pk for e in bad]).values_list("tries", flat=True)
    assert set(tries) == {1}, "what failed a moment ago is not tried again at once"


def test_a_faulty_deadline_is_tried_again_after_growing_pauses_shown_and_passed_once_it_can_be(
    errands, monkeypatch, somebody
):
    bad, _good = errands
    began = clock.real_now()
    admin = somebody("admin", "", ["*"])
    pauses = []
    with clock.fixed(began):
        pass_due()
        assert _failed(admin) is None, "one failed try may pass by itself"
    for _try in range(3):
        row = Deadline.objects.get(record=bad[0].pk)
        pauses.append((row.not_before - began).total_seconds())
        assert "no headline" in row.error
        began = row.not_before
        with clock.fixed(began - timedelta(seconds=1)):
            assert pass_due() == 0
            assert Deadline.objects.get(pk=row.pk).tries == row.tries
        with clock.fixed(began):
            pass_due()
    assert pauses == [10, 20, 40]
    shown = _failed(admin)
    assert shown["stuck_number"] == 5
    monkeypatch.setattr(Errand, "headline", property(lambda self: self.title))
    with clock.fixed(began + timedelta(hours=1)):
        assert pass_due() == 5
    assert {passed(e) for e in bad} == {1}
    assert _failed(admin) is None


def test_the_stand_in_takes_only_what_the_engine_has_left_lying_and_none_is_passed_twice(somebody, exercise, clock_to):
    boss = somebody("boss", DISTRICT, VIEW, world=exercise.pk)
    errand = open_records(boss, Errand, [{"title": "巡查", "scope": STREET, "owner_keys": ["org:street"]}])[0]
    due = Deadline.objects.get(record=errand.pk).due_at
    clock_to(due)
    exercise.rate = 1.0
    exercise.save(update_fields=["rate"])
    with clock.fixed(exercise.anchor_real + timedelta(seconds=0.2)):
        assert pass_due(left_lying=0.4) == 0, "the engine has still time for it"
    with clock.fixed(exercise.anchor_real + timedelta(seconds=0.5)):
        assert pass_due(left_lying=0.4) == 1
        assert pass_due() == 0
    assert passed(errand) == 1


def test_in_a_fast_exercise_lying_is_counted_by_the_wall_clock(somebody, exercise, clock_to):
    boss = somebody("boss", DISTRICT, VIEW, world=exercise.pk)
    errand = open_records(boss, Errand, [{"title": "巡查", "scope": STREET, "owner_keys": ["org:street"]}])[0]
    clock_to(Deadline.objects.get(record=errand.pk).due_at)
    exercise.rate = 600.0
    exercise.save(update_fields=["rate"])
    with clock.fixed(exercise.anchor_real + timedelta(seconds=0.3)):
        assert pass_due(left_lying=0.4) == 0, "180 s of the exercise, 0.3 s of the engine"
    with clock.fixed(exercise.anchor_real + timedelta(seconds=0.5)):
        assert pass_due(left_lying=0.4) == 1
