"""What an exercise shows to be wrong with a plan puts the plan into revision by itself, in reality and once."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client

from anlan.command.models import Response
from anlan.command.responses.services import record_plan_finding
from anlan.decision.models import PlanFinding, PlanRecord, PlanRevision
from anlan.decision.services import open_for_findings, order_change
from anlan.kernel.errors import BadInput, Conflict, NotAllowed
from anlan.kernel.loops.stepping import take_step
from anlan.kernel.reactions import drain
from anlan.kernel.worlds import REAL
from anlan.messaging.models import Message
from anlan.places.identity import WORLD_KEY, context_of
from anlan.places.models import Person
from tests.decision.conftest import at

pytestmark = pytest.mark.django_db
LONG = {"place": "章" * 120, "text": "缺" * 1000, "mend": "补" * 1000}
SAID = {"place": "通知名单", "text": "缺夜间值班电话", "mend": "补入各街道夜间值班电话"}


@pytest.fixture
def ended(district, house, person, clock_to):
    """The response of an exercise, ended; a finding while it ran is refused."""
    clock_to(at("20 11:00"))
    flood = {"hazard": "flood", "reason": "演练", "measures": "按预案"}
    order_change(person("zongzhihui"), region=district, kind="start", level="III", **flood)
    drain()
    running = Response.objects.in_world(house).get()
    with pytest.raises(Conflict, match="没有终止"):
        record_plan_finding(person("zhibanzhang"), response=running, **SAID)
    clock_to(at("20 12:00"))
    order_change(person("zongzhihui"), region=district, kind="end", checked="值班室核实", **flood)
    drain()
    return Response.objects.in_world(house).get()


def browser(username, world):
    client = Client()
    client.force_login(Person.objects.get(username=username))
    session = client.session
    session[WORLD_KEY] = str(world)
    session.save()
    return client


def opened():
    return list(PlanRevision.everything.order_by("opened_at"))


def test_findings_of_an_exercise_open_one_revision_in_reality(ended, district, person):
    told = Message.everything.filter(world_id=REAL).count()
    chief, number = person("zhibanzhang"), uuid.uuid4()
    with pytest.raises(NotAllowed):
        record_plan_finding(person("shuiwu"), response=ended, **SAID)
    for field, wrong in (("text", " "), ("mend", ""), ("text", "长" * 1001), ("place", "长" * 121)):
        with pytest.raises(BadInput) as refused:
            record_plan_finding(chief, response=ended, **{**SAID, field: wrong})
        assert refused.value.field == field
    assert opened() == []
    first = record_plan_finding(chief, response=ended, request=number, **SAID)
    assert record_plan_finding(chief, response=ended, request=number, **SAID).pk == first.pk, "sent twice, kept once"
    (work,) = opened()
    assert (first.world_id, first.revision_id, work.world_id) == (ended.world_id, work.pk, REAL)
    assert (work.reason, work.kind, work.state) == ("exercise", "rewrite", "drafting")
    assert "缺夜间值班电话" in work.why
    assert str(ended) in work.why
    record = PlanRecord.objects.unscoped("test").get(pk=work.record_id)
    assert (record.code, record.region_id, record.shipped) == (ended.plan, district.pk, False), "as the region's own"
    assert work.content["levels"], "the shipped plan is the draft"
    assert work.opened_at.year > first.at.year, "by the wall clock, not the exercise's"
    second = record_plan_finding(person("fangban"), response=ended, **{**SAID, "place": "任务卡"})
    assert [second.revision_id, len(opened())] == [work.pk, 1], "joined"
    drain()
    assert Message.everything.filter(world_id=REAL).count() == told, "nobody outside the office is told of an exercise"

    page = browser("fangban", REAL).get(work.get_absolute_url()).content.decode()
    for words in ("演练和实战发现的问题", "通知名单", "任务卡", "补入各街道夜间值班电话", "演练或实战发现问题"):
        assert words in page
    assert ended.get_absolute_url() not in page, "the exercise is another world"


def test_the_page_of_an_ended_response_offers_it_and_shows_what_became_of_it(ended, district):
    office, page = browser("fangban", ended.world_id), ended.get_absolute_url()
    assert "演练发现问题" in office.get(page).content.decode()
    sent = office.post(f"{page}findings/", {**SAID, "request": str(uuid.uuid4())})
    assert sent.status_code == 302
    shown = office.get(page).content.decode()
    assert "补入各街道夜间值班电话" in shown
    assert "重编：编修中" in shown
    water = browser("shuiwu", ended.world_id)
    assert water.post(f"{page}findings/", SAID).status_code in (403, 404)
    assert "记录并转入预案编修" not in water.get(page).content.decode()
    assert PlanFinding.everything.count() == 1


def test_a_finding_that_comes_while_the_new_version_waits_to_be_filed_opens_the_next_work(ended, person):
    chief = person("zhibanzhang")
    record_plan_finding(chief, response=ended, **SAID)
    (work,) = opened()
    office, head = (context_of(Person.objects.get(username=name)) for name in ("fangban", "zhihuizhang"))
    take_step(office, work, "submit", {"summary": "按演练问题修订"})
    take_step(head, PlanRevision.everything.get(pk=work.pk), "approve", {})
    late = record_plan_finding(chief, response=ended, **{**SAID, "text": "汛期岗位未更新"})
    assert (late.revision, len(opened())) == (None, 1)
    assert open_for_findings() == 0, "one work at a time"
    take_step(office, PlanRevision.everything.get(pk=work.pk), "file", {"filing_number": "示例备〔2026〕1号"})
    assert open_for_findings() == 1
    late.refresh_from_db()
    assert (late.revision.kind, late.revision.base.version) == ("revise", 1)
    assert "汛期岗位未更新" in late.revision.why


def test_the_longest_finding_opens_a_revision_too(ended, person):
    found = record_plan_finding(person("zhibanzhang"), response=ended, **LONG)
    (work,) = opened()
    assert found.revision_id == work.pk
    assert all(said in work.why for said in LONG.values()), "whole"
