"""Partners, agreements with an end, and a request for help from its asking to its end."""

import uuid
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils.timezone import localtime

from anlan.command.cooperation import queries
from anlan.command.cooperation.services import ask_partner, lapse_with_incident, record_agreement, record_drill
from anlan.command.models import Agreement, CooperationRequest, Incident, Partner, PartnerContact
from anlan.command.queries.timeline import timeline
from anlan.kernel import clock
from anlan.kernel.context import system
from anlan.kernel.engine.timers import pass_due
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from anlan.kernel.loops.stepping import take_step
from anlan.kernel.models import Attachment
from anlan.kernel.reactions import drain
from anlan.kernel.worlds import REAL
from anlan.messaging.models import Message
from anlan.places.identity import WORLD_KEY
from anlan.places.models import Person
from tests.racing import at_once, one_won

from ..conftest import DISTRICT

OTHER = "11/110106/"


def partner(code, kind, organisation="", scope=DISTRICT):
    return Partner.objects.create(
        code=code, name=f"{code}（示例）", kind=kind, organisation_id=organisation or None, phone="100-0002-0001", scope=scope,
        updated_at=clock.real_now(), brings="排涝车 2 台",
    )  # fmt: skip


@pytest.fixture
def water(people):
    return partner("水务抢险", "department", "sjs.water")


@pytest.fixture
def garrison(people):
    return partner("驻地部队", "military")


def agreed(ctx, of, days, **more):
    today = localtime(clock.real_now()).date()
    said = {
        "subject": "排涝增援", "promise": "排涝车 2 台、操作手 6 人", "signed_on": (today - timedelta(days=300)).isoformat(),
        "valid_until": (today + timedelta(days=days)).isoformat(), "answer_min": "5", "arrive_min": 40,
    }  # fmt: skip
    return record_agreement(ctx, partner=of, **{**said, **more})


def test_a_request_runs_from_its_asking_to_its_end_and_stands_in_the_story(call, acting, at, water, garrison):
    at("13:00")
    duty, chief, pump = acting("zhibanyuan"), acting("zhibanzhang"), acting("shuiwu")
    agreed(acting("daiban", REAL), water, 200)
    asked = {"what": "排涝车", "authority": "带班领导同意"}
    far = partner("邻区", "region", scope=OTHER)
    for wrong, field in (
        ({"what": " "}, "what"),
        ({"authority": ""}, "authority"),
        ({"until": acting("zhibanyuan").now()}, "until"),
    ):
        with pytest.raises(BadInput) as refused:
            ask_partner(duty, partner=water, incident=call, **{**asked, **wrong})
        assert refused.value.field == field
    with pytest.raises(BadInput):
        ask_partner(duty, partner=water, **asked)
    with pytest.raises(NotFound):
        ask_partner(duty, partner=far, incident=call, **asked)
    with pytest.raises((NotAllowed, NotFound)):
        ask_partner(pump, partner=water, incident=call, **asked)
    assert CooperationRequest.everything.count() == 0, "what was refused left nothing behind"

    made = ask_partner(
        duty, partner=water, incident=call, amount="2 台", until=duty.now() + timedelta(hours=3), **asked
    )
    assert (made.answer_min, made.arrive_min, made.agreement.subject) == (5, 40, "排涝增援"), (
        "the clock is the agreement's"
    )
    assert "5 分钟内答复" in Message.everything.get(about_id=made.pk).text
    with pytest.raises(NotFound):
        queries.request(acting("gongan"), made.pk)

    at("13:06")
    pass_due(), drain()
    assert "超时" in Message.everything.filter(about_id=made.pk).order_by("-pk").first().text
    at("13:07")
    with pytest.raises(BadInput):
        take_step(acting("shuiwu"), made, "answer", {"extent": "maybe", "text": "x"})
    take_step(
        acting("shuiwu"), made, "answer", {"extent": "partly", "text": "排涝车 1 台，另一台在修", "minutes": "30"}
    )
    assert (made.state, made.extent, made.eta_min, made.means) == ("promised", "partly", 30, "app")
    at("13:15")
    take_step(acting("shuiwu"), made, "depart", {})
    at("13:35")
    take_step(acting("zhibanyuan"), made, "arrive", {"text": "1 台 3 人"})
    assert made.due_at == made.until, "who has come is let go in time"
    at("15:00")
    take_step(acting("zhibanyuan"), made, "end", {"result": "抽排完毕，人员撤离"})
    speed = queries.speeds(chief, [water])[water.pk]
    assert (speed.asked, speed.answer, speed.arrive, speed.late) == (1, 7.0, 35.0, 1), (
        "answered two minutes later than agreed"
    )

    other = ask_partner(duty, partner=garrison, incident=call, what="官兵 30 人", authority="总指挥同意")
    assert (other.owner_role, other.agreement, other.answer_min) == ("duty_officer", None, 30)
    take_step(duty, other, "note_refusal", {"reason": "正在执行任务", "who": "作战值班员", "means": "phone"})
    assert "作战值班员" in other.answered_by
    assert other.state == "refused"
    told = [item.text for item in timeline(duty, call)]
    assert any("请求协同：水务抢险（示例）：排涝车 2 台" in text for text in told)
    assert any("抽排完毕" in text for text in told)
    assert any("正在执行任务" in text for text in told)


def test_two_who_answer_at_once_are_one_answer_and_the_end_of_the_incident_ends_what_has_not_begun(
    call, acting, at, water, garrison
):
    at("13:00")
    duty = acting("zhibanyuan")
    made = ask_partner(duty, partner=water, incident=call, what="排涝车", authority="带班领导同意")
    waiting = ask_partner(duty, partner=garrison, incident=call, what="官兵", authority="总指挥同意")
    take_step(acting("shuiwu"), made, "answer", {"extent": "full", "text": "两台"})
    take_step(acting("shuiwu"), made, "depart", {})
    lapse_with_incident(system("test", world=duty.world), incident=str(call.pk))
    states = {r.pk: r.state for r in CooperationRequest.everything.all()}
    assert states == {made.pk: "on_way", waiting.pk: "withdrawn"}, "who is on the way is let go by hand"


@pytest.mark.django_db(transaction=True)
def test_yes_and_no_at_the_same_moment_are_one_answer(call, acting, at, water):
    at("13:00")
    made = ask_partner(acting("zhibanyuan"), partner=water, incident=call, what="排涝车", authority="带班领导同意")
    fresh = CooperationRequest.everything.get(pk=made.pk), CooperationRequest.everything.get(pk=made.pk)
    came = at_once(
        lambda: take_step(acting("shuiwu"), fresh[0], "answer", {"extent": "full", "text": "两台"}),
        lambda: take_step(
            acting("zhibanyuan"), fresh[1], "note_refusal", {"reason": "无车", "who": "调度", "means": "phone"}
        ),
    )
    won, lost = one_won(came)
    assert isinstance(lost, Conflict)
    assert CooperationRequest.everything.get(pk=made.pk).state == won.state


def test_an_agreement_is_reviewed_by_itself_before_it_ends(people, acting, water, tmp_path):
    from django.core.files.uploadedfile import SimpleUploadedFile

    lead, office = acting("daiban", REAL), acting("zhibanzhang", REAL)
    with pytest.raises(NotAllowed):
        agreed(acting("gucheng", REAL), water, 100)
    for wrong, field in (({"signed_on": "昨天"}, "signed_on"), ({"valid_until": "2020-01-01"}, "valid_until"),
                         ({"valid_until": "9999-12-31"}, "valid_until"),
                         ({"answer_min": "9" * 9}, "answer_min"),
                         ({"arrive_min": "0"}, "arrive_min"), ({"subject": ""}, "subject")):  # fmt: skip
        with pytest.raises(BadInput) as refused:
            agreed(lead, water, 100, **wrong)
        assert refused.value.field == field
    paper = SimpleUploadedFile("协议.pdf", b"%PDF-1.4\n%%EOF\n", "application/pdf")
    made = agreed(lead, water, 61, papers=[paper])
    assert Attachment.everything.get(object_id=str(made.pk)).labels == ["paper"]
    pass_due(), drain()
    made.refresh_from_db()
    assert made.state == "in_force", "sixty-one days before its end nothing is owed"
    soon = agreed(lead, water, 40, subject="演练协议")
    pass_due(), drain()
    soon.refresh_from_db()
    assert soon.state == "reviewing", "its review is due by itself"
    with pytest.raises(BadInput):
        take_step(office, soon, "renew", {"until": "2020-01-01", "found": "属实"})
    until = date.today() + timedelta(days=800)
    for number in [uuid.uuid4()] * 2:  # sent twice, held once
        record_drill(lead, agreement=soon, on=date.today().isoformat(), text="夜间排涝，35 分钟到场", request=number)
    with pytest.raises(BadInput):
        record_drill(lead, agreement=soon, on=until.isoformat(), text="还没办")
    with pytest.raises(Conflict):
        record_drill(acting("daiban"), agreement=soon, on=date.today().isoformat(), text="演练里不能改")
    soon = take_step(office, soon, "renew", {"until": until.isoformat(), "found": "联系人已换"})
    assert (soon.state, soon.valid_until, len(Agreement.everything.get(pk=soon.pk).drills)) == ("in_force", until, 1)
    assert not soon.holds(clock.real_now() + timedelta(days=900))


def test_the_pages(call, exercise, acting, at, water, garrison):
    at("13:00")
    PartnerContact.objects.create(
        code="c1",
        partner=garrison,
        post="作战值班室",
        phone="100-0002-0002",
        scope=DISTRICT,
        updated_at=clock.real_now(),
    )
    agreed(acting("daiban", REAL), water, 200)

    def browser(username):
        client = Client()
        client.force_login(Person.objects.get(username=username))
        session = client.session
        session[WORLD_KEY] = str(exercise.pk)
        session.save()
        return client

    desk, pump, other = browser("zhibanyuan"), browser("shuiwu"), browser("gongan")
    board = desk.get("/cooperation/").content.decode()
    assert "军地协同" in board
    assert "作战值班室 100-0002-0002" in board
    assert "作战值班室" not in pump.get("/cooperation/").content.decode(), "a partner sees its own requests only"
    assert desk.get(f"/incidents/{call.pk}/cooperation/").status_code == 200
    form = f"/cooperation/requests/new/?incident={call.pk}"
    assert "驻地部队" in desk.get(form).content.decode()
    assert pump.get(form).status_code == 403
    assert desk.post(form, {"incident": call.pk, "what": "车", "authority": "同意"}).status_code == 422
    sent = {"incident": call.pk, "partner": str(water.pk), "what": "排涝车", "authority": "带班领导同意", "until": ""}
    assert desk.post(form, sent).status_code == 302
    made = CooperationRequest.everything.get()
    mine = pump.get(made.get_absolute_url()).content.decode()
    assert "答应" in mine
    assert "请求" in pump.get("/cooperation/").content.decode()
    assert other.get(made.get_absolute_url()).status_code == 404
    assert pump.get(f"/cooperation/partners/{garrison.pk}/").status_code == 404
    assert "排涝增援" in desk.get(f"/cooperation/partners/{water.pk}/").content.decode()
    assert "排涝车 2 台" in desk.get(Agreement.everything.get().get_absolute_url()).content.decode()
    assert desk.get(f"/cooperation/partners/{water.pk}/agreements/new/").status_code == 403
    assert Incident.everything.get(pk=call.pk).is_open
