"""Who commands at the scene: named, replaced with a reason, seen in the room, the story and the report."""

import pytest
from django.test import Client

from anlan.command.models import Report
from anlan.command.queries.timeline import timeline
from anlan.command.services import name_commander
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from anlan.kernel.models import AuditEntry
from anlan.places.models import Person


def test_a_commander_is_named_and_replaced_and_the_story_says_since_when_and_why(acting, at, call, exercise):
    at("12:50")
    name_commander(acting("zhibanyuan"), call, name="古城街道办事处值班领导(示例)")
    at("13:20")
    duty = acting("zhibanyuan")
    with pytest.raises(Conflict, match="已是"):
        name_commander(duty, call, name="古城街道办事处值班领导(示例)")
    with pytest.raises(BadInput, match="原因"):
        name_commander(duty, call, name="区防指副指挥长(示例)")
    name_commander(acting("fuzhihui"), call, name="区防指副指挥长(示例)", reason="响应提升")
    told = [i for i in timeline(duty, call) if i.action == "command.incident.commander"]
    assert [i.text for i in told] == [
        "现场指挥：古城街道办事处值班领导(示例)，自 07-20 12:50",
        "现场指挥由古城街道办事处值班领导(示例)改为区防指副指挥长(示例)，自 07-20 13:20。原因：响应提升",
    ]
    assert told[1].major
    entry = AuditEntry.objects.filter(action="command.incident.commander").latest("id")
    assert entry.actor_name == acting("fuzhihui").actor.name
    assert entry.data["before"]["commander"] == "古城街道办事处值班领导(示例)"
    draft = Report.objects.in_world(duty).open().get(incident=call)
    assert "区防指副指挥长(示例)" in str(draft.body)


def test_times_hold_together(acting, at, call):
    duty = acting("zhibanyuan")
    at("12:50")
    with pytest.raises(BadInput, match="将来"):
        name_commander(duty, call, name="甲(示例)", since=call.received_at.replace(hour=23))
    with pytest.raises(BadInput, match="早于事发"):
        name_commander(duty, call, name="甲(示例)", since=call.occurred_at.replace(hour=0))
    with pytest.raises(BadInput, match="没有写"):
        name_commander(duty, call, name="  ")


def test_only_whoever_may_and_nobody_elsewhere(acting, call):
    with pytest.raises(NotAllowed):
        name_commander(acting("fangban"), call, name="甲(示例)")
    with pytest.raises(NotFound):
        name_commander(acting("bajiao"), call, name="甲(示例)")
    name_commander(acting("gucheng"), call, name="甲(示例)")


def test_by_the_page(people, call, exercise, at):
    at("12:50")
    browser = Client()
    browser.force_login(Person.objects.get(username="zhibanyuan"))
    browser.post("/world/", {"world": str(exercise.pk)})
    assert "明确现场指挥" in browser.get(f"/incidents/{call.pk}/").content.decode()
    form = {"name": "古城街道主任(示例)", "since": "2016-07-20 12:45", "reason": ""}
    assert browser.post(f"/incidents/{call.pk}/commander/", form).status_code == 302
    page = browser.get(f"/incidents/{call.pk}/").content.decode()
    assert "古城街道主任(示例)" in page
    assert "07-20 12:45" in page
    assert "更换现场指挥" in page
    refused = browser.post(f"/incidents/{call.pk}/commander/", {**form, "name": "乙", "since": "下午"})
    assert refused.status_code == 422
    api = browser.post(
        f"/api/v1/command/incidents/{call.pk}/commander",
        {"name": "乙(示例)", "reason": "轮换"},
        content_type="application/json",
    )
    assert api.json()["commander"] == "乙(示例)"
