"""The probe's traces: its announcements go, everybody else's stay, and positions go on being counted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from anlan.events.health import ProbePassed
from anlan.kernel import clock
from anlan.kernel.announcing import announce, mark_published, take_positions
from anlan.kernel.context import system
from anlan.kernel.health.probing import SCOPE, forget_announcements, probe_context
from anlan.kernel.models import Outbox

pytestmark = pytest.mark.django_db


def announced(scope: str, number: int) -> None:
    with transaction.atomic():
        announce(system("test"), ProbePassed(number=number, stored_at="x", judged_at="x"), scope=scope)


def test_what_the_probe_announced_is_forgotten_but_for_the_last_position():
    for number in range(3):
        announced(SCOPE, number)
    announced("11/110107/", 3)
    announced(SCOPE, 4)
    mark_published([row.pk for row in take_positions()])
    announced(SCOPE, 5)
    later = clock.real_now() + timedelta(seconds=1)
    assert forget_announcements(clock.real_now() - timedelta(minutes=1)) == 0, "young ones stay"
    assert forget_announcements(later) == 3
    left = sorted(row.payload["number"] for row in Outbox.objects.all())
    assert left == [3, 4, 5], "somebody else's, the one with the last position, and one that is not published"
    assert [row.position for row in take_positions()] == [6]


def test_the_probe_may_do_everything_on_its_own_path_and_nothing_anywhere_else():
    ctx = probe_context()
    assert ctx.may("sensing.observation.feed", SCOPE)
    assert not any(ctx.may("sensing.observation.feed", path) for path in ("", "11/", "11/110107/", "~/"))
