"""The district with its posts, its plans, and people who act through them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

LOCAL = timezone(timedelta(hours=8))


def at(text: str) -> datetime:
    """``"20 11:00"`` → 2016-07-20 11:00 +08:00."""
    day, clock = text.split(" ")
    hour, minute = clock.split(":")
    return datetime(2016, 7, int(day), int(hour), int(minute), tzinfo=LOCAL)


@pytest.fixture
def district(db):
    from anlan.decision.services import load_shipped_plans
    from anlan.places.demonstration import load_people
    from anlan.places.queries import region
    from anlan.places.seeding import load_regions
    from tests.remembered import put_back

    put_back("district with plans", lambda: (load_regions(), load_people(), load_shipped_plans()))
    return region("110107")


@pytest.fixture
def person(district, exercise):
    """``person("fuzhihui")``: the context of a signed-in person inside the exercise."""
    from anlan.places.identity import context_of
    from anlan.places.models import Person

    def sign_in(username):
        return context_of(Person.objects.get(username=username), world=exercise.pk)

    return sign_in


@pytest.fixture
def house(exercise):
    from anlan.kernel.context import system

    return system("test", world=exercise.pk)


@pytest.fixture
def rain(district, house, clock_to):
    """``rain("20 11:00", mm24=106)``: regional figures of that hour arrive, as a profile over the whole area."""
    from django.db import transaction

    from anlan.events.analysis import FiguresUpdated
    from anlan.kernel.announcing import announce
    from anlan.kernel.reactions import drain

    def fall(when, *, mm24, mm1=0.0, mm3=0.0, share=100.0):
        clock_to(at(when))

        def figure(mm):
            rest = [[0.0, 100 - share]] if share < 100 else []
            return {"max": mm, "profile": [[mm, share], *rest]}

        figures = {"rain_24h_mm": figure(mm24), "rain_1h_mm": figure(mm1), "rain_3h_mm": figure(mm3)}
        with transaction.atomic():
            announce(
                house, FiguresUpdated(region="110107", at=at(when).isoformat(), figures=figures), scope=district.path
            )
        drain()

    return fall
