"""A page belongs to the world it was opened in: what is sent from it lands in no other, whatever happens in the next tab."""

import re
import uuid
from datetime import UTC, datetime

import pytest
from django.test import Client

from anlan.command.models import Incident
from anlan.kernel.clock import real_now
from anlan.kernel.models import World
from anlan.kernel.worlds import REAL
from tests.cast import DISTRICT, person, signed_in

pytestmark = pytest.mark.django_db
PAGE = {"HTTP_ACCEPT": "text/html,application/xhtml+xml"}
SAID = {"text": "古城地道桥下积水，两车被困"}
JSON = {"HTTP_ACCEPT": "application/json"}


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


def test_every_form_and_every_script_of_a_page_says_its_world(desk):
    world = begin()
    page = desk.get("/desk/", **PAGE).content.decode()
    assert f'<meta name="world" content="{world.pk}">' in page
    assert f'"X-Anlan-World":"{world.pk}"' in page
    forms = re.findall(r"<form[^>]*method=.post.*?</form>", page, re.S)
    assert len(forms) >= 3
    for form in forms:
        assert f'name="page_world" value="{world.pk}"' in form, form[:200]


@pytest.mark.parametrize("first", ["exercise", "real"])
def test_two_tabs_in_two_worlds_each_act_in_their_own_or_not_at_all(desk, first):
    """The tab opened first is left behind by the second: its session now works in the other world."""
    world = begin()
    old, new = (world.pk, REAL) if first == "exercise" else (REAL, world.pk)
    for chosen in (old, new):
        desk.post("/world/", {"world": str(chosen)})
        desk.get("/desk/", **PAGE)
    answer = desk.post("/desk/open/", {**SAID, "page_world": str(old)}, **PAGE)
    assert answer.status_code == 409
    assert "刷新页面" in answer.content.decode()
    scripted = desk.post("/desk/open/", SAID, HTTP_X_ANLAN_WORLD=str(old), **JSON)
    assert (scripted.status_code, scripted["X-Anlan-World"]) == (409, str(new))
    english = desk.post("/desk/open/", {**SAID, "page_world": str(old)}, HTTP_ACCEPT_LANGUAGE="en", **JSON)
    assert "nothing was submitted" in english.json()["message"]
    assert not Incident.everything.exists()
    assert desk.post("/desk/open/", {**SAID, "page_world": str(new)}).status_code == 302
    assert Incident.everything.get().world_id == new


def test_parts_that_a_page_fetches_are_of_its_own_world_or_none(desk):
    world = begin()
    part = {"HTTP_HX_REQUEST": "true", "HTTP_ACCEPT": "text/html"}
    assert desk.get("/desk/waiting/", HTTP_X_ANLAN_WORLD=str(world.pk), **part).status_code == 200
    stale = desk.get("/desk/waiting/", HTTP_X_ANLAN_WORLD=str(REAL), **part)
    assert (stale.status_code, stale["HX-Reswap"], stale["X-Anlan-World"]) == (409, "none", str(world.pk))
    assert desk.get("/search/?q=x", HTTP_X_ANLAN_WORLD=str(REAL), **JSON).status_code == 409


def test_the_api_with_the_sessions_cookie_is_held_to_the_world_it_names(desk):
    world = begin()
    address = "/api/v1/kernel/map/within"
    asked = {"data": b'{"center": [116.1, 39.9], "radius_m": 100}', "content_type": "application/json"}
    assert desk.post(address, **asked, HTTP_X_ANLAN_WORLD=str(world.pk)).status_code == 200
    for other in (str(REAL), str(uuid.uuid4()), "nonsense"):
        refused = desk.post(address, **asked, HTTP_X_ANLAN_WORLD=other)
        assert (refused.status_code, refused.json()["details"]) == (409, {"world": str(world.pk)})


def test_the_way_to_another_world_is_open_from_any_page(desk):
    world = begin()
    assert desk.post("/world/", {"world": str(REAL), "page_world": str(REAL)}).status_code == 302
    assert "【演练】" not in desk.get("/desk/", **PAGE).content.decode().split("</title>")[0]
    assert desk.post("/world/", {"world": str(world.pk), "page_world": str(REAL)}).status_code == 302
    shown = desk.get("/desk/", **PAGE).content.decode()
    assert "【演练】" in shown.split("</title>")[0]
    assert 'class="band"' in shown
    assert desk.post("/signout/", {"page_world": str(REAL)}).status_code == 302
