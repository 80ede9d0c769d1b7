"""The bodies of a region: set up from a pattern, filled by its posts, asked which of them an incident belongs to."""

import pytest

from anlan.analysis.data.incident_kinds import shipped_kinds
from anlan.command.data.headquarters import patterns
from anlan.command.headquarters.queries import body_for, chart
from anlan.command.headquarters.services import set_up_headquarters
from anlan.command.models import Headquarters, HeadquartersSeat
from anlan.kernel import clock
from anlan.kernel.errors import BadInput, Conflict, NotAllowed
from anlan.kernel.worlds import REAL
from anlan.places.models import Holding, Person


def test_the_patterns_have_as_many_bodies_as_their_names_say_and_no_kind_belongs_to_two():
    counts = {t.id: [b.kind for b in t.bodies].count("special") for t in patterns().templates.values()}
    assert (counts["p1_21_9_x"], counts["p1_11"]) == (21, 11)
    assert len(patterns().templates["p1_6"].bodies) == 7
    assert len(patterns().templates["p1_21_9_x"].resources) == 9
    for template in patterns().templates.values():
        concerns = [c for b in template.bodies for c in b.concerns]
        assert len(set(concerns)) == len(concerns), template.id
    assert {c for b in patterns().templates["p1_21_9_x"].bodies for c in b.concerns} == set(
        shipped_kinds().headquarters
    )


def test_a_region_is_set_up_and_knows_who_leads_what(acting, people, client):
    head = acting("daiban", world=REAL)
    with pytest.raises(NotAllowed):
        set_up_headquarters(acting("shuiwu", world=REAL), template="p1_21_9_x", region="110107000000")
    with pytest.raises(BadInput):
        set_up_headquarters(head, template="p1_99", region="110107000000")
    with pytest.raises(Conflict):
        set_up_headquarters(acting("daiban"), template="p1_6", region="110107000000")
    made = set_up_headquarters(head, template="p1_21_9_x", region="110107000000")
    assert made.bodies == 1 + 21 + 9
    assert made.empty > 0
    again = set_up_headquarters(head, template="p1_21_9_x", region="110107000000")
    assert (again.bodies, again.seats) == (0, 0), "what is there stays"
    with pytest.raises(Conflict):
        set_up_headquarters(head, template="p1_11", region="110107000000")

    path = "11/110107/110107003/"
    assert body_for(head, path, kind="11A02").name == "石景山区防汛抗旱应急指挥部"
    assert body_for(head, path, hazard="hazchem").name == "石景山区危险化学品事故应急指挥部"
    assert body_for(head, path, kind="99X99").kind == "general", (
        "what nobody concerns itself with falls to the general one"
    )

    flood = next(s for s in chart(head) if s.body.code.endswith(".flood"))
    assert [s.seat.title for s in flood.heads] == ["总指挥", "副总指挥", "办公室主任"]
    assert flood.heads[0].people[0].username == "zhihuizhang"
    Holding.objects.filter(person__username="zhihuizhang").update(until=clock.real_now())
    flood = next(s for s in chart(head) if s.body.code.endswith(".flood"))
    assert flood.heads[0].empty == "岗位无人"
    seen = {s.body.scope for s in chart(acting("gucheng.wangge", world=REAL))}
    assert not any(scope.startswith("11/110107/110107003/") for scope in seen), "no street sees another's body"

    client.force_login(Person.objects.get(username="daiban"))
    text = client.get("/headquarters/").content.decode()
    assert "领导席位无人" in text
    assert "待核定" in text
    seat = HeadquartersSeat.everything.filter(headquarters=flood.body).first()
    assert client.get(seat.get_absolute_url()).status_code == 200
    assert Headquarters.everything.filter(settled=True).count() == 0, (
        "the plan names no list: each waits to be confirmed"
    )
