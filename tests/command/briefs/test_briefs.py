"""The daily brief: counted from the day's records, worded, signed by one, sent with receipts."""

from datetime import date

import pytest

from anlan.command.briefs import queries
from anlan.command.briefs.papers import brief_paper, lay_down_pdf
from anlan.command.briefs.services import draft_brief, draft_due_briefs, edit_brief, refresh_brief
from anlan.command.briefs.services.briefs import fingerprint
from anlan.command.models import Brief
from anlan.command.services import confirm_facts, open_incident
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from anlan.kernel.loops.stepping import take_step
from anlan.kernel.services.papers import kept_paper
from anlan.messaging.models import Delivery
from anlan.messaging.services import mark_read
from anlan.places.models import Person
from anlan.places.queries import region

TODAY = date(2016, 7, 20)


@pytest.fixture
def district(people):
    return region("110107")


def figure(brief, key):
    return next(f for s in brief.facts for f in s["figures"] if f["key"] == key)


def test_a_brief_from_the_days_facts_to_its_receipts(acting, at, call, district, client, exercise):
    at("18:00")
    officer, leader = acting("zhibanyuan"), acting("daiban")
    with pytest.raises(NotAllowed):
        draft_brief(acting("gucheng"), region=district, day=TODAY)
    with pytest.raises(BadInput):
        draft_brief(officer, region=district, day=date(2016, 7, 21))
    yesterday = draft_brief(officer, region=district, day=date(2016, 7, 19))
    brief = draft_brief(officer, region=district, day=TODAY)
    assert draft_brief(officer, region=district, day=TODAY).pk == brief.pk
    new = figure(brief, "incidents.new")
    assert (new["value"], new["before"]) == (1, 0)
    assert new["items"] == [{"text": str(call), "url": call.get_absolute_url()}]
    assert figure(brief, "incidents.deaths")["value"] is None
    assert figure(brief, "weather.rain")["value"] is None
    assert figure(yesterday, "incidents.deaths")["value"] == 0
    assert figure(brief, "reports.overdue")["value"] > 0

    seen = fingerprint(brief)
    words = {"incidents": "桥下积水正在抽排，社会面平稳。"}
    edit_brief(officer, brief, own=words, recipients=["org:sjs.st.gucheng"], seen=seen)
    with pytest.raises(Conflict, match="刚被别人改过"):
        edit_brief(acting("zhibanzhang"), brief, own={"incidents": "乙写的"}, recipients=[], seen=seen)
    with pytest.raises(BadInput, match="没有这些单位"):
        edit_brief(officer, brief, own={}, recipients=["org:no-such"])
    open_incident(officer, text="17时40分八角街道来电：八角西街一处民房起火，无人员伤亡")
    confirm_facts(officer, call, {"deaths": 0, "trapped": 2})
    brief = refresh_brief(officer, brief)
    assert figure(brief, "incidents.new")["value"] == 2
    assert figure(brief, "incidents.trapped")["value"] == 2
    assert brief.own == words

    take_step(officer, brief, "submit", {})
    with pytest.raises(Conflict):
        refresh_brief(officer, brief)
    mine, theirs = (Brief.objects.get_visible(leader, pk=brief.pk) for _copy in range(2))
    take_step(leader, mine, "sign", {})
    with pytest.raises(Conflict, match="签发"):
        take_step(leader, theirs, "sign", {})
    assert mine.serial == "〔2016〕第1期"
    said = str(brief_paper(mine))
    assert "新接报 2 起（前一日 0）" in said
    assert "社会面平稳" in said
    assert brief_paper(mine).exercise
    assert kept_paper(mine, "docx").name.startswith("【演练】")
    assert lay_down_pdf(officer, mine).media_type == "application/pdf"
    street = acting("gucheng")
    with pytest.raises(NotFound):
        queries.brief(street, mine.pk)
    take_step(officer, mine, "send", {})
    assert queries.brief(street, mine.pk).state == "sent"
    with pytest.raises(NotFound):
        queries.brief(acting("bajiao"), mine.pk)
    mine.refresh_from_db()
    got = Delivery.objects.get(message_id=mine.message, person__username="gucheng", channel="app")
    assert {r["read_at"] for r in queries.receipts(mine)} == {None}
    mark_read(street, delivery=got.pk)
    assert any(r["read_at"] for r in queries.receipts(mine))
    _pages(client, exercise, mine)


def _pages(client, exercise, brief):
    def enter(username):
        client.force_login(Person.objects.get(username=username))
        session = client.session
        session["anlan_world"] = str(exercise.pk)
        session.save()

    enter("zhibanyuan")
    page = client.get(brief.get_absolute_url()).content.decode()
    assert f"{brief.get_absolute_url()}counted/incidents.new/" in page
    assert "社会面平稳" in page
    counted = client.get(f"{brief.get_absolute_url()}counted/incidents.new/").content.decode()
    assert counted.count("/incidents/") >= 2
    assert client.get(f"{brief.get_absolute_url()}counted/nothing/").status_code == 404
    assert client.get(f"{brief.get_absolute_url()}paper.docx").status_code == 200
    assert client.get(f"{brief.get_absolute_url()}paper.exe").status_code == 404
    assert brief.title in client.get("/briefs/").content.decode()
    assert client.post("/briefs/draft/", {"day": "昨天", "page_world": str(exercise.pk)}).status_code == 422
    enter("bajiao")
    assert client.get(brief.get_absolute_url()).status_code == 404
    assert brief.title not in client.get("/briefs/").content.decode()


def test_the_platform_begins_yesterdays_brief_once(people):
    assert draft_due_briefs() == 1
    assert draft_due_briefs() == 0
    brief = Brief.objects.unscoped("test").get()
    assert (brief.state, brief.region.short_code) == ("drafted", "110107")
