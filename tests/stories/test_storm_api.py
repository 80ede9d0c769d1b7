"""The whole storm of 2016-07-19/20, from the first warning to the paper: simulated people everywhere, two real ones at the desk."""

from __future__ import annotations

import io
import subprocess
from collections import Counter

import docx
import pytest
from django.test import Client

from anlan.action.queries import totals
from anlan.command.models import Incident, Incoming, Report, ReportClock, Response, Task
from anlan.decision.models import Proposal
from anlan.kernel.auditing import link, verify
from anlan.kernel.models import AuditEntry, World
from anlan.kernel.services.files import file_store
from anlan.messaging.models import Call, CallRound, Message
from anlan.places.models import Person
from anlan.review.after_action.services import papers_of
from anlan.review.models import FedInput, Presence
from anlan.review.replay.pacing import decision_waiting
from anlan.review.tasks import make_pdf
from anlan.warning.models import Notice
from tests.storming import at, begin_storm

pytestmark = pytest.mark.story


def browser_of(username: str) -> Client:
    client = Client()
    client.force_login(Person.objects.get(username=username))
    return client


@pytest.fixture
def storm(db):
    return begin_storm()


def test_the_storm_from_the_first_warning_to_the_paper(storm, tmp_path, settings):
    settings.ATTACHMENT_DIR = str(tmp_path)
    ctx = storm.ctx

    def proposals():
        rows = Proposal.objects.in_world(ctx).order_by("opened_at")
        return [(p.kind, p.level, p.state, p.opened_at) for p in rows]

    # The evening before: a blue warning arrives twice, as a message and as a text, and counts once. Level IV is proposed.
    storm.to("19 19:30", minutes=15)
    (blue,) = Notice.objects.in_world(ctx)
    assert (blue.color, blue.identifier, blue.simulated) == ("blue", "11000041600000_20160719183000", True)
    assert Counter(blue.intakes.in_world(ctx).values_list("form", "outcome")) == {
        ("cap", "accepted"): 1,
        ("text", "duplicate"): 1,
    }
    assert proposals() == [("start", "IV", "approved", at("19 18:30"))]
    assert AuditEntry.objects.filter(world=storm.world, action="decision.proposal.approve", simulated=True).count() == 1

    # Yellow in the morning: every sub-district and community is called; the silent ones are chased up their ladders.
    storm.to("20 05:50", minutes=60)
    first = CallRound.objects.in_world(ctx).get()
    calls = Call.objects.in_world(ctx).filter(round=first)
    assert calls.count() > 150
    waiting = calls.filter(closed_at=None).count()
    storm.to("20 06:40", minutes=10)
    assert calls.filter(closed_at=None).count() + calls.filter(rung_now__gt=0).count() > 0
    assert calls.filter(state="answered").count() > calls.count() - waiting
    climbed = calls.filter(rung_now__gt=0).count()
    assert climbed >= 5, "some stay silent, and the next on the ladder is called"

    # The figures propose III at eleven; the deputy commander approves; a task card for everybody.
    storm.to("20 07:00", minutes=20)
    storm.to("20 11:30", minutes=30)
    assert proposals()[1] == ("raise", "III", "approved", at("20 11:00"))
    response = Response.objects.in_world(ctx).get()
    assert response.level == "III"
    assert Task.objects.in_world(ctx).filter(response=response).count() > 60

    # A real person sits down at the desk: from now on nobody plays that post.
    desk = browser_of("zhibanyuan")
    assert desk.get("/desk/").status_code == 200
    assert Presence.objects.filter(world=storm.world).count() == 1
    storm.to("20 12:46", minutes=10)
    call = Incoming.objects.in_world(ctx).open().get(channel="phone")
    assert call.opened_at == at("20 12:40")
    held = decision_waiting(storm.world)
    assert held is not None
    assert held.rate == 1
    assert "接报" in held.reason
    answer = desk.post("/desk/open/", {"text": call.text, "incoming": str(call.pk)}, HTTP_ACCEPT="application/json")
    assert answer.status_code == 200, answer.content.decode()
    incident = Incident.objects.in_world(ctx).get()
    assert incident.received_at == at("20 12:40")
    assert incident.facts["cars"] == 2
    assert incident.facts["trapped"] is None, "two cars are not two people"
    clocks = ReportClock.objects.in_world(ctx).filter(incident=incident)
    assert all(c.clause and c.rule_name for c in clocks)
    assert clocks.filter(state="running", form="phone", legal_at=at("20 13:10")).exists()

    # She sends the draft for signature; the leader, who is played, signs; she sends it: in time.
    draft = Report.objects.in_world(ctx).get(stage="first")
    assert desk.post(f"/loop/command.report/{draft.pk}/step/submit/").status_code in (200, 302)
    storm.to("20 12:56", minutes=5)
    draft.refresh_from_db()
    assert draft.state == "signed"
    assert draft.signed_by.endswith("带班领导（示例）")
    sent = desk.post(f"/loop/command.report/{draft.pk}/step/send/", {"means": "system", "received_by": "对方值班员"})
    assert sent.status_code in (200, 302)
    written = clocks.filter(form="written", state="met")
    assert written.exists()
    assert {c.late_minutes for c in written} == {0}
    actors = AuditEntry.objects.filter(world=storm.world, object_id=str(draft.pk)).values_list("action", "simulated")
    assert set(actors) >= {
        ("command.report.submit", False),
        ("command.report.sign", True),
        ("command.report.send", False),
    }

    # Somebody of another street cannot even see it.
    stranger = browser_of("bajiao")
    assert stranger.get(f"/incidents/{incident.pk}/").status_code == 404

    # She leaves; the post is played again. Follow-ups join the incident; the shelter opens and is counted.
    Presence.objects.all().delete()
    storm.to("20 15:40", minutes=10)
    incident.refresh_from_db()
    assert incident.facts["trapped"] == 0
    assert incident.facts["rescued"] == 3
    assert incident.grade == "一般"
    assert Report.objects.in_world(ctx).filter(stage="continue", state="sent").exists()
    assert totals(ctx).sheltered == 68
    silent = Task.objects.in_world(ctx).filter(organisation="sjs.comm", state="issued")
    assert silent.exists(), "one department stays silent on purpose"
    assert all(t.rung > 0 for t in silent), "and is chased"
    assert Message.objects.in_world(ctx).filter(text__contains="超时").exists()
    assert not Message.objects.in_world(ctx).exclude(text__startswith="【演练】").exists()

    # Evening: II by the commander; I is proposed at nine and declined with a reason.
    storm.to("20 16:00", minutes=20)
    storm.to("20 22:30", minutes=30)
    assert [(k, lv, s) for k, lv, s, _at in proposals()][2:] == [
        ("raise", "II", "approved"),
        ("raise", "I", "declined"),
    ]
    assert proposals()[2][3] == at("20 17:00")
    incident.refresh_from_db()
    assert incident.state == "closed"
    assert totals(ctx).sheltered == 83 + 54

    # Morning: lowered, ended by the one who may; the shelters are empty; the replay is over.
    storm.to("21 12:10", minutes=30)
    response.refresh_from_db()
    assert response.state == "ended"
    assert [(k, lv, s) for k, lv, s, _at in proposals()][4:] == [
        ("lower", "III", "approved"),
        ("end", "III", "approved"),
    ]
    assert totals(ctx).open_shelters == 0
    assert set(FedInput.objects.values_list("outcome", flat=True)) == {"done"}
    world = World.objects.get(pk=storm.world)
    assert world.ended_at is not None

    # What happened stays, can be looked at, and cannot be changed any more.
    desk.post("/world/", {"world": str(storm.world)})
    assert desk.get(f"/incidents/{incident.pk}/").status_code == 200
    assert desk.post(f"/incidents/{incident.pk}/followup/", {"text": "事后补记"}).status_code == 409

    # One click: the paper, with chart and timeline, marked as an exercise; and its PDF.
    assert desk.post(f"/review/response/{response.pk}/report/").status_code == 302
    paper, brief = sorted(papers_of(ctx, response), key=lambda a: "brief" in a.labels)
    assert "摘要" in brief.name
    words = docx.Document(io.BytesIO(file_store().read(paper.digest)))
    text = "\n".join(p.text for p in words.paragraphs)
    for part in ("概况", "雨情", "预警与叫应", "接报与报送", "响应过程", "任务执行", "转移安置", "时间线", "存在问题"):
        assert part in text
    assert "演练" in text
    assert "通信保障" in text, "who stayed silent is named"
    assert len(words.inline_shapes) == 1
    make_pdf(paper=str(paper.pk), world=str(storm.world))
    pdf = next(a for a in papers_of(ctx, response) if a.name.endswith(".pdf"))
    assert file_store().read(pdf.digest).startswith(b"%PDF")
    # A leader reads a few pages, however many the full report has.
    make_pdf(paper=str(brief.pk), world=str(storm.world))
    short = next(a for a in papers_of(ctx, response) if f"of:{brief.pk}" in a.labels)
    read = subprocess.run(
        ["pdfinfo", "-"], input=file_store().read(short.digest), capture_output=True, check=True
    ).stdout
    pages = next(int(line.split(b":")[1]) for line in read.splitlines() if line.startswith(b"Pages"))
    assert pages <= 6, f"the short form has {pages} pages"

    # Nobody can have changed the record of it.
    while link():
        pass
    verdict = verify()
    assert verdict.intact
    assert verdict.linked > 2000


def test_inputs_are_fed_once_whatever_happens(storm):
    storm.to("19 20:10", minutes=30)
    before = FedInput.objects.count(), Notice.objects.in_world(storm.ctx).count()
    storm.replay.refresh_from_db()
    assert storm.replay.done == before[0]
    storm.settle()
    assert (FedInput.objects.count(), Notice.objects.in_world(storm.ctx).count()) == before
    assert FedInput.objects.filter(index=0).count() == 1
