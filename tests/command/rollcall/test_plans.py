"""Roll calls that are drawn up by themselves."""

import random
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from anlan.command.models import RollCall, RollCallPlan
from anlan.command.rollcall.planning import BadTime, next_time, read_times
from anlan.command.rollcall.services import draw_due, save_plan, stop_plan
from anlan.kernel.context import system
from anlan.kernel.errors import BadInput, Conflict, NotFound, Refused
from anlan.kernel.models import AuditEntry
from anlan.kernel.worlds import REAL

ZONE = ZoneInfo("Asia/Shanghai")


def test_times_are_read_as_people_type_them():
    assert read_times("22:00、8:30，８：３０ 2:00") == ["02:00", "08:30", "22:00"]
    for text in ("25:00", "半夜", "8:3", "8点"):
        with pytest.raises(BadTime):
            read_times(text)


def test_the_next_moment_moves_within_its_window_and_never_comes_twice():
    at = datetime(2026, 9, 30, 8, 0, tzinfo=ZONE)
    assert next_time(at, ["08:30", "22:00"], zone=ZONE) == datetime(2026, 9, 30, 8, 30, tzinfo=ZONE)
    chance, days = random.Random(3), set()
    for _day in range(60):
        at = next_time(at, ["08:30"], jitter_min=20, zone=ZONE, chance=chance)
        assert abs((at - at.replace(hour=8, minute=30)).total_seconds()) <= 20 * 60
        days.add(at.date())
    assert len(days) == 60, "every day once, whichever way the chance moved it"
    national = lambda day: date(2026, 10, 1) <= day <= date(2026, 10, 8)  # noqa: E731
    key = {"key_times": ["02:00", "14:00"], "is_key": national, "zone": ZONE}
    assert next_time(datetime(2026, 9, 30, 23, 0, tzinfo=ZONE), ["08:30"], **key).hour == 2
    assert next_time(datetime(2026, 10, 8, 15, 0, tzinfo=ZONE), ["08:30"], **key) == datetime(
        2026, 10, 9, 8, 30, tzinfo=ZONE
    )
    assert next_time(at, [], zone=ZONE) is None


def test_a_plan_draws_each_roll_call_once_and_leaves_out_what_was_slept_through(acting):
    desk, machine = acting("zhibanyuan", world=REAL), system("command.rollcall")
    plan = save_plan(
        desk, title="每日值守点名", organisations=["sjs.water", "sjs.st.gucheng"], times="8:30、22:00", jitter_min=5
    )
    assert draw_due(machine) == []
    now = desk.now()
    RollCallPlan.everything.filter(pk=plan.pk).update(next_at=now - timedelta(minutes=1))
    made = draw_due(machine)
    assert [c.plan_id for c in made] == [plan.pk]
    assert draw_due(machine) == [], "once"
    assert made[0].drawn_by == "按计划自动发起"
    assert made[0].answers(manager="everything").count() == 2
    RollCallPlan.everything.filter(pk=plan.pk).update(next_at=now - timedelta(hours=3))
    assert draw_due(machine) == []
    assert AuditEntry.objects.filter(action="command.rollcall_plan.skipped", object_id=str(plan.pk)).count() == 1
    assert RollCall.everything.count() == 1

    with pytest.raises(NotFound):
        stop_plan(acting("gucheng", world=REAL), plan=plan)
    stop_plan(desk, plan=plan)
    with pytest.raises(Conflict):
        stop_plan(desk, plan=plan)
    for changes, field in (
        ({"times": ""}, "times"), ({"times": "午夜"}, "times"), ({"jitter_min": 500}, "jitter_min"),
        ({"times": "8:30、8:40", "jitter_min": 10}, "times"), ({"key_times": "2:00", "key_from": date(2026, 10, 1)}, "key_from"),
    ):  # fmt: skip
        with pytest.raises(BadInput) as refused:
            save_plan(desk, **{"title": "甲", "organisations": ["sjs.water"], "times": "8:30", **changes})
        assert refused.value.field == field
    with pytest.raises(Refused):
        save_plan(acting("zhibanyuan"), title="甲", organisations=["sjs.water"], times="8:30")
