"""The bodies of a region: set up from a pattern, filled by its posts, asked which of them an incident belongs to."""

import pytest

from anlan.analysis.data.incident_kinds import shipped_kinds
from anlan.command.data.headquarters import patterns
from anlan.command.headquarters.queries import body_for, chart
from anlan.command.headquarters.services import set_up_headquarters
from anlan.command.models import Headquarters, HeadquartersSeat
from anlan.kernel import clock
from anlan.kernel.errors import BadInput, Conflict, NotAllowed
from anlan.kernel.ledgers import ledger_of
from anlan.kernel.ledgers.services import retire_row
from anlan.kernel.models import AuditEntry
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


def test_a_pattern_that_was_retired_is_set_up_again_with_its_history(acting, people):
    head = acting("daiban", world=REAL)
    made = set_up_headquarters(head, template="p1_6", region="110107000000")
    ledger, seats = ledger_of("command.headquarters"), ledger_of("command.headquarters_seat")
    body = Headquarters.everything.filter(kind="special").order_by("code").first()
    retire_row(head, ledger, body, why="并入总指挥部")
    again = set_up_headquarters(head, template="p1_6", region="110107000000")
    assert (again.bodies, again.seats) == (0, 0)
    body.refresh_from_db()
    assert body.is_retired, "one that was taken out of a pattern in use stays out"
    seat = HeadquartersSeat.everything.filter(headquarters=body).order_by("rank").first()
    retire_row(head, seats, seat, why="随机构停用")
    for row in Headquarters.everything.filter(retired_at=None):
        retire_row(head, ledger, row, why="换体系")
    assert not chart(head)
    again = set_up_headquarters(head, template="p1_6", region="110107000000")
    assert (again.bodies, again.seats) == (made.bodies, 1)
    assert not Headquarters.everything.exclude(retired_at=None).exists()
    assert not HeadquartersSeat.everything.exclude(retired_at=None).exists()
    said = AuditEntry.objects.filter(object_type=ledger.key, object_id=str(body.pk)).order_by("id")
    assert [e.action.rpartition(".")[2] for e in said] == ["retire", "restore"]
    assert body_for(head, "11/110107/", hazard="flood") is not None
