"""Who is at work in an exercise: noted by their own pages, forgotten when they leave, and an exercise that ended only shows."""

from dataclasses import replace
from datetime import timedelta

from django.test import Client

from anlan.kernel import clock
from anlan.kernel.context import system
from anlan.kernel.worlds import REAL
from anlan.places.identity import context_of
from anlan.places.models import Holding, Person
from anlan.review.models import Presence
from anlan.review.presence import LEFT_AFTER, NOTED_EVERY, leave, note_presence, people_present, posts_held_by
from anlan.review.services import end_replay


def test_a_person_at_work_is_noted_now_and_then_and_forgotten_after_a_while(storm):
    ctx = context_of(Person.objects.get(username="zhibanyuan"), world=storm.world)
    start = clock.real_now()
    for seconds, kept in ((0, 0), (NOTED_EVERY.total_seconds() - 1, 0), (NOTED_EVERY.total_seconds() + 1, 31)):
        with clock.fixed(start + timedelta(seconds=seconds)):
            note_presence(ctx)
            assert Presence.objects.get().seen_at == start + timedelta(seconds=kept)
            assert [p.username for p in people_present(storm.world)] == ["zhibanyuan"]
    with clock.fixed(start + LEFT_AFTER + timedelta(minutes=1)):
        assert people_present(storm.world) == []


def test_nobody_else_is_noted(storm):
    person = Person.objects.get(username="zhibanyuan")
    played = context_of(person, world=storm.world, simulated=True)
    for ctx in (system("timer", world=storm.world), played, context_of(person, world=REAL)):
        note_presence(ctx)
    assert not Presence.objects.exists()


def test_who_signs_out_or_is_no_longer_active_is_not_there(storm, somebody_there):
    duty = somebody_there("zhibanyuan")
    somebody_there("daiban")
    Person.objects.filter(username="daiban").update(is_active=False)
    assert [p.username for p in people_present(storm.world)] == ["zhibanyuan"]
    leave(replace(duty, world=REAL))
    assert people_present(storm.world) == []


def test_only_posts_held_at_this_moment_are_occupied(storm):
    person = Person.objects.get(username="zhibanyuan")
    (code,) = posts_held_by([person])
    Holding.objects.filter(person=person).update(until=clock.real_now() - timedelta(minutes=1))
    assert posts_held_by([person]) == set()
    Holding.objects.filter(person=person).update(until=None, since=clock.real_now() + timedelta(days=1))
    assert posts_held_by([person]) == set()
    assert code


def test_an_exercise_that_has_ended_can_be_looked_at_and_not_changed(storm):
    browser = Client()
    browser.force_login(Person.objects.get(username="zhibanyuan"))
    asked = {"text": "古城南路积水"}
    assert browser.post("/desk/parse/", asked).status_code == 200
    assert Presence.objects.filter(world=storm.world).count() == 1
    end_replay(storm.ctx, storm.replay)
    browser.post("/world/", {"world": str(storm.world)})
    Presence.objects.all().delete()
    assert browser.get("/desk/").status_code == 200
    refused = browser.post("/desk/open/", asked)
    assert refused.status_code == 409
    assert "演练已经结束" in refused.content.decode()
    assert not Presence.objects.exists(), "looking at it is not taking part in it"
