"""What the database cannot hold is refused in words, never with a breakdown."""

import pytest
from django.test import Client

from tests.cast import DISTRICT, person, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def duty():
    return signed_in(Client(), person("duty", DISTRICT, "duty_officer"))


@pytest.mark.parametrize("address", ["/incidents/?q=%00", "/incidents/?day=%00", "/map/?region=%00"])
def test_a_hidden_character_in_an_address_is_refused(duty, address):
    assert duty.get(address).status_code in (400, 422)


def test_a_hidden_character_in_the_line_of_the_desk_is_refused_with_how_to_mend_it(duty):
    answer = duty.post("/desk/open/", {"text": "古城地道桥\x00积水"}, HTTP_ACCEPT="application/json")
    assert answer.status_code in (400, 422)
    assert answer.json()["mend"]


def test_a_signed_out_person_gets_the_same_answer():
    assert Client().post("/signin/", {"username": "a\x00", "password": "x"}).status_code in (400, 422)


def test_what_is_no_id_is_not_on_the_map(duty):
    assert duty.get("/map/inspect/action.shelter_use/abc/").status_code == 404


def test_a_time_at_the_edge_of_the_calendar_shows_the_newest_readings(duty):
    assert duty.get("/map/tiles/sensing.station/0/0/0.mvt?at=0001-01-01T00:00:00%2B14:00").status_code == 200
