"""The demonstration organisation: complete, consistent, and clearly made up."""

import re
from collections import Counter
from pathlib import Path

import pytest

from anlan import decision
from anlan.kernel.facts import FactError
from anlan.places.data import roster as roster_module
from anlan.places.data.roster import read_regions, read_role_names, read_roster


@pytest.fixture(scope="module")
def roster():
    return read_roster()


@pytest.fixture(scope="module")
def roles(roster):
    return {role for post in roster.posts for role in post.roles}


def flood_roles():
    """Every role that a flood task or approval of the shipped plans names."""
    plans = Path(decision.__path__[0], "data/response_levels.yaml").read_text(encoding="utf-8")
    flood = plans[: plans.index("id: typhoon")]
    return set(re.findall(r"\brole: ([a-z_]+)", flood))


def test_somebody_holds_every_role_that_a_flood_card_names(roles):
    wanted = flood_roles()
    assert len(wanted) > 12
    # "members" are all organisations with an actor code together, not a role of one post.
    assert wanted - roles == {"members"}


def test_the_departments_asked_for_are_there(roster):
    actors = {organisation.actor for organisation in roster.organisations}
    departments = {"police", "water", "housing", "utility", "media", "health", "transport", "edu", "civil", "power"}
    assert actors >= departments | {"comm", "fire", "meteo", "teams", "supply_group"}


def test_nine_streets_and_every_community_have_an_office(roster):
    kinds = Counter(organisation.kind for organisation in roster.organisations)
    assert kinds["street"] == 9
    assert kinds["committee"] == 153
    assert kinds["enterprise"] >= 4


def test_every_post_is_held_by_somebody(roster):
    assert {person.post for person in roster.people} == {post.code for post in roster.posts}


def test_familiar_sign_in_names(roster):
    names = {person.username: person.post for person in roster.people}
    assert names["zhibanyuan"] == "sjs.duty.officer"
    assert names["gucheng"] == "sjs.st.gucheng.duty"
    assert names["admin"] == "sjs.emergency.admin"
    streets = ["babaoshan", "laoshan", "bajiao", "gucheng", "pingguoyuan", "jindingjie", "guangning", "wulituo", "lugu"]
    assert names.keys() >= {f"{street}.{post}" for street in streets for post in ("zhuren", "shuji", "wangge")}


def test_sample_people_cannot_be_reached_for_real(roster):
    for person in roster.people:
        assert re.fullmatch(r"100-0000-\d{4}", person.phone)
        assert person.email.endswith(".invalid")
        assert person.name.endswith("（示例）")
    assert len({person.phone for person in roster.people}) == len(roster.people)


def test_a_community_is_called_secretary_first_and_ends_at_its_street(roster):
    community = next(row.code for row in read_regions().values() if row.parent == "110107004000")
    rungs = [rung for rung in roster.ladders if rung.region == community]
    assert [rung.post.rsplit(".", 1)[1] for rung in rungs] == ["secretary", "deputy", "grid", "duty"]
    assert [rung.order for rung in rungs] == [0, 1, 2, 3]


def test_a_street_is_called_duty_officer_director_district_chief(roster):
    rungs = [rung.post for rung in roster.ladders if rung.region == "110107004000"]
    assert rungs == ["sjs.st.gucheng.duty", "sjs.st.gucheng.director", "sjs.duty.chief"]


def test_every_region_of_the_district_has_a_ladder(roster):
    district = {code for code in read_regions() if code.startswith("110107")}
    assert {rung.region for rung in roster.ladders} == district


def test_a_community_post_acts_in_its_own_community_only(roster):
    grid = next(post for post in roster.posts if post.code.endswith(".grid"))
    assert read_regions()[grid.region].level == "village"
    assert grid.roles == ("grid",)


def test_role_codes_in_both_lists_mean_the_same():
    names = read_role_names()
    assert names["duty_leader"] == "带班领导"
    assert names["town"] == "乡镇(街道)"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("roles: [police]", "roles: [polizei]", "polizei"),
        ("people: [shuiwu]", "people: [gongan]", "given twice"),
        ("parent: sjs.utility", "parent: sjs.nobody", "sjs.nobody"),
        ("actor: police", "actor: polizei", "names no actor"),
        ("post: sjs.duty.leader", "post: sjs.duty.nobody", "does not exist"),
        ('"110107011000": {key: lugu', '"110107012000": {key: lugu', "110107012000"),
        ("kind: headquarters", "kind: castle", "castle"),
        ('"{key}.shuji"', '"{kee}.shuji"', "kee"),
    ],
)
def test_a_file_that_does_not_fit_together_is_refused(tmp_path, monkeypatch, old, new, complaint):
    text = (roster_module.DATA / "shijingshan.yaml").read_text(encoding="utf-8")
    assert old in text
    broken = tmp_path / "broken.yaml"
    broken.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(FactError, match=complaint):
        roster_module.expand_roster(broken)
