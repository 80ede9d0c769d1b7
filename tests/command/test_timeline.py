"""Who knew what, and when: the story of an incident names every kind of thing that covered it or was done in its street."""

from __future__ import annotations

import inspect
from datetime import datetime

import pytest

from anlan.action.services import open_shelter, record_relocation
from anlan.command.queries import timeline as story
from anlan.command.responses.services import acknowledge, issue_tasks
from anlan.decision.services import load_shipped_plans
from anlan.kernel import auditing
from anlan.kernel.loops import loops
from anlan.kernel.reactions import drain
from anlan.messaging.models import Call
from anlan.messaging.services import answer_call
from anlan.places.queries import region
from anlan.registry.models import Shelter
from anlan.warning.services import receive_text


@pytest.mark.parametrize("key", story.AROUND)
def test_every_kind_of_the_story_is_a_loop_of_the_house(key):
    assert key in loops()


@pytest.mark.parametrize(("key", "steps"), story.ON_THE_SPOT.items())
def test_every_step_of_the_story_is_one_that_the_loop_takes(key, steps):
    assert set(steps) <= {"open", *(s.name for s in loops()[key].steps)}


def test_what_has_no_loop_is_written_to_the_audit_under_these_names():
    from anlan.action import services as action
    from anlan.messaging.services import calling

    sources = inspect.getsource(action) + inspect.getsource(calling)
    assert all(f'action="{name}"' in sources for name in story.ENTRIES)
    assert callable(auditing.record)


def test_the_story_says_who_knew_what_and_when(acting, at, clock_to):
    from anlan.command.services import open_incident

    load_shipped_plans()
    desk, street = acting("zhibanyuan"), acting("gucheng")
    clock_to(datetime.fromisoformat("2016-07-19T18:30:00+08:00"))
    receive_text(
        desk, "北京市气象台2016年07月19日18时30分发布暴雨橙色预警信号：预计今夜本市有暴雨，请注意防范。（模拟）", "传真"
    )
    drain()
    at("07:10")
    mine = Call.objects.visible_to(desk).get(region__code="110107004000", closed_at__isnull=True)
    theirs = Call.objects.visible_to(desk).get(region__code="110107003000", closed_at__isnull=True)
    answer_call(street, call=mine.pk, note="已收到，正在布防")
    answer_call(acting("bajiao"), call=theirs.pk, note="已收到")
    at("12:41")
    incident = open_incident(desk, text="12时35分古城街道来电：古城南路下凹桥积水，两辆车被困，人数不详")
    at("12:45")
    (task,) = issue_tasks(
        acting("fangban"), text="转移低洼院落住户", organisations=["sjs.st.gucheng"], minutes=60, incident=None
    )
    acknowledge(street, task, {"note": "主任带班"})
    shelter = Shelter.objects.create(
        code="sh.t", name="示例文体中心", scope=region("110107004").path, updated_at=desk.now(), grade="三级",
        shelter_class="场所", capacity=60,
    )  # fmt: skip
    open_shelter(street, shelter=shelter, people=31)
    record_relocation(street, region=region("110107004"), people=31, from_place="平房院", to_shelter=shelter)
    drain()
    at("13:00")
    told = story.timeline(desk, incident)
    texts = [i.text for i in told]

    def line(*parts):
        return next(i for i, text in enumerate(texts) if all(p in text for p in parts))

    order = [
        line("暴雨橙色预警"),
        line("响应建议"),
        line("应答", "古城街道"),
        line("接报："),
        line("任务", "转移低洼院落住户"),
        line("签收", "转移低洼院落住户"),
        line("避难场所启用", "示例文体中心"),
        line("登记转移 31 人：平房院 → 示例文体中心"),
    ]
    assert order == sorted(order)
    assert told[order[2]].who.startswith(street.actor.name)
    assert not any("八角街道" in text for text in texts), "what another street answered is not the story of this place"
    assert [i.text for i in story.timeline(street, incident)], "the street reads it too"
