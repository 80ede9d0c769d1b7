"""Search finds what the asker may see, and nothing of others."""

import pytest
from django.test import Client

from anlan.command.services.incidents import open_incident
from anlan.kernel.context import system
from anlan.kernel.ledgers import ledger_of, save_row
from anlan.kernel.web.search import IN_PALETTE, search
from anlan.places.identity import context_of
from tests.cast import BAJIAO, DISTRICT, GUCHENG, HAIDIAN, person, signed_in

AS_JSON = {"HTTP_ACCEPT": "application/json"}


@pytest.fixture
def bureau(db):
    return person("区应急局张值班", DISTRICT, "duty_officer", "emergency", organisation="110107-yj")


@pytest.fixture
def team(bureau):
    values = {"code": "t1", "name": "古城应急中队", "scope": "110107004000", "kind": "T3", "people": 28}
    return save_row(context_of(bureau), ledger_of("registry.team"), values)


def found(client, words, kind=None):
    rows = client.get("/search/", {"q": words}, **AS_JSON).json()["results"]
    return [r["label"] for r in rows if kind is None or r["kind"] == kind]


def test_things_people_and_places_are_found_by_a_part_of_their_name(bureau, team):
    mine = signed_in(Client(), bureau)
    answer = mine.get("/search/", {"q": "古城"}, **AS_JSON).json()["results"]
    by_kind = {r["kind"]: r for r in answer}
    assert by_kind["台账"]["label"] == "古城应急中队"
    assert by_kind["台账"]["url"] == team.get_absolute_url()
    assert by_kind["地方"]["label"] == "古城街道"
    assert found(mine, "张值班", "人员") == ["区应急局张值班"]
    assert found(mine, "古城 中队") == ["古城应急中队"]
    assert found(mine, "古城 水库") == []


def test_nobody_finds_what_belongs_to_others(bureau, team):
    person("海淀李四", HAIDIAN, "duty_officer")
    street = signed_in(Client(), person("八角王五", BAJIAO, "town"))
    assert found(street, "古城", "台账") == []
    assert found(street, "古城", "地方") == []
    assert found(street, "张值班", "人员") == []
    assert found(street, "海淀") == []
    assert found(signed_in(Client(), bureau), "海淀") == []
    assert "八角王五" in found(signed_in(Client(), bureau), "八角", "人员")


def test_an_incident_is_found_only_in_its_own_world(bureau, exercise):
    inside = context_of(bureau, world=exercise.pk)
    incident = open_incident(inside, text="古城街道下凹桥积水，两辆车被困")
    labels = [f.label for g in search(inside, incident.number) if g["key"] == "command.incident" for f in g["found"]]
    assert labels == [incident.title]
    assert all(g["key"] != "command.incident" for g in search(context_of(bureau), incident.number))
    assert search(system("probe"), "") == []


def test_of_each_kind_at_most_eight(bureau):
    for n in range(IN_PALETTE + 3):
        person(f"古城同名{n}", GUCHENG, "town")
    assert len(found(signed_in(Client(), bureau), "古城同名", "人员")) == IN_PALETTE


def test_odd_words_are_only_words(bureau, team):
    mine = signed_in(Client(), bureau)
    for words in ("", " ", "%", "_", "'; --", "\x00", "古" * 500):
        assert mine.get("/search/", {"q": words}, **AS_JSON).status_code == 200
    assert found(mine, "%") == found(mine, "_") == []


def test_the_page_shows_in_full_what_has_no_page_of_its_own(bureau):
    mine = signed_in(Client(), bureau)
    assert "区应急局张值班" in mine.get("/search/", {"q": "张值班"}).content.decode()
    assert Client().get("/search/", {"q": "x"}, **AS_JSON).status_code == 401


def test_a_place_opens_the_map_around_it(bureau):
    mine = signed_in(Client(), bureau)
    assert mine.get("/map/?near=116.19,39.91").context["map_config"]["view"] == pytest.approx(
        [116.175, 39.895, 116.205, 39.925]
    )
    for odd in ("near=x", "near=1", "near=999,1", "region=000000000000", "near=nan,nan"):
        assert "view" not in mine.get(f"/map/?{odd}").context["map_config"]
