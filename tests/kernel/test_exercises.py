from datetime import UTC, datetime, timedelta

import pytest

from anlan.kernel import clock, exercises
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from anlan.kernel.live.hub import Listener
from anlan.kernel.models import AuditEntry, Outbox
from anlan.kernel.worlds import REAL

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
STORM = datetime(2016, 7, 20, tzinfo=UTC)
DISTRICT = "11/110107/"


@pytest.fixture
def chief(somebody):
    return somebody("duty_chief", DISTRICT, [exercises.STEER])


def test_changing_speed_never_makes_the_clock_jump(chief):
    with clock.fixed(NOON):
        world = exercises.open_world(chief, title="回放", scope=DISTRICT, starts_at=STORM, rate=60)
    with clock.fixed(NOON + timedelta(minutes=1)):
        assert exercises.set_rate(chief, world.pk, 1, reason="等待签发").reading().now() == STORM + timedelta(hours=1)
    with clock.fixed(NOON + timedelta(minutes=2)):
        ended = exercises.end_world(chief, world.pk)
    assert ended.reading().now() == STORM + timedelta(hours=1, minutes=1)
    assert [e.action for e in AuditEntry.objects.order_by("id")] == [
        "kernel.world.open",
        "kernel.world.rate",
        "kernel.world.end",
    ]


def test_open_pages_hear_of_every_change_of_pace_inside_the_exercise_only(chief, somebody):
    with clock.fixed(NOON):
        world = exercises.open_world(chief, title="回放", scope=DISTRICT, starts_at=STORM, rate=60)
    with clock.fixed(NOON + timedelta(minutes=1)):
        exercises.set_rate(chief, world.pk, 1)
        exercises.set_rate(chief, world.pk, 1)
    with clock.fixed(NOON + timedelta(minutes=2)):
        exercises.end_world(chief, world.pk)
    slower, ended = Outbox.objects.filter(subject="kernel.world.paced").order_by("id")
    assert slower.live == {
        "world": str(world.pk), "anchor_world": (STORM + timedelta(hours=1)).isoformat(),
        "anchor_real": (NOON + timedelta(minutes=1)).isoformat(), "rate": 1.0, "ended": False,
    }  # fmt: skip
    assert (ended.live["rate"], ended.live["ended"]) == (0.0, True)
    notice = {
        "world": str(slower.world_id),
        "subject": slower.subject,
        "scope": slower.scope,
        "shared_with": slower.shared_with,
    }
    street = somebody("town", "11/110107/110107004/", keys=["in:11", "in:110107", "in:110107004"], world=world.pk)
    assert Listener(street, ("kernel.world.",)).wants(notice)
    assert not Listener(somebody("town", "11/110107/110107004/", keys=["in:110107"]), ()).wants(notice)
    assert not Listener(somebody("duty_chief", "33/", keys=["in:33"], world=world.pk), ()).wants(notice)


def test_what_may_not_be_done_is_refused(chief, somebody):
    with clock.fixed(NOON):
        world = exercises.open_world(chief, title="回放", scope=DISTRICT, starts_at=STORM)
        with pytest.raises(BadInput):
            exercises.set_rate(chief, world.pk, 601)
        with pytest.raises(NotAllowed):
            exercises.open_world(somebody("town", DISTRICT), title="x", scope=DISTRICT, starts_at=STORM)
        with pytest.raises(NotFound):
            exercises.set_rate(somebody("duty_chief", "33/", [exercises.STEER]), world.pk, 2)
        with pytest.raises(NotFound):
            exercises.end_world(chief, REAL)
        exercises.end_world(chief, world.pk)
        with pytest.raises(Conflict):
            exercises.set_rate(chief, world.pk, 2)
