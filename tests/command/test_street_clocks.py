"""A street that registers an incident owes its own first report; the duty room of the county owes the rest."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import pytest

from anlan.action.phone.items import Sent, take_item
from anlan.action.phone.sheet import sheet
from anlan.command.models import Report, ReportClock
from anlan.command.queries.desk import due
from anlan.command.queries.incidents import clocks_of
from anlan.command.services import open_incident
from anlan.command.services.reports import addressees
from anlan.kernel.engine.timers import pass_due
from anlan.kernel.errors import BadInput, NotFound
from anlan.kernel.loops.stepping import take_step
from anlan.kernel.loops.todo import todos
from anlan.kernel.models import Outbox

SAID = "12时35分古城街道古城南路下凹桥积水，两辆车被困，人数不详"


@pytest.fixture
def registered(acting, at):
    at("12:41")
    return open_incident(acting("gucheng"), text=SAID)


def of_street(world, incident):
    return list(ReportClock.everything.filter(incident=incident, owner_role="town").order_by("form"))


def moment(time):
    return datetime.fromisoformat(f"2016-07-20T{time}:00+08:00")


def test_one_clock_per_recipient_and_form_runs_for_the_street_with_its_rule_named(registered, acting):
    phone, written = of_street(acting, registered)
    assert (phone.form, phone.recipient, phone.rule) == ("phone", "county_flood_office", "flood_danger")
    assert (phone.minutes, written.minutes) == (30, 60)
    assert phone.legal_at == moment("13:05"), "from when it was discovered, as the rule says"
    assert phone.confidence == "low", "a suggestion: screens mark it 建议值"
    assert str(phone).startswith("镇街 首报 → 县(区)防汛抗旱指挥部办公室")
    assert phone.owner_keys == ["org:sjs.st.gucheng"]
    mine = [t.record.pk for t in todos(acting("gucheng"), 50).items if t.record.loop.key == "command.report_clock"]
    assert phone.pk in mine
    assert phone.pk not in [t.record.pk for t in todos(acting("bajiao"), 50).items]


def test_the_desk_of_the_county_keeps_its_own_clocks_apart(registered, acting):
    desk = acting("zhibanyuan")
    shown = due(desk).rows
    assert any("首报" in row.text for row in shown)
    assert not any("防汛抗旱指挥部办公室" in row.where for row in shown)
    assert not any("防汛抗旱指挥部办公室" in name for name in addressees(desk, registered, "first"))
    assert any(c.is_of_street for c in clocks_of(desk, registered, running=True)), "the incident's page shows both"


def test_the_street_records_its_call_and_a_neighbour_cannot(registered, acting, at):
    phone, _written = of_street(acting, registered)
    at("12:50")
    with pytest.raises(NotFound):
        take_step(acting("bajiao"), phone, "meet", {"means": "phone"})
    county = ReportClock.everything.filter(incident=registered, state="running").exclude(owner_role="town").count()
    take_step(acting("gucheng"), phone, "meet", {"means": "phone", "received_by": "区值班员"})
    phone.refresh_from_db()
    assert (phone.state, phone.late_minutes) == ("met", 0)
    running = ReportClock.everything.filter(incident=registered, state="running")
    assert running.exclude(owner_role="town").count() == county, "what the street reported is no report of the county"
    assert not running.filter(stage__in=("continue", "final")).exists()


def test_the_streets_phone_lists_what_it_owes_and_records_the_call(registered, acting, at):
    at("12:50")
    phone, written = of_street(acting, registered)
    tasks = {t["id"]: t for t in sheet(acting("gucheng"))["tasks"]}
    card = tasks[str(phone.pk)]
    assert (card["due"], card["steps"][0]["name"]) == (phone.legal_at.isoformat(), "meet")
    paper = Report.everything.get(incident=registered, office="town")
    assert tasks[str(paper.pk)]["page"]["url"] == paper.get_absolute_url()
    assert str(written.pk) not in tasks, "the paper that is under way stands for its limit"
    desk = acting("zhibanyuan")
    take_step(desk, Report.everything.get(incident=registered, office="county", stage="first"), "submit", {})
    assert "去拟稿报送" not in [(t["page"] or {}).get("label") for t in sheet(desk)["tasks"]], "nor is it begun twice"
    assert not {str(phone.pk), str(paper.pk)} & {t["id"] for t in sheet(acting("bajiao"))["tasks"]}

    def sent(**data):
        return Sent(id=uuid.uuid4(), kind="task", data={"task": str(phone.pk), **data}, made_at=None)

    with pytest.raises(NotFound):
        take_item(acting("bajiao"), sent(step="meet"))
    with pytest.raises(BadInput):
        take_item(acting("gucheng"), sent(step="drop"))
    take_item(acting("gucheng"), sent(step="meet", evidence={"received_by": "区值班员（示例）"}))
    phone.refresh_from_db()
    assert (phone.state, phone.means, phone.received_by) == ("met", "phone", "区值班员（示例）")


def test_a_street_that_is_late_is_reminded_before_the_duty_room_hears_of_it(registered, acting, clock_to):
    def told():
        rows = Outbox.objects.filter(subject="kernel.deadline.passed").order_by("id")
        return [r.payload["notify"] for r in rows if r.payload["record"] == str(phone.pk)]

    phone, _written = of_street(acting, registered)
    seen = []
    for minutes in (-5, 0, 10):
        clock_to(phone.legal_at + timedelta(minutes=minutes, seconds=1))
        pass_due()
        seen.append(told()[-1] if told() else "")
    assert seen == ["org:sjs.st.gucheng", "duty_officer", "duty_chief"]


def test_what_the_duty_room_registers_starts_no_clock_for_the_street(call, acting):
    assert of_street(acting, call) == []
    assert ReportClock.everything.filter(incident=call, state="running").exists()
