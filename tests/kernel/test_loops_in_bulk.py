from dataclasses import replace
from datetime import timedelta

import pytest

from anlan.kernel import clock
from anlan.kernel.auditing import link, verify
from anlan.kernel.engine.timers import pass_due
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from anlan.kernel.loops import Move, open_records, transition, transition_all, transition_each
from anlan.kernel.models import AuditEntry, Deadline, Outbox
from tests.kernel.test_loops import DISTRICT, NOON, STREET, VIEW
from tests.sample.models import Errand


@pytest.fixture
def boss(somebody, exercise):
    return somebody("boss", DISTRICT, VIEW, world=exercise.pk)


@pytest.fixture
def clerk(somebody, exercise):
    return somebody("clerk", STREET, VIEW, keys=["org:street"], world=exercise.pk)


def rows(count):
    return [
        {"title": str(n), "scope": STREET, "owner_keys": ["org:street"], "shared_with": ["org:street"]}
        for n in range(count)
    ]


def test_many_records_open_with_the_same_rows_as_one_by_one(boss, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        errands = open_records(boss, Errand, rows(160), note={"why": "汛"})
    assert {e.due_at for e in errands} == {NOON + timedelta(minutes=10)}
    assert Deadline.objects.filter(status="open").count() == 160
    assert Outbox.objects.filter(subject="kernel.loop.opened").count() == 160
    assert AuditEntry.objects.filter(action="sample.errand.open", data__why="汛").count() == 160
    assert link() == 160
    assert verify().intact


def test_many_records_take_a_step_and_those_that_moved_on_are_left_out(boss, clerk):
    errands = open_records(boss, Errand, rows(3))
    transition(clerk, errands[0], "accept")
    promised = NOON + timedelta(hours=2)
    moved = transition_all(clerk, errands, "accept", changes={e.pk: {"promised_at": promised} for e in errands})
    assert {m.pk for m in moved} == {errands[1].pk, errands[2].pk}
    stored = Errand.objects.get_visible(clerk, pk=errands[1].pk)
    assert (stored.state, stored.due_at, stored.promised_at) == ("accepted", promised, promised)
    assert Deadline.objects.filter(record=stored.pk, status="open").get().due_at == promised
    assert AuditEntry.objects.filter(action="sample.errand.accept").count() == 3


def test_many_are_refused_as_one(boss, clerk):
    with pytest.raises(NotAllowed):
        open_records(clerk, Errand, rows(2))
    errands = open_records(boss, Errand, rows(2))
    with pytest.raises(NotAllowed):
        transition_all(boss, errands, "accept")
    assert set(Errand.objects.visible_to(boss).values_list("state", flat=True)) == {"sent"}


def test_many_deadlines_pass_together_once_each(boss, clerk, clock_to, django_assert_max_num_queries):
    errands = open_records(boss, Errand, rows(100))
    transition(clerk, errands[0], "accept")
    clock_to(NOON + timedelta(minutes=10))
    with django_assert_max_num_queries(25):
        assert pass_due() == 99
    assert pass_due() == 0
    assert Outbox.objects.filter(subject="kernel.deadline.passed").count() == 99
    assert AuditEntry.objects.filter(action="sample.errand.late").count() == 99
    clock_to(NOON + timedelta(minutes=15))
    assert pass_due() == 99
    assert Deadline.objects.filter(status="exhausted").count() == 99


def test_one_faulty_record_holds_up_no_other(boss, clock_to, monkeypatch):
    errands = open_records(boss, Errand, rows(3))
    broken = errands[1].title

    def headline(self):
        if self.title == broken:
            raise RuntimeError("faulty")
        return self.title

    monkeypatch.setattr(Errand, "headline", property(headline))
    clock_to(NOON + timedelta(minutes=10))
    assert pass_due() == 2


def test_many_take_a_step_each_for_themselves_at_their_own_moment(boss, clerk, somebody, django_assert_max_num_queries):
    errands = open_records(boss, Errand, rows(60))
    people = [
        somebody("clerk", STREET, VIEW, keys=["org:street"], world=clerk.world, name=f"值班员{n}") for n in range(60)
    ]
    moments = [NOON + timedelta(minutes=n) for n in range(60)]
    moves = [
        Move(
            replace(person, reading=clock.Reading(clock.real_now(), at, 0, clerk.world)),
            errand,
            fields={"promised_at": at + timedelta(hours=1)},
        )
        for person, errand, at in zip(people, errands, moments, strict=True)
    ]
    with django_assert_max_num_queries(10):
        taken = transition_each(moves, "accept")
    assert [t.pk for t in taken] == [e.pk for e in errands]
    stored = {e.pk: e for e in Errand.objects.visible_to(boss)}
    assert [stored[e.pk].state_since for e in errands] == moments
    due = dict(Deadline.objects.filter(status="open").values_list("record", "due_at"))
    assert [due[e.pk] for e in errands] == [at + timedelta(hours=1) for at in moments]
    entries = AuditEntry.objects.filter(action="sample.errand.accept").order_by("id")
    assert [(a.actor_name, a.at_world) for a in entries] == [(f"值班员{n}", moments[n]) for n in range(60)]
    assert entries[7].data == {"from": "sent", "to": "accepted", "evidence": {}}
    assert Outbox.objects.filter(subject="kernel.loop.stepped", occurred_at=moments[7]).count() == 1
    assert link() == 120
    assert verify().intact


def test_whoever_may_not_is_told_so_and_holds_up_no_other(boss, clerk, somebody):
    errands = open_records(boss, Errand, rows(4))
    transition(clerk, errands[0], "accept")
    stranger = somebody("clerk", "11/110108/", VIEW, world=clerk.world)
    moves = [Move(clerk, errands[0]), Move(boss, errands[1]), Move(stranger, errands[2]), Move(clerk, errands[3])]
    moved_on, not_mine, not_seen, taken = transition_each(moves, "accept")
    assert isinstance(moved_on, Conflict)
    assert isinstance(not_mine, NotAllowed)
    assert isinstance(not_seen, NotFound)
    assert taken.state == "accepted"
    assert [e.state for e in Errand.objects.visible_to(boss).order_by("title")] == [
        "accepted",
        "sent",
        "sent",
        "accepted",
    ]
    faulty, done = transition_each(
        [Move(clerk, errands[0], {"people": None}), Move(clerk, errands[3], {"people": 3})], "finish"
    )
    assert isinstance(faulty, BadInput)
    assert (done.state, Deadline.objects.filter(record=done.pk).exclude(status="met").count()) == ("done", 0)
