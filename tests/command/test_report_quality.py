"""Late, omitted, false and concealed: what facts suggest, what they do not, and that a person decides."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from anlan.command.incoming import receive
from anlan.command.models import Report, ReportClock, ReportFinding
from anlan.command.quality.gathering import stated_people
from anlan.command.quality.rates import rates
from anlan.command.quality.recognising import Dossier, Fact, OwedReport, SentReport, recognise
from anlan.command.quality.services import look_at, look_over
from anlan.command.services import add_followup, confirm_facts, open_incident
from anlan.kernel.engine.timers import pass_due
from anlan.kernel.errors import NotAllowed, NotFound, Refused
from anlan.kernel.loops import transition
from anlan.kernel.loops.stepping import take_step
from anlan.kernel.reactions import drain

from .conftest import DISTRICT

START = datetime.fromisoformat("2016-07-20T12:41:00+08:00")


def after(minutes):
    return START + timedelta(minutes=minutes)


def owed(limit, met=None, stage="first"):
    return OwedReport(
        stage,
        "书面",
        "市政府总值班室",
        "县报市",
        "某规定第5条",
        START,
        after(limit),
        None if met is None else after(met),
    )


def dossier(**known):
    return Dossier(
        **(
            {"event": "e", "unit_name": "古城街道", "now": after(300), "owed": (owed(60, 30),), "told_at": after(30)}
            | known
        )
    )


def sent(at, **figures):
    named = dict.fromkeys(("deaths", "missing", "serious_injuries", "injured", "trapped")) | figures
    return SentReport(id=f"r{at}", at=after(at), serial=f"石应急信〔2016〕{at}号", figures=named)


def told(at, who, **figures):
    return Fact(after(at), f"{who}来电", who, figures=figures)


@pytest.mark.parametrize(
    ("known", "kinds"),
    [
        ({}, []),
        ({"owed": (owed(60, 60),)}, []),
        ({"owed": (owed(60, 61),)}, ["late"]),
        ({"owed": (owed(60),), "now": after(61), "told_at": None}, ["late"]),
        ({"owed": (owed(60),), "now": after(120), "told_at": None}, ["late", "omit"]),
        ({"sent": (sent(30),), "evidence": (told(20, "120", deaths=1),)}, ["omit"]),
        ({"sent": (sent(30), sent(50, deaths=1)), "evidence": (told(20, "120", deaths=1),)}, []),
        ({"sent": (sent(30),), "evidence": (told(40, "120", deaths=1),)}, []),
        ({"sent": (sent(30, deaths=1),), "evidence": (told(20, "120", deaths=2),)}, ["false"]),
        ({"sent": (sent(30, deaths=1),), "evidence": (told(10, "120", deaths=2), told(20, "120", deaths=1))}, []),
        ({"sent": (sent(30, deaths=1),), "evidence": (told(40, "120", deaths=2),)}, []),
        ({"sent": (sent(30, deaths=2),), "evidence": (told(10, "110", deaths=1), told(20, "120", deaths=2))}, []),
        (
            {"sent": (sent(30, deaths=1),), "evidence": (told(10, "120", deaths=2), told(20, "街道", deaths=1))},
            ["false"],
        ),
        (
            {"sent": (sent(30, deaths=3),), "evidence": (told(10, "110", deaths=1), told(20, "120", deaths=2))},
            ["false"],
        ),
        ({"aware": (told(-60, "值班员"),), "outside": (told(0, "110"),), "told_at": None}, ["conceal"]),
        ({"aware": (told(-60, "值班员"),), "outside": (told(0, "110"),), "told_at": after(-40)}, []),
        ({"aware": (told(-60, "值班员"),), "told_at": None}, []),
        ({"outside": (told(0, "110"),), "told_at": None}, []),
    ],
)
def test_facts_suggest_what_they_prove_and_nothing_else(known, kinds):
    found = recognise(dossier(**known))
    assert [s.kind for s in found] == kinds
    for suspicion in found:
        assert suspicion.evidence, "no suspicion without the facts that it rests on"
        assert "应急管理部令第14号" in suspicion.clause


def test_what_a_report_states_is_read_from_its_own_words():
    body = {"paragraphs": [
        {"heading": "基本情况", "text": "上次事故曾死亡9人。"},
        {"heading": "人员伤亡和损失情况", "text": "截至目前，已知死亡1人、被困3人；无人员受伤；失联人数待核。"},
    ]}  # fmt: skip
    stated = stated_people(body, START)
    assert (stated["deaths"], stated["trapped"], stated["missing"]) == (1, 3, None)


@pytest.fixture
def first(acting, call):
    return Report.everything.get(incident=call, stage="first", office="county")


def of(incident, kind):
    return ReportFinding.everything.filter(incident=incident, kind=kind)


def test_a_late_report_that_left_a_death_out_is_listed_and_somebody_else_decides(acting, call, first, at, client):
    at("12:50")
    add_followup(acting("zhibanyuan"), call, text="120 来电：现场死亡1人", source="120急救中心（示例）")
    at("13:47")
    ctx = acting("zhibanyuan")
    take_step(ctx, first, "submit", {})
    take_step(acting("daiban"), first, "sign", {})
    take_step(ctx, first, "send", {"means": "written"})
    drain()
    late, omitted = of(call, "late").get(), of(call, "omit").get()
    assert "至今没有报出" in late.evidence[-1]["what"]
    assert omitted.report_id == first.pk
    assert "死亡（记录为1人）" in omitted.why
    assert any("120急救中心（示例）" in fact["who"] for fact in omitted.evidence)
    assert look_over(ctx) == ReportFinding.everything.filter(state="suspected").count() == 2, (
        "looking again finds nothing twice"
    )
    with pytest.raises(NotAllowed):
        take_step(ctx, late, "confirm", {"basis": "x"})
    with pytest.raises(Refused, match="本人"):
        take_step(acting("daiban"), late, "dismiss", {"reason": "自己说的不算"})
    with pytest.raises(NotFound):
        ReportFinding.objects.get_visible(acting("gucheng"), pk=late.pk)
    head = acting("fangbanzhuren")
    take_step(head, late, "confirm", {"basis": "已向市值班室核实，13:47 收到"})
    take_step(head, omitted, "dismiss", {"reason": "120 当时所报为误传，已由医院更正"})
    look_over(ctx)
    assert set(ReportFinding.everything.values_list("kind", "state")) == {("late", "confirmed"), ("omit", "dismissed")}
    (desk,) = [r for r in rates(head) if r.unit == "总值班室"]
    assert (desk.month, desk.level) == ("2016-07", "区县")
    met = ReportClock.everything.filter(incident=call, office="county", certain=True, state="met")
    assert desk.kept == sum(c.late_minutes == 0 for c in met)
    assert desk.total > 0
    assert rates(acting("bajiao")) == []

    from anlan.places.models import Person

    client.force_login(Person.objects.get(username="fangbanzhuren"))
    session = client.session
    session["anlan_world"] = str(head.world)
    session.save()
    listed = client.get("/reports/quality/?state=all").content.decode()
    assert "迟报" in listed
    assert "及时率" in listed
    assert "120急救中心（示例）" in client.get(omitted.get_absolute_url()).content.decode()
    assert client.post("/reports/quality/look/", headers={"Accept": "application/json"}).status_code == 200
    client.force_login(Person.objects.get(username="bajiao"))
    assert client.get("/reports/quality/").status_code == 403


def test_a_passed_limit_is_found_by_the_clock_and_lapses_when_it_was_a_false_alarm(acting, call, clock_to):
    clock_to(START + timedelta(minutes=75))
    for _n in range(4):
        pass_due()
        drain()
    late = of(call, "late").get(unit="county")
    assert late.state == "suspected"
    take_step(acting("zhibanzhang"), call, "dismiss", {"reason": "重复演示"})
    look_at(acting("zhibanzhang"), call)
    late.refresh_from_db()
    assert late.state == "dismissed"


def test_a_message_put_aside_that_another_source_later_confirms_looks_concealed(acting, at):
    at("11:30")
    duty = acting("zhibanyuan")
    aside = receive(duty, text="古城街道古城南路下凹桥积水，有1人死亡", source="过路群众", scope=DISTRICT)
    take_step(duty, aside, "note", {"reason": "先记着"})
    drain()
    put_aside = ReportFinding.everything.get(kind="omit", incoming=aside)
    assert "死亡1人" in put_aside.why
    at("12:41")
    duty = acting("zhibanyuan")
    incident = open_incident(acting("zhibanyuan2"), text="110转来：古城街道古城南路下凹桥积水，死亡1人")
    look_at(duty, incident)
    assert not of(incident, "conceal").exists(), "within the limit nobody conceals anything"
    at("14:00")
    duty = acting("zhibanyuan")
    look_at(duty, incident)
    concealed = of(incident, "conceal").get()
    assert "11:30已知情" in concealed.why
    assert datetime.fromisoformat(concealed.evidence[0]["at"]) == datetime.fromisoformat("2016-07-20T11:30:00+08:00")
    with pytest.raises(NotAllowed):
        transition(duty, concealed, "confirm", evidence={"basis": "x"})
    confirm_facts(duty, incident, {"deaths": 1})
    look_at(duty, incident)
    assert of(incident, "conceal").count() == 1


def test_an_outsiders_facts_make_no_finding_in_another_world(acting, call, at):
    from anlan.kernel.worlds import REAL

    at("15:00")
    look_at(acting("zhibanyuan"), call)
    assert ReportFinding.everything.exists()
    assert not ReportFinding.objects.visible_to(acting("fangbanzhuren", world=REAL)).exists()
