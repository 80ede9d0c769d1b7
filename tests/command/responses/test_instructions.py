"""An instruction: one order, one task for each organisation, back with an answer; the silent are named and chased."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.test import Client

from anlan.command.models import AddressGroup, Instruction, Task
from anlan.command.responses.instructions.addressing import standing_in
from anlan.command.responses.instructions.following import proofs_of, silent_of
from anlan.command.responses.instructions.giving import preview
from anlan.command.responses.instructions.queries import mark_of, tallies
from anlan.command.responses.services import (
    acknowledge,
    chase_silent,
    finish,
    give_instruction,
    reassign_task,
    report_progress,
)
from anlan.kernel.clock import real_now
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, NotFound, Refused
from anlan.kernel.layers.within import MAX_CORNERS, read_area
from anlan.kernel.loops import transition
from anlan.kernel.worlds import REAL
from anlan.messaging.models import Delivery
from anlan.places.models import Organisation, Person, Post
from anlan.places.queries import region
from anlan.places.services import assign_post, end_post
from tests.decision.conftest import at


@pytest.fixture
def office(person, clock_to):
    clock_to(at("20 12:00"))
    return person("fangban")


@pytest.fixture
def page(district, exercise):
    def open_as(username):
        client = Client()
        client.force_login(Person.objects.get(username=username))
        return client

    return open_as


def told(username):
    rows = Delivery.objects.filter(person__username=username, channel="app").order_by("queued_at", "pk")
    return [d.message.text for d in rows.select_related("message")]


def codes(made):
    return sorted(Task.objects.unscoped("test").filter(instruction=made).values_list("organisation_id", flat=True))


def task_of(made, code):
    return Task.objects.unscoped("test").select_related("organisation").get(instruction=made, organisation=code)


def test_one_order_reaches_each_organisation_once_however_often_it_was_named(office, person):
    AddressGroup.objects.unscoped("test").create(
        code="riverside",
        name="沿河组",
        members="sjs.water，sjs.st.gucheng",
        scope="11/110107/",
        updated_at=real_now(),
    )
    number = uuid.uuid4()
    asked = ["org:sjs.water", "group:riverside", "group:streets", "post:sjs.st.gucheng.duty"]
    posts = Post.objects.filter(organisation="sjs.st.gucheng").values_list("code", flat=True)
    asked[-1] = f"post:{posts[0]}"
    made = give_instruction(office, text="巡查河堤", asked=asked, minutes=60, request=number)
    streets = Organisation.objects.filter(kind="street", retired_at=None).values_list("pk", flat=True)
    assert codes(made) == sorted({*streets, "sjs.water"})
    assert sum("巡查河堤" in text for text in told("gucheng")) == 1
    assert give_instruction(office, text="巡查河堤", asked=asked, minutes=60, request=number).pk == made.pk
    assert Instruction.objects.unscoped("test").count() == 1, "pressed twice, given once"
    assert made.scope == "11/110107/"


def test_a_drawn_area_reaches_who_stands_in_it_and_bad_drawings_are_refused(office, person):
    street = region("110107004000")
    here = street.position
    area = {"circle": {"lon": here.x, "lat": here.y, "radius_m": 50}}
    found = {o.pk for o in standing_in(office, read_area(area))}
    assert "sjs.st.gucheng" in found
    assert "sjs.water" not in found, "a bureau of the whole district stands in no drawn area"
    reach, drawn = preview(office, asked=[], area=area)
    assert {u.organisation.pk for u in reach.units} == found
    assert drawn.km2 < 0.1
    made = give_instruction(office, text="撤离", asked=[], area=area, minutes=30, source="map")
    assert set(codes(made)) == found
    million = {"polygon": [[116 + i / 1e7, 39.9] for i in range(1_000_000)]}
    bow = {"polygon": [[116.1, 39.9], [116.2, 40.0], [116.2, 39.9], [116.1, 40.0]]}
    for wrong, said in ((million, str(MAX_CORNERS)), (bow, "交叉"), ({"polygon": [["a", "b"]] * 4}, "经纬度")):
        with pytest.raises(BadInput, match=said):
            give_instruction(office, text="撤离", asked=[], area=wrong, minutes=30)
    nowhere = {"circle": {"lon": 100.0, "lat": 20.0, "radius_m": 50}}
    with pytest.raises(BadInput, match="没有可以下达"):
        give_instruction(office, text="撤离", asked=[], area=nowhere, minutes=30)


def test_an_order_to_somebody_relieved_a_moment_ago_goes_to_who_holds_the_post_now(office, person):
    post = Post.objects.get(holdings__person__username="shuiwu", organisation="sjs.water")
    before, after = Person.objects.get(username="shuiwu"), Person.objects.get(username="bajiao")
    asked = [f"post:{post.code}@{before.pk}"]
    admin = person("admin").inside(REAL)
    end_post(admin, person=before, post=post)
    reach, _area = preview(office, asked=asked)
    assert [m["why"][:6] for m in reach.missing if "岗位" in m["why"]] == ["岗位现在无人"]
    assign_post(admin, person=after, post=post)
    made = give_instruction(office, text="开闸", asked=asked, minutes=30)
    (note,) = made.reach["notes"]
    assert before.name in note
    assert after.name in note
    assert any("开闸" in text for text in told("bajiao"))
    assert not any("开闸" in text for text in told("shuiwu"))


def test_the_whole_loop_from_receipt_to_check_with_a_change_of_hands(office, person, house, clock_to):
    made = give_instruction(office, text="封闭下凹桥", asked=["org:sjs.police", "org:sjs.water"], minutes=60)
    police, water = task_of(made, "sjs.police"), task_of(made, "sjs.water")
    proof = proofs_of(office, made, [police, water])
    assert proof["sjs.police"].told >= 1
    assert proof["sjs.police"].read == 0
    assert [t.organisation_id for t in silent_of(office, made)] == ["sjs.police", "sjs.water"]
    with pytest.raises(NotAllowed):
        chase_silent(person("gongan"), instruction=Instruction.objects.get_visible(person("gongan"), pk=made.pk))
    went = chase_silent(office, instruction=made)
    assert (went.units, went.rang > 0) == (2, True), "message and (simulated) telephone"
    with pytest.raises(Refused, match="5 分钟"):
        chase_silent(office, instruction=made)
    acknowledge(person("gongan"), police, {})
    report_progress(person("gongan"), police, {"text": "已封闭", "people": 4, "place": "116.19,39.91"})
    clock_to(at("20 12:50"))
    office = person("fangban")
    assert mark_of(task_of(made, "sjs.police"), office.now()) == "临近时限"
    assert mark_of(task_of(made, "sjs.water"), office.now()) == "超时"
    transition(person("shuiwu"), water, "refuse", evidence={"reason": "不属本局职责"})
    with pytest.raises(BadInput, match="已有这项任务"):
        reassign_task(office, water, {"organisation": "sjs.police", "reason": "换人"})
    with pytest.raises(BadInput):
        reassign_task(office, water, {"organisation": "sjs.utility", "reason": " "})
    moved = reassign_task(office, water, {"organisation": "sjs.utility", "reason": "由市政负责"})
    assert (moved.state, moved.organisation_id, moved.owner_keys) == ("issued", "sjs.utility", ["org:sjs.utility"])
    assert moved.moved[0]["organisation"] == "sjs.water"
    assert any("改派" in text and "不再承担" in text for text in told("shuiwu"))
    assert any("改派" in text and "新任务" in text for text in told("chengguan"))
    assert Instruction.objects.get_visible(person("chengguan"), pk=made.pk).pk == made.pk
    with pytest.raises((NotAllowed, Conflict)):
        acknowledge(person("shuiwu"), task_of(made, "sjs.utility"), {})
    finish(person("gongan"), police, {"text": "解除", "people": 4})
    transition(office, police, "check")
    tally = tallies(office, [made])[made.pk]
    assert (tally.total, tally.done, tally.silent) == (2, 1, 1)
    assert tallies(person("shuiwu"), [made])[made.pk].total == 1


def test_nobody_orders_outside_his_place_and_the_unknown_is_named(office, person):
    for who, asked in (("shuiwu", ["org:sjs.police"]), ("gucheng", ["org:sjs.st.bajiao"])):
        with pytest.raises(NotAllowed):
            give_instruction(person(who), text="巡查", asked=asked, minutes=30)
    for asked in (["org:nowhere"], ["group:nobody"], ["post:none"], ["person:x"]):
        with pytest.raises(BadInput):
            give_instruction(office, text="巡查", asked=asked, minutes=30)
    with pytest.raises(BadInput, match="最多 1000 字"):
        give_instruction(office, text="巡" * 1001, asked=["org:sjs.water"], minutes=30)
    for minutes in (0, 100_000, None):
        with pytest.raises(BadInput):
            give_instruction(office, text="巡查", asked=["org:sjs.water"], minutes=minutes)
    made = give_instruction(office, text="巡查", asked=["org:sjs.water"], due_at=office.now() + timedelta(hours=1))
    with pytest.raises(NotFound):
        Instruction.objects.get_visible(person("gongan"), pk=made.pk)


def test_the_pages_show_who_is_reached_before_it_goes_and_who_is_silent_after(office, page):
    client = page("fangban")
    form = client.get("/instructions/new/?area=116.19,39.91,3000").content.decode()
    assert "会发给谁" in form
    shown = client.post("/instructions/reach/", {"organisations": ["sjs.water"], "area": "1,2;3"}).content.decode()
    assert 'role="alert"' in shown
    shown = client.post("/instructions/reach/", {"organisations": ["sjs.water"]}).content.decode()
    assert "1 个单位" in shown
    number = str(uuid.uuid4())
    given = {"text": "巡查左堤", "minutes": "30", "organisations": ["sjs.water"], "request": number}
    first, second = (client.post("/instructions/new/", given) for _ in range(2))
    assert first["Location"] == second["Location"]
    text = client.get(first["Location"]).content.decode()
    assert "已送达，未读" in text
    assert "一键催办未回应" in text
    mine = page("shuiwu").get(first["Location"]).content.decode()
    assert "一键催办" not in mine
    text = page("fangban").get(first["Location"]).content.decode()
    assert "已读" in text
    said = client.post(f"{first['Location']}chase/", headers={"accept": "application/json"}).json()["message"]
    assert "模拟电话" in said
    assert "巡查左堤" in client.get("/instructions/").content.decode()
    assert page("gongan").get(first["Location"]).status_code == 404
