"""Tasks come back answered, are chased by the exercise's clock, and are nobody else's business."""

from __future__ import annotations

from datetime import timedelta

import pytest

from anlan.action.phone.sheet import sheet
from anlan.action.queries import relocations, totals
from anlan.command.models import Response, Task
from anlan.command.responses import queries
from anlan.command.responses.loops import FIGURES
from anlan.command.responses.services import acknowledge, chase_late, finish, issue_tasks, report_progress
from anlan.decision.models import Contribution
from anlan.kernel.engine.timers import pass_due
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from anlan.kernel.loops import transition
from anlan.kernel.reactions import drain
from anlan.kernel.web.steps import actions
from anlan.messaging.models import Delivery
from anlan.places.models import Person
from tests.decision.conftest import at


@pytest.fixture
def response(approve_level):
    return approve_level("III", "20 11:00", "20 11:10")


def task(house, card, organisation):
    return Task.objects.in_world(house).get(card=card, organisation=organisation)


def told(username):
    rows = Delivery.objects.filter(person=Person.objects.get(username=username), channel="app").order_by(
        "queued_at", "pk"
    )
    return [d.message.text for d in rows.select_related("message")]


def test_a_task_is_acknowledged_reported_on_finished_and_checked(response, house, person, clock_to):
    pump = task(house, "f_pump", "sjs.utility")
    clock_to(at("20 11:15"))
    acknowledge(person("chengguan"), pump, {"note": "市政科长带班"})
    assert pump.due_at == at("20 11:55")
    report_progress(person("chengguan"), pump, {"text": "四台泵车到位", "pumps": 4})
    report_progress(person("chengguan"), pump, {"text": "古城桥积水下降", "waterlog_points": 2})
    assert (pump.state, pump.figures, pump.due_at) == (
        "acknowledged",
        {"pumps": 4, "waterlog_points": 2},
        at("20 11:55"),
    )
    finish(person("chengguan"), pump, {"text": "泵站全部开启", "pumps": 6})
    transition(person("fangban"), pump, "check")
    assert (pump.state, pump.figures["pumps"]) == ("checked", 6)


def test_figures_of_a_task_reach_the_fact_board(response, house, person):
    pump = task(house, "f_pump", "sjs.utility")
    acknowledge(person("chengguan"), pump, {})
    report_progress(person("chengguan"), pump, {"text": "三处积水", "waterlog_points": 3, "waterlog_depth_cm": 40})
    drain()
    kept = Contribution.objects.in_world(house).get(kind="task")
    assert kept.data == {"waterlog_points": 3, "waterlog_depth_cm": 40}


def test_people_moved_are_asked_for_where_the_card_is_about_them_and_counted_once(response, house, person):
    moving, pump = task(house, "f_transfer", "sjs.st.gucheng"), task(house, "f_pump", "sjs.utility")

    def asked(ctx, of):
        acknowledge(ctx, of, {})
        shown = next(t for t in sheet(ctx)["tasks"] if t["id"] == str(of.pk))
        form = next(a for a in actions(ctx, of) if a["name"] == "finish")
        figures = {f["name"] for f in shown["fields"]} & {e.name for e in FIGURES}
        assert figures == {e["name"] for e in form["evidence"]} & {e.name for e in FIGURES}, (
            "the desk asks for the same"
        )
        return {f["name"]: f["label"] for f in shown["fields"]}

    assert asked(person("gucheng"), moving)["evacuated"] == "已转移人数"
    assert "evacuated" not in asked(person("chengguan"), pump)
    assert "pumps" not in {e.name for e in moving.asked(moving.loop.step("report"))}
    for moved in (20, 83):
        report_progress(person("gucheng"), moving, {"text": "正在转移", "evacuated": moved})
        drain()
    finish(person("gucheng"), moving, {"text": "转移完毕", "evacuated": 83})
    drain()
    assert totals(person("zhibanyuan")).relocated == 83
    (row,) = relocations(person("zhibanyuan"))
    assert row.by_name == person("gucheng").actor.name


def test_a_wrong_figure_is_refused_and_nothing_is_kept(response, house, person):
    pump = task(house, "f_pump", "sjs.utility")
    acknowledge(person("chengguan"), pump, {})
    for wrong in ("-1", "许多"):
        with pytest.raises(BadInput):
            report_progress(person("chengguan"), pump, {"text": "到位", "pumps": wrong})
    pump.refresh_from_db()
    assert (pump.figures, pump.latest) == ({}, "")


def test_a_department_cannot_answer_for_another(response, house, person):
    with pytest.raises(NotFound):
        acknowledge(person("shuiwu"), task(house, "f_pump", "sjs.utility"), {})


def test_two_colleagues_acknowledging_at_once_one_is_told(response, house, person):
    mine, theirs = task(house, "t_town", "sjs.st.gucheng"), task(house, "t_town", "sjs.st.gucheng")
    acknowledge(person("gucheng"), mine, {})
    with pytest.raises(Conflict):
        acknowledge(person("gucheng.zhuren"), theirs, {})


def test_the_chase_climbs_from_assignee_to_leader_to_duty_chief_by_the_exercise_clock(response, house, clock_to):
    def climbed(when):
        before = {name: len(told(name)) for name in ("gucheng", "gucheng.zhuren", "zhibanzhang")}
        clock_to(at(when))
        pass_due()
        drain()
        return {
            name
            for name, n in before.items()
            if any("镇街班子到岗" in text and "超时" in text for text in told(name)[n:])
        }

    assert climbed("20 11:19") == set()
    assert "gucheng" in climbed("20 11:20")
    assert climbed("20 11:25") == {"gucheng.zhuren"}
    assert climbed("20 11:35") == {"zhibanzhang"}


def test_one_press_chases_everybody_who_is_late_and_only_once(response, house, person, clock_to):
    acknowledge(person("chengguan"), task(house, "f_pump", "sjs.utility"), {})
    clock_to(at("20 11:21"))
    late = Task.objects.in_world(house).open().filter(due_at__lte=at("20 11:21")).count()
    before = len(told("gucheng"))
    assert chase_late(person("fangban"), response) == late > 40
    assert chase_late(person("fangban"), response) == 0
    assert any("催办" in text for text in told("gongan"))
    street = [t for t in told("gucheng")[before:] if "催办" in t]
    theirs = Task.objects.in_world(house).open().filter(organisation="sjs.st.gucheng", due_at__lte=at("20 11:21"))
    mine = theirs.filter(owner_keys=["org:sjs.st.gucheng"])
    assert len(street) == 1, "one message, however many tasks are late"
    assert mine.count() > 1
    assert all(t.text[:60] in street[0] for t in mine), street[0]
    assert not any("催办" in text for text in told("chengguan") if "泵" in text)


def test_a_department_cannot_chase_the_others(response, person):
    mine = Response.objects.get_visible(person("shuiwu"), pk=response.pk)
    with pytest.raises(NotAllowed):
        chase_late(person("shuiwu"), mine)


def test_a_department_sees_its_own_tasks_and_the_response_it_is_a_member_of_and_nothing_else(response, house, person):
    water = person("shuiwu")
    assert queries.response(water, response.pk).pk == response.pk
    assert {t.organisation_id for t in queries.tasks(water)} == {"sjs.water"}
    assert [r.organisation.pk for r in queries.board(water, response).rows] == ["sjs.water"]
    assert {t.organisation_id for t in queries.my_tasks(water)} == {"sjs.water"}
    with pytest.raises(NotFound):
        queries.task(water, task(house, "f_pump", "sjs.utility").pk)


def test_a_street_sees_its_own_tasks_only_and_a_community_none(response, house, person):
    assert {t.organisation_id for t in queries.tasks(person("gucheng"))} == {"sjs.st.gucheng"}
    with pytest.raises(NotFound):
        queries.task(person("bajiao"), task(house, "t_town", "sjs.st.gucheng").pk)
    assert list(queries.tasks(person("gucheng.shuji"))) == []
    with pytest.raises(NotFound):
        queries.response(person("gucheng.shuji"), response.pk)


def test_a_refused_task_comes_back_to_the_office_with_its_reason(response, house, person):
    gate = task(house, "f_gate", "sjs.water")
    with pytest.raises(BadInput):
        transition(person("shuiwu"), gate, "refuse")
    transition(person("shuiwu"), gate, "refuse", evidence={"reason": "本区无水库闸坝"})
    assert (gate.state, gate.owner_role, gate.due_at) == ("refused", "hq_office", at("20 11:20"))
    transition(person("fangban"), gate, "cancel", evidence={"reason": "情况属实"})


def test_a_task_by_hand_needs_words_somebody_and_time(response, person, house):
    office = person("fangban")
    due = house.now() + timedelta(hours=1)
    for wrong in (
        {"text": " ", "organisations": ["sjs.water"], "due_at": due},
        {"text": "巡查", "organisations": [], "due_at": due},
        {"text": "巡查", "organisations": ["nowhere"], "due_at": due},
        {"text": "巡查", "organisations": ["sjs.water"], "due_at": house.now()},
    ):
        with pytest.raises(BadInput):
            issue_tasks(office, **wrong)
    with pytest.raises(NotAllowed):
        issue_tasks(person("shuiwu"), text="巡查", organisations=["sjs.police"], due_at=due)
    (given,) = issue_tasks(office, text="巡查永定河左堤", organisations=["sjs.water"], due_at=due, response=response)
    assert given in queries.my_tasks(person("shuiwu"))
    assert any("巡查永定河左堤" in text for text in told("shuiwu"))
