"""A task's place is moved on the map by whoever may, while it is open; its street and its unit see it there."""

from __future__ import annotations

import pytest

from anlan.command.map.targets import move_target
from anlan.command.models import Task
from anlan.command.queries.timeline import timeline
from anlan.command.responses.services import acknowledge, issue_tasks
from anlan.kernel.errors import BadInput, Conflict, NotFound
from anlan.kernel.layers import layer_of
from anlan.kernel.loops.stepping import take_step
from anlan.kernel.models import AuditEntry

JSON = "application/json"


@pytest.fixture
def task(acting, at, call):
    at("12:50")
    (made,) = issue_tasks(
        acting("fangban"), text="封闭下凹桥两端", organisations=["sjs.st.gucheng"], minutes=40, incident=call
    )
    return made.pk


def drawn(ctx, pk):
    return layer_of("command.task").rows(ctx, {}).filter(pk=pk).get()


def test_a_task_lies_where_it_was_put_and_says_who_and_by_when(acting, at, call, task, page):
    duty, street = acting("zhibanyuan"), acting("gucheng")
    before = drawn(duty, task)
    assert before.place.coords == call.position.coords
    assert (before.glyph, before.words) == ("签", "古城街道 13:30前 封闭下凹桥两端")
    config = page("zhibanyuan").get(f"/incidents/{call.pk}/map/").context["map_config"]
    assert config["moving"]["layer"] == "command.task"
    told = page("zhibanyuan").post(config["moving"]["url"].replace("{id}", str(task)), '{"at": [116.19, 39.912]}', JSON)
    assert told.json() == {"at": [116.19, 39.912]}
    after = drawn(street, task)
    assert (after.place.coords, after.accuracy) == ((116.19, 39.912), None), "no doubt about a point that was set"
    assert any("改定任务地点" in i.text and "116.19000，39.91200" in i.text for i in timeline(duty, call))
    acknowledge(street, Task.objects.get_visible(street, pk=task), {"note": "主任带班"})
    at("13:31")
    late = drawn(acting("zhibanyuan"), task)
    assert (late.glyph, late.overdue) == ("办", True)
    shown = page("zhibanyuan").get(f"/incidents/{call.pk}/map/inspect/command.task/{task}/").content.decode()
    assert f"/tasks/{task}/" in shown
    assert "已超时" in shown
    move_target(duty, task=task, at=None)
    assert drawn(duty, task).place.coords == call.position.coords


def test_moving_it_nowhere_twice_or_by_the_wrong_hands_changes_nothing(acting, task, page):
    duty = acting("zhibanyuan")
    for wrong in ([200, 40], ["x", 1], [116.1], "116,39", {}):
        with pytest.raises(BadInput):
            move_target(duty, task=task, at=wrong)
    move_target(duty, task=task, at=[116.19, 39.91])
    entries = AuditEntry.objects.filter(action="command.task.place")
    assert entries.count() == 1
    move_target(duty, task=task, at=[116.19, 39.91])
    assert entries.count() == 1, "the same place again is no change"
    with pytest.raises(NotFound):
        move_target(acting("bajiao"), task=task, at=[116.2, 39.9])
    assert page("bajiao").post(f"/tasks/{task}/place/", '{"at": null}', JSON).status_code == 404
    take_step(acting("fangban"), Task.objects.get_visible(acting("fangban"), pk=task), "cancel", {"reason": "已另派"})
    with pytest.raises(Conflict):
        move_target(duty, task=task, at=None)
