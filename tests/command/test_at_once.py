"""Two at the duty desk decide at the same moment: one wins, the other is told who was quicker and when, nothing is done twice."""

from datetime import timedelta

import pytest

from anlan.command.incoming import receive
from anlan.command.models import Incident, Incoming, Report, ReportClock, ReportDelivery
from anlan.command.services import add_followup, meet_clocks, open_incident
from anlan.kernel.context import system
from anlan.kernel.engine.timers import pass_due
from anlan.kernel.errors import Conflict
from anlan.kernel.loops.stepping import take_step
from anlan.kernel.models import Attachment, AuditEntry, Deadline
from tests.racing import at_once, one_won

from .conftest import CALL, DISTRICT

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_call_becomes_one_incident_and_one_signature_signs(acting, at, transactional_db):
    at("12:41")
    duty, other, leader = acting("zhibanyuan"), acting("zhibanyuan2"), acting("daiban")
    waiting = receive(duty, text=CALL, source="古城街道（示例）", scope=DISTRICT)

    def take(ctx):
        return lambda: open_incident(ctx, text=CALL, incoming=Incoming.objects.get_visible(ctx, pk=waiting.pk))

    incident, refused = one_won(at_once(take(duty), take(other)))
    assert isinstance(refused, Conflict)
    winner = AuditEntry.objects.get(object_id=str(waiting.pk), action="command.incoming.register").actor_name
    assert str(refused.message).startswith(f"{winner}已于 07-20 12:41:00 办理“立为事件”")
    assert refused.details["by"] == winner
    assert Incident.everything.get() == incident
    assert Incoming.everything.get().incident == incident
    report = Report.everything.get(stage="first")

    take_step(duty, report, "submit", {})
    signed, refused = one_won(at_once(*[lambda: take_step(leader, fresh(report), "sign", {})] * 2))
    assert isinstance(refused, Conflict)
    assert f"{leader.actor.name}已于" in str(refused.message)
    assert "签发" in str(refused.message)
    assert signed.serial == "石应急信〔2016〕1号"
    assert Attachment.everything.filter(object_id=str(report.pk)).count() == 1
    assert AuditEntry.objects.filter(object_id=str(report.pk), action="command.report.sign").count() == 1

    sent = {"means": "written", "received_by": "市值班室（示例）"}
    _done, refused = one_won(
        at_once(*[lambda who=who: take_step(who, fresh(report), "send", sent) for who in (duty, other)])
    )
    assert isinstance(refused, Conflict)
    assert "登记发出" in str(refused.message)
    gone = fresh(report)
    assert AuditEntry.objects.filter(object_id=str(report.pk), action="command.report.send").count() == 1
    assert ReportDelivery.everything.filter(report=gone).count() == len(set(gone.addressees)), (
        "each recipient is told once"
    )
    assert Report.everything.get(pk=report.pk).state == "sent"


def test_two_who_paste_the_same_message_open_one_incident(acting, at, transactional_db):
    at("12:41")
    duty, other = acting("zhibanyuan"), acting("zhibanyuan2")
    incident, refused = one_won(
        at_once(*[lambda who=who: open_incident(who, text=CALL, once=True) for who in (duty, other)])
    )
    assert isinstance(refused, Conflict)
    assert f"立为 {incident.number}" in str(refused.message)
    assert Incident.everything.get() == incident
    at("12:44")
    assert open_incident(acting("zhibanyuan"), text=CALL, once=True).pk != incident.pk, "later it is a call of its own"


def fresh(report):
    return Report.everything.get(pk=report.pk)


def test_a_deadline_that_passes_while_it_is_being_worked_on_harms_nobody(acting, at, exercise, transactional_db):
    at("12:00")
    duty, other = acting("zhibanyuan"), acting("zhibanyuan2")
    rows = [receive(duty, text=f"来报{n}", source="街道（示例）", scope=DISTRICT) for n in range(6)]
    last = max(Deadline.objects.values_list("due_at", flat=True))
    exercise.anchor_world = last + timedelta(minutes=1)
    exercise.save()

    def note(ctx):
        return lambda: [take_step(ctx, Incoming.everything.get(pk=r.pk), "note", {"reason": "重复"}) for r in rows[:1]]

    came = at_once(
        pass_due, pass_due, note(duty), note(other), *[(lambda r=r: take_step(duty, r, "note", {})) for r in rows[1:]]
    )
    refused = [c for c in came if isinstance(c, Exception)]
    assert len(refused) == 1
    assert isinstance(refused[0], Conflict)
    assert {r.state for r in Incoming.everything.all()} == {"noted"}
    assert not Deadline.objects.filter(status="open", record__in=[r.pk for r in rows]).exists()
    pass_due()
    for row in rows:
        late = AuditEntry.objects.filter(object_id=str(row.pk), action__endswith=".late").count()
        assert late <= 1, "a rung is climbed once"
        assert AuditEntry.objects.filter(object_id=str(row.pk), action__endswith=".note").count() == 1


def test_the_house_is_named_when_the_platform_was_quicker(acting, at, transactional_db):
    at("12:00")
    duty = acting("zhibanyuan")
    row = receive(duty, text="来报", source="街道（示例）", scope=DISTRICT)
    take_step(system("desk", world=duty.world), row, "note", {"reason": "重复"})
    with pytest.raises(Conflict, match="平台已于"):
        take_step(duty, row, "note", {"reason": "重复"})


def test_what_arrives_while_reports_go_up_waits_its_turn_and_fails_nobody(acting, at, transactional_db):
    """Joining takes the incident, then its clocks, then its reports. Whoever came to them the other way round met a deadlock."""
    duty, other, leader = acting("zhibanyuan"), acting("zhibanyuan2"), acting("daiban")
    for minute in range(41, 46):
        at(f"12:{minute}")
        incident = open_incident(duty, text=f"{CALL}，第{minute}处")
        report = Report.everything.get(incident=incident, stage="first", office="county")
        take_step(duty, report, "submit", {})
        take_step(leader, fresh(report), "sign", {})
        waiting = [receive(duty, text=f"又有{n + 1}人受伤", source="街道（示例）", scope=DISTRICT) for n in range(2)]
        phone = list(ReportClock.everything.filter(incident=incident, form="phone", office="county", state="running"))

        def join(n, incident=incident, waiting=waiting):
            add_followup(
                other, incident, text=waiting[n].text, facts={"injured": n + 1, "trapped": n + 1}, incoming=waiting[n]
            )

        def tell(incident=incident, phone=phone):
            meet_clocks(duty, phone[::-1], means="phone", received_by="市值班室（示例）")

        came = at_once(
            lambda: join(0),
            lambda: join(1),
            tell,
            lambda report=report: take_step(duty, fresh(report), "send", {"means": "written"}),
        )
        assert not [c for c in came if isinstance(c, Exception)]
        assert {Incoming.everything.get(pk=w.pk).state for w in waiting} == {"joined"}
        assert fresh(report).state == "sent"
        assert not ReportClock.everything.filter(pk__in=[c.pk for c in phone], closed_at=None).exists()
