from datetime import UTC, datetime, timedelta

import pytest

from anlan.kernel.engine.timers import pass_due
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, NotFound, Refused
from anlan.kernel.loops import (
    Loop,
    Rung,
    State,
    Step,
    available_steps,
    loops,
    move_deadline,
    open_record,
    reassign,
    transition,
)
from anlan.kernel.loops.declaration import BadLoop
from anlan.kernel.loops.diagram import mermaid
from anlan.kernel.loops.record import StateWrittenDirectly
from anlan.kernel.models import AuditEntry, Deadline, Outbox
from anlan.kernel.scope import ScopeNotGiven
from tests.sample.models import Errand

DISTRICT = "11/110107/"
STREET = "11/110107/110107004/"
VIEW = ["sample.errand.view"]
NOON = datetime(2016, 7, 20, 4, 0, tzinfo=UTC)


@pytest.fixture
def boss(somebody, exercise):
    return somebody("boss", DISTRICT, VIEW, world=exercise.pk)


@pytest.fixture
def clerk(somebody, exercise):
    return somebody("clerk", STREET, VIEW, keys=["org:street"], world=exercise.pk)


@pytest.fixture
def errand(boss):
    return open_record(boss, Errand, title="关闸", scope=STREET, owner_keys=["org:street"], shared_with=["org:street"])


def test_opening_writes_row_audit_event_and_deadline_together(errand):
    assert (errand.state, errand.owner_role, errand.due_at) == ("sent", "clerk", NOON + timedelta(minutes=10))
    assert AuditEntry.objects.get(object_id=str(errand.pk)).action == "sample.errand.open"
    assert Outbox.objects.get().subject == "kernel.loop.opened"
    assert Deadline.objects.get(record=errand.pk).due_at == errand.due_at


def test_only_those_named_may_open(clerk):
    with pytest.raises(NotAllowed):
        open_record(clerk, Errand, title="关闸", scope=STREET)


def test_a_step_moves_the_state_and_sets_the_next_deadline(clerk, errand):
    promised = NOON + timedelta(hours=2)
    moved = transition(clerk, errand, "accept", promised_at=promised)
    assert (moved.state, moved.due_at) == ("accepted", promised)
    assert errand.state == "accepted", "the caller's copy follows"
    assert Deadline.objects.get(record=errand.pk, status="open").due_at == promised
    entry = AuditEntry.objects.latest("id")
    assert (entry.label, entry.data["from"], entry.data["to"]) == ("签收", "sent", "accepted")
    assert entry.at_world == NOON


def test_a_second_person_who_comes_late_is_told_so(clerk, errand):
    stale = Errand.objects.get_visible(clerk, pk=errand.pk)
    transition(clerk, errand, "accept")
    with pytest.raises(Conflict, match="办理中"):
        transition(clerk, stale, "accept")


def test_missing_and_wrong_evidence_is_named_and_nothing_is_written(clerk, errand):
    transition(clerk, errand, "accept")
    before = AuditEntry.objects.count()
    with pytest.raises(BadInput) as refused:
        transition(clerk, errand, "finish", evidence={"people": "三", "note": "一二三四五六七八九十一", "x": 1})
    assert [f["field"] for f in refused.value.details["faults"]] == ["people", "note", "x"]
    with pytest.raises(BadInput, match="人数"):
        transition(clerk, errand, "finish", evidence={})
    with pytest.raises(Refused, match="一百"):
        transition(clerk, errand, "finish", evidence={"people": 101})
    assert AuditEntry.objects.count() == before
    assert transition(clerk, errand, "finish", evidence={"people": 0}).closed_at == NOON


def test_only_the_assignee_may_and_strangers_find_nothing(somebody, exercise, boss, errand):
    with pytest.raises(NotAllowed):
        transition(boss, errand, "accept")
    stranger = somebody("clerk", "11/110108/", VIEW, keys=["org:other"], world=exercise.pk)
    with pytest.raises(NotFound):
        transition(stranger, errand, "accept")
    with pytest.raises(NotFound):
        Errand.objects.get_visible(stranger, pk=errand.pk)


def test_the_same_person_in_another_world_finds_nothing(somebody, errand):
    real = somebody("boss", DISTRICT, VIEW)
    assert not Errand.objects.visible_to(real).exists()


def test_a_scoped_table_refuses_to_answer_unscoped(errand):
    for ask in (
        lambda: list(Errand.objects.all()),
        lambda: Errand.objects.count(),
        lambda: Errand.objects.filter().first(),
    ):
        with pytest.raises(ScopeNotGiven):
            ask()


def test_state_cannot_be_written_past_its_door(errand, boss):
    with pytest.raises(StateWrittenDirectly):
        errand.state = "done"
    with pytest.raises(StateWrittenDirectly):
        Errand.objects.in_world(boss).update(state="done")
    with pytest.raises(StateWrittenDirectly):
        Errand.objects.create(title="x", scope=STREET)


def test_lateness_climbs_the_ladder_once_per_rung(errand, clock_to):
    clock_to(NOON + timedelta(minutes=9))
    assert pass_due() == 0
    clock_to(NOON + timedelta(minutes=10))
    assert pass_due() == 1
    assert pass_due() == 0
    clock_to(NOON + timedelta(minutes=30))
    assert pass_due() == 1
    assert pass_due() == 0
    rows = Outbox.objects.filter(subject="kernel.deadline.passed").order_by("id")
    told = [(r.payload["notify"], r.payload["rung"]) for r in rows]
    assert told == [("chief", 1), ("boss", 2)]
    assert Deadline.objects.get(record=errand.pk).status == "exhausted"


def test_acting_in_time_silences_the_ladder(errand, clerk, clock_to):
    transition(clerk, errand, "accept")
    clock_to(NOON + timedelta(days=1))
    assert pass_due() == 0


def test_progress_keeps_the_clock(errand, clerk, clock_to):
    transition(clerk, errand, "accept", promised_at=NOON + timedelta(hours=1))
    clock_to(NOON + timedelta(minutes=20))
    assert transition(clerk, errand, "report").due_at == NOON + timedelta(hours=1)


def test_reassigning_and_moving_the_deadline_are_kept_with_their_reasons(errand, boss):
    reassign(boss, errand, owner_keys=["org:water"], reason="属水务职责")
    moved = move_deadline(boss, errand, due_at=NOON + timedelta(minutes=3), reason="从严")
    assert moved.shared_with == ["org:street", "org:water"]
    assert Deadline.objects.get(record=errand.pk, status="open").due_at == NOON + timedelta(minutes=3)
    assert [e.data.get("reason") for e in AuditEntry.objects.order_by("id")][1:] == ["属水务职责", "从严"]


def test_buttons_are_what_the_person_may_do_now(errand, clerk, boss):
    assert [s.name for s in available_steps(clerk, errand)] == ["accept"]
    assert available_steps(boss, errand) == []


def test_every_declared_loop_draws_itself():
    assert "sample.errand" in loops()
    for loop in loops().values():
        assert mermaid(loop).count("-->") >= len(loop.steps)


@pytest.mark.parametrize(
    ("states", "steps", "why"),
    [
        ((State("a", "甲", owner="x", within=1, escalate=(Rung("y"),)),), (), "no end"),
        ((State("a", "甲", owner="x", within=1), State("z", "终", final=True)), (Step("s", "走", ("a",), "z", may=("x",)),), "escalation"),
        ((State("a", "甲"), State("z", "终", final=True)), (Step("s", "走", ("a",), "z", may=("x",)),), "owner"),
        ((State("z", "终", final=True),), (Step("s", "走", ("z",), "z", may=("x",)),), "final"),
        ((State("z", "终", final=True),), (Step("s", "走", ("q",), "z", may=("x",)),), "unknown"),
        (
            (State("a", "甲", owner="x", timeless="y"), State("z", "终", final=True)),
            (Step("s", "走", ("a",), "z", may=("x",)), Step("t", "回", ("z",), "a", may=("x",), afterwards=True)), "to another",
        ),
    ],
)  # fmt: skip
def test_a_loop_that_does_not_hold_together_is_refused(states, steps, why):
    with pytest.raises(BadLoop, match=why):
        Loop(key="t.x", title="坏", states=states, steps=steps, initial=states[0].name)
