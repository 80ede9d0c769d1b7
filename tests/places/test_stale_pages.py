"""An exercise begins or ends while a page is open: what is sent from that page lands in no other world."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from anlan.command.models import Incident
from anlan.kernel.clock import real_now
from anlan.kernel.models import World
from tests.cast import DISTRICT, person, signed_in

pytestmark = pytest.mark.django_db
PAGE = {"HTTP_ACCEPT": "text/html,application/xhtml+xml"}
SAID = {"text": "古城地道桥下积水，两车被困"}


@pytest.fixture
def desk():
    found = signed_in(Client(), person("duty", DISTRICT, "duty_officer"))
    found.get("/desk/", **PAGE)
    return found


def begin():
    at = datetime(2016, 7, 20, 4, tzinfo=UTC)
    return World.objects.create(title="演练", scope=DISTRICT, anchor_real=real_now(), anchor_world=at, rate=1)


def test_a_real_call_does_not_fall_into_an_exercise_that_began_meanwhile(desk):
    begin()
    answer = desk.post("/desk/open/", SAID, HTTP_ACCEPT="application/json")
    assert answer.status_code == 409
    assert "演练" in answer.json()["message"]
    assert not Incident.everything.exists()


def test_what_was_typed_in_an_exercise_does_not_become_real_when_it_ends(desk):
    world = begin()
    desk.get("/desk/", **PAGE)
    world.ended_at = real_now()
    world.save()
    assert desk.post("/desk/open/", SAID).status_code == 409
    assert not Incident.everything.exists()


def test_after_the_page_is_opened_anew_work_goes_on(desk):
    world = begin()
    # Parts that a page fetches do not count as a page that a person has seen.
    desk.get("/desk/waiting/", HTTP_HX_REQUEST="true", **PAGE)
    assert desk.post("/desk/open/", SAID).status_code == 409
    desk.get("/desk/", **PAGE)
    assert desk.post("/desk/open/", SAID).status_code == 302
    assert Incident.everything.get().world_id == world.pk
