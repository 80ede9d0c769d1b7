"""What other rooms do about an announcement: once, whole, and only for what was committed."""

from datetime import UTC, datetime, timedelta

import psycopg.errors
import pytest
from django.db import OperationalError

from anlan.kernel.loops import open_record, transition
from anlan.kernel.models import FailedReaction, Inbox, Outbox
from anlan.kernel.outages import is_outage
from anlan.kernel.reactions import deliver, deliver_in_order, drain, note_failure, retry_failed
from tests.sample.models import Errand, Tally

STREET = "11/110107/110107004/"


@pytest.fixture
def accepted(somebody, exercise):
    """An errand that was accepted; what it announced is not delivered yet."""
    clerk = somebody("clerk", STREET, ["sample.errand.view", "*"], keys=["org:street"], world=exercise.pk)
    errand = open_record(clerk, Errand, title="关闸", scope=STREET, owner_keys=["org:street"])
    transition(clerk, errand, "accept")
    return errand, clerk


def test_what_is_delivered_again_is_done_once(accepted):
    errand, _clerk = accepted
    stepped = Outbox.objects.get(subject="kernel.loop.stepped", payload__record=str(errand.pk))
    for _delivery in range(3):
        deliver(stepped)
    assert Tally.objects.filter(record=str(errand.pk)).count() == 1
    assert Inbox.objects.filter(event=stepped.event, reaction="sample.count_steps").count() == 1
    drain()
    assert Tally.objects.filter(record=str(errand.pk)).count() == 1


def test_a_reaction_that_fails_leaves_nothing_and_can_be_repeated_later(accepted):
    errand, clerk = accepted
    drain()
    poison = Tally.objects.create(record="x", step="poison")
    transition(clerk, errand, "report")
    stepped = Outbox.objects.get(subject="kernel.loop.stepped", payload__step="report")
    with pytest.raises(RuntimeError, match="poisoned") as failed:
        deliver(stepped, room="sample")
    assert not Tally.objects.filter(step="report").exists()
    assert not Inbox.objects.filter(event=stepped.event, reaction="sample.count_steps").exists()
    note_failure(stepped, "sample", failed.value, 5)
    poison.delete()
    assert retry_failed(FailedReaction.objects.get(event=stepped, reaction="sample.count_steps"))
    assert Tally.objects.filter(step="report").count() == 1


def _failing(cause: Exception) -> OperationalError:
    error = OperationalError("the database said no")
    error.__cause__ = cause
    return error


def test_a_lost_database_is_waited_for_but_a_statement_that_fails_is_a_failure_of_its_event(accepted, monkeypatch):
    from anlan.kernel import reactions

    (counting,) = reactions.reactions_to("kernel.loop.stepped", "sample")
    errand, _clerk = accepted
    event = str(Outbox.objects.get(subject="kernel.loop.stepped", payload__record=str(errand.pk)).event)
    raised = [_failing(psycopg.errors.DeadlockDetected()), _failing(psycopg.errors.AdminShutdown())]

    def fail(ctx, event):
        raise raised[0]

    row = reactions.Reaction(counting.name, counting.room, counting.event, fail)
    monkeypatch.setitem(reactions._REACTIONS, "kernel.loop.stepped", [row])
    assert deliver_in_order([event], room="sample", stopped=lambda: False) == 0
    raised.pop(0)
    with pytest.raises(OperationalError):
        deliver_in_order([event], room="sample", stopped=lambda: False)
    waited_for = [_failing(psycopg.errors.DiskFull()), OperationalError("no connection")]
    given_up = [_failing(psycopg.errors.QueryCanceled()), _failing(psycopg.errors.ProgramLimitExceeded()), ValueError()]
    assert [is_outage(error) for error in (*waited_for, *given_up)] == [True, True, False, False, False]


def test_a_reaction_acts_in_the_world_of_what_happened_and_names_its_cause(accepted, monkeypatch):
    from anlan.kernel import reactions

    seen = []
    (counting,) = reactions.reactions_to("kernel.loop.stepped", "sample")
    monkeypatch.setitem(
        reactions._REACTIONS, "kernel.loop.stepped",
        [reactions.Reaction(counting.name, counting.room, counting.event, lambda ctx, event: seen.append(ctx))],
    )  # fmt: skip
    errand, clerk = accepted
    stepped = Outbox.objects.get(subject="kernel.loop.stepped", payload__record=str(errand.pk))
    deliver(stepped)
    (ctx,) = seen
    assert (ctx.world, ctx.cause) == (clerk.world, f"event:{stepped.event}")
    assert ctx.actor.key == "system:sample.count_steps"


def test_time_in_a_reaction_is_that_of_the_exercise(accepted, exercise):
    errand, _clerk = accepted
    stepped = Outbox.objects.get(subject="kernel.loop.stepped", payload__record=str(errand.pk))
    assert stepped.occurred_at == datetime(2016, 7, 20, 4, 0, tzinfo=UTC)
    assert stepped.recorded_at - stepped.occurred_at > timedelta(days=365)
