"""The engine as a process of its own, killed without warning, against the real database and the real bus."""

from __future__ import annotations

import signal

import pytest

from anlan.events.loops import LoopOpened
from anlan.kernel.announcing import announce
from anlan.kernel.loops import open_record, transition
from anlan.kernel.models import AuditEntry, FailedReaction, Outbox
from tests.running import until
from tests.sample.models import Errand, Tally

pytestmark = pytest.mark.django_db(transaction=True)
STREET = "11/110107/110107004/"


@pytest.fixture
def clerk(somebody, exercise):
    return somebody("clerk", STREET, ["sample.errand.view", "*"], keys=["org:street"], world=exercise.pk)


def errand_accepted(clerk) -> Errand:
    errand = open_record(clerk, Errand, title="关闸", scope=STREET, owner_keys=["org:street"])
    return transition(clerk, errand, "accept")


def test_an_engine_killed_in_the_middle_loses_nothing_and_repeats_nothing(running, clerk):
    first = running.engine()
    errands = [errand_accepted(clerk) for _ in range(30)]
    until(lambda: Tally.objects.exists())
    first.send_signal(signal.SIGKILL)
    first.wait()
    errands += [errand_accepted(clerk) for _ in range(30)]
    running.engine()
    until(lambda: Tally.objects.count() >= 60 and not Outbox.objects.filter(published_at=None).exists())
    assert sorted(Tally.objects.values_list("record", flat=True)) == sorted(str(e.pk) for e in errands)
    positions = list(Outbox.objects.order_by("position").values_list("position", flat=True))
    assert positions == list(range(positions[0], positions[0] + 120)), "positions have no gap"


def test_audit_rows_are_linked_within_moments(running, clerk):
    running.engine()
    errand_accepted(clerk)
    until(lambda: AuditEntry.objects.exists() and not AuditEntry.objects.filter(seq=None).exists())


def test_a_reaction_that_keeps_failing_is_put_aside_and_the_room_goes_on(running, clerk):
    Tally.objects.create(record="x", step="poison")
    errand = errand_accepted(clerk)
    transition(clerk, errand, "report")
    errand_accepted(clerk)
    running.engine()
    until(lambda: Tally.objects.filter(step="accept").count() == 2)
    failed = FailedReaction.objects.get()
    assert "poisoned" in failed.error
    assert not Tally.objects.filter(step="report").exists(), "a failed reaction leaves nothing half-written"


def test_nothing_is_announced_that_could_outlive_its_cause(clerk):
    event = LoopOpened(loop="sample.errand", record="x", state="sent")
    with pytest.raises(RuntimeError, match="outside a transaction"):
        announce(clerk, event, scope=STREET)
    assert not Outbox.objects.exists()
