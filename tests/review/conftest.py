from datetime import timedelta

import pytest
from django.db import transaction

from anlan.kernel import clock
from anlan.kernel.models import Outbox
from anlan.places.identity import context_of
from anlan.places.models import Person
from anlan.review.models import Presence, Replay
from anlan.review.replay import cast
from anlan.review.replay.cast import director
from tests.storming import begin_storm


@pytest.fixture(scope="module")
def begun(django_db_setup, django_db_blocker):
    """The district with the storm at its start, laid down once for a file; each test's own changes are rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        storm = begin_storm()
        # What the laying down announced is old news: nothing waits when a test begins.
        Outbox.objects.update(published_at=clock.real_now())
        yield storm
        transaction.set_rollback(True)
    cast.forget()


@pytest.fixture
def storm(begun, db):
    begun.replay.refresh_from_db()
    return begun


@pytest.fixture
def replay(storm):
    """The replay as it is in the database now: ``replay()``."""

    def fresh():
        return Replay.objects.unscoped("the test looks at its own replay").get(pk=storm.replay.pk)

    return fresh


@pytest.fixture
def outside(storm):
    """Whoever plays the outer world."""
    return director(storm.world)


@pytest.fixture
def somebody_there(storm):
    """``somebody_there("zhibanyuan")``: the person is seen in the exercise, `ago` minutes before now."""

    def come(username, ago=0.0):
        person = Person.objects.get(username=username)
        seen = clock.real_now() - timedelta(minutes=ago)
        Presence.objects.update_or_create(person=person, world_id=storm.world, defaults={"seen_at": seen})
        return context_of(person, world=storm.world)

    return come
