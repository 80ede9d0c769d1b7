"""A duty check from the draw to what was put right."""

import random

import pytest
from django.test import Client

from anlan.command.data.duty_check import duty_check_rule
from anlan.command.dutychecks import queries
from anlan.command.dutychecks.services import draw_check, record_check
from anlan.command.models import DutyCheck
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from anlan.kernel.loops.stepping import take_step
from anlan.places.identity import WORLD_KEY
from anlan.places.models import Person

ALL_WELL = {item.code: "ok" for item in duty_check_rule().items}


def test_from_the_draw_to_what_was_put_right(acting, at):
    at("12:00")
    desk = acting("zhibanyuan")
    check = draw_check(desk, way="call", organisation="sjs.st.gucheng")
    with pytest.raises(NotFound):
        DutyCheck.objects.get_visible(acting("gucheng"), pk=check.pk)  # it would be no surprise
    with pytest.raises(BadInput) as missing:
        record_check(desk, check=check, met="值班员", verdicts={**ALL_WELL, "present": ""})
    assert missing.value.field == "present"
    with pytest.raises(BadInput) as wordless:
        record_check(desk, check=check, met="值班员", verdicts={**ALL_WELL, "leader": "fault"})
    assert wordless.value.field == "leader"
    found = record_check(
        desk, check=check, met="值班员", verdicts={**ALL_WELL, "leader": "fault"}, notes={"leader": "电话三次未接"}
    )
    assert (found.state, found.faults, (found.due_at - found.checked_at).days) == ("rectifying", 1, 3)
    assert "equipment" not in {r["item"] for r in found.results}, "a call cannot see the equipment"
    with pytest.raises(Conflict):
        record_check(desk, check=check, met="值班员", verdicts=ALL_WELL)

    with pytest.raises(NotFound):
        take_step(acting("bajiao"), found, "rectify", {"text": "x"})
    take_step(acting("gucheng"), found, "rectify", {"text": "带班领导已到岗"})
    with pytest.raises(NotAllowed):
        take_step(acting("gucheng"), found, "accept", {})
    take_step(desk, found, "return", {"reason": "请附带班表"})
    take_step(acting("gucheng"), found, "rectify", {"text": "已附"})
    assert take_step(desk, found, "accept", {}).state == "rectified"
    well = draw_check(desk, way="visit", organisation="sjs.water")
    assert record_check(desk, check=well, met="值班员", verdicts=ALL_WELL).state == "passed"
    month = queries.month(desk, well.opened_at.replace(day=1), well.opened_at.replace(day=28))
    assert [(u.code, u.checked, u.faults, u.rectified) for u in month] == [
        ("sjs.st.gucheng", 1, 1, 1),
        ("sjs.water", 1, 0, 0),
    ]


def test_chance_prefers_who_was_not_checked_for_long(acting, at):
    at("12:00")
    desk = acting("zhibanyuan")
    chance = random.Random(7)
    drawn = [draw_check(desk, way="call", chance=chance).organisation_id for _time in range(12)]
    assert len(set(drawn)) >= 9
    assert "sjs.duty" not in drawn, "nobody checks oneself"
    with pytest.raises(NotAllowed):
        draw_check(acting("shuiwu"), way="call")
    with pytest.raises(BadInput):
        draw_check(desk, way="telepathy")


def test_the_pages(people, exercise, acting, at):
    at("12:00")

    def browser(username):
        client = Client()
        client.force_login(Person.objects.get(username=username))
        session = client.session
        session[WORLD_KEY] = str(exercise.pk)
        session.save()
        return client

    desk, unit = browser("zhibanyuan"), browser("shuiwu")
    assert desk.post("/duty-checks/draw/", {"way": "call", "organisation": "sjs.water"}).status_code == 302
    check = DutyCheck.everything.get()
    assert "三声内接听" in desk.get(f"/duty-checks/{check.pk}/").content.decode()
    assert unit.get(f"/duty-checks/{check.pk}/").status_code == 404
    given = {**ALL_WELL, "met": "无人", "present": "fault", "present-note": "无人接听"}
    assert desk.post(f"/duty-checks/{check.pk}/record/", {**given, "met": ""}).status_code == 422
    assert desk.post(f"/duty-checks/{check.pk}/record/", given).status_code == 302
    assert "无人接听" in unit.get(f"/duty-checks/{check.pk}/").content.decode()
    assert unit.post(f"/duty-checks/{check.pk}/record/", given).status_code == 403
    assert "等您单位整改" in unit.get("/duty-checks/").content.decode()
    assert "2016-07 统计" in desk.get("/duty-checks/").content.decode()
