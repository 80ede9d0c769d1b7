"""A commission meets: it is called, its members answer, the minutes are signed, what was decided is done and can be followed."""

from datetime import timedelta

import pytest
from django.test import Client

from anlan.command.headquarters.services import set_up_headquarters
from anlan.command.meetings import queries
from anlan.command.meetings.deciding import add_decision, drop_decision, write_minutes
from anlan.command.meetings.papers import minutes_of
from anlan.command.meetings.services import call_meeting, hold_meeting
from anlan.command.models import Headquarters, Meeting, MeetingDecision, MeetingSeat, Task
from anlan.kernel.documents import Items
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from anlan.kernel.ids import new_id
from anlan.kernel.loops.stepping import take_step
from anlan.kernel.worlds import REAL
from anlan.places.identity import WORLD_KEY
from anlan.places.models import Person


@pytest.fixture
def flood(acting, at):
    """The flood headquarters of the district, set up; the time is one in the afternoon."""
    set_up_headquarters(acting("daiban", world=REAL), template="p1_21_9_x", region="110107000000")
    at("13:00")
    return Headquarters.everything.select_related("office").get(code__endswith=".flood")


def called(ctx, body, **given):
    told = {"title": "汛前准备会议", "agenda": ["听取泵站检修情况", "部署汛前检查"], "place": "区应急指挥中心"}
    return call_meeting(ctx, headquarters=body, **{"starts_at": ctx.now() + timedelta(hours=4), **told, **given})


def seat_of(made, name):
    return MeetingSeat.everything.select_related("meeting").filter(meeting=made, name__contains=name).first()


def test_what_a_commission_decides_goes_out_with_the_signature_and_can_be_followed(flood, acting, at):
    office, chief, police = acting("fangban"), acting("zhihuizhang"), acting("gongan")
    for wrong, field in (({"title": " "}, "title"), ({"agenda": [" "]}, "agenda"), ({"starts_at": office.now()}, "starts_at"),
                         ({"place": ""}, "place"), ({"organisations": ["hd.water"]}, "organisations")):  # fmt: skip
        with pytest.raises(BadInput) as refused:
            called(office, flood, **wrong)
        assert refused.value.field == field
    with pytest.raises(NotAllowed):
        called(police, flood)
    number = new_id()
    made = called(office, flood, organisations=["sjs.water"], request=number)
    assert called(office, flood, request=number).pk == made.pk, "a form that is sent twice calls once"
    assert MeetingSeat.everything.get(meeting=made, name__contains="水务").title == "列席"
    keys = [k for s in MeetingSeat.everything.filter(meeting=made) for k in s.owner_keys]
    assert len(keys) == len(set(keys)), "who holds two seats is asked once"

    water, seat = acting("shuiwu"), seat_of(made, "水务")
    assert [s.pk for s in queries.seats_of(water, made)] == [seat.pk], "a member sees its own answer only"
    take_step(water, seat, "accept", {"who": "张工"})
    away = seat_of(made, "公安")
    take_step(police, away, "excuse", {"reason": "另有重要任务"})
    with pytest.raises(NotFound):
        Meeting.objects.get_visible(acting("gucheng"), pk=made.pk)

    at("17:10")
    office, chief = acting("fangban"), acting("zhihuizhang")
    with pytest.raises(Conflict):
        write_minutes(office, meeting=made, text="还没开会")
    with pytest.raises(BadInput):
        hold_meeting(office, meeting=made, chair="指挥长", present={str(away.pk): ""})
    assert Meeting.everything.get(pk=made.pk).state == "called", "what was refused left nothing behind"
    made = hold_meeting(office, meeting=made, chair="指挥长", present={str(seat.pk): ""})
    assert {s.state for s in MeetingSeat.everything.filter(meeting=made)} == {"present", "excused", "absent"}
    assert MeetingSeat.everything.get(pk=seat.pk).attendant == "张工"

    with pytest.raises(BadInput):
        take_step(office, made, "submit", {})
    write_minutes(office, meeting=made, text="会议听取了汇报。\n会议要求抓紧检修。")
    later = office.now() + timedelta(days=10)
    for wrong, field in (
        ({"due_at": None}, "due_at"),
        ({"organisations": []}, "organisations"),
        ({"text": ""}, "text"),
    ):
        with pytest.raises(BadInput) as refused:
            add_decision(
                office, meeting=made, **{"text": "检修泵站", "organisations": ["sjs.water"], "due_at": later, **wrong}
            )
        assert refused.value.field == field
    first = add_decision(office, meeting=made, text="检修泵站", organisations=["sjs.water", "sjs.police"], due_at=later)
    assert (
        add_decision(office, meeting=made, text="检修泵站", organisations=["sjs.water", "sjs.police"], due_at=later).pk
        == first.pk
    )
    kept = add_decision(office, meeting=made, text="原则同意汛期值守方案")
    gone = add_decision(office, meeting=made, text="写错的一项")
    drop_decision(office, decision=gone)
    assert not queries.decisions_of(water, made), "a draft is not shown to members"
    take_step(office, made, "submit", {})
    with pytest.raises(Conflict):
        add_decision(office, meeting=made, text="报签后再加")
    with pytest.raises(NotAllowed):
        take_step(office, made, "sign", {})
    assert not Task.everything.exists()

    made = take_step(chief, Meeting.everything.select_related("headquarters").get(pk=made.pk), "sign", {})
    assert (made.number, made.year, made.state) == (1, 2016, "signed")
    tasks = list(Task.everything.select_related("organisation").order_by("organisation_id"))
    assert [(t.text, t.due_from_plan) for t in tasks] == [("检修泵站", later)] * 2
    assert tasks[0].instruction.source == "meeting"
    rows = queries.followed(office, queries.decisions(office, undone=True))
    assert [(r.decision.pk, r.tally.total, r.tally.done) for r in rows] == [(first.pk, 2, 0)]
    assert {d.pk for d in queries.decisions(office)} == {first.pk, kept.pk}
    for task in tasks:
        own = acting("shuiwu" if task.organisation_id == "sjs.water" else "gongan")
        take_step(own, task, "acknowledge", {})
        take_step(own, Task.everything.get(pk=task.pk), "finish", {"text": "已完成"})
    assert not queries.decisions(office, undone=True).exists()
    shown = minutes_of(made, queries.all_seats(made), [f.decision for f in queries.decisions_of(office, made)])
    assert shown.serial == "〔2016〕1号"
    said = [i for b in shown.body if isinstance(b, Items) for i in b.items]
    assert any("检修泵站" in i and "水务" in i and "前完成" in i for i in said)
    assert not any("写错的一项" in i for i in said)


def test_a_signature_whose_order_cannot_be_given_signs_nothing(flood, acting, at):
    office = acting("fangban")
    made = called(office, flood, organisations=["sjs.water"])
    at("17:10")
    office = acting("fangban")
    seat = seat_of(made, "水务")
    made = hold_meeting(office, meeting=made, chair="指挥长", present={str(seat.pk): "张工"})
    write_minutes(office, meeting=made, text="会议要求。")
    add_decision(
        office, meeting=made, text="先做", organisations=["sjs.water"], due_at=office.now() + timedelta(days=2)
    )
    add_decision(
        office, meeting=made, text="一小时内做", organisations=["sjs.water"], due_at=office.now() + timedelta(hours=1)
    )
    take_step(office, made, "submit", {})
    at("19:00")
    with pytest.raises(BadInput) as refused:
        take_step(acting("zhihuizhang"), Meeting.everything.get(pk=made.pk), "sign", {})
    assert "第 2 项" in refused.value.message
    assert Meeting.everything.get(pk=made.pk).state == "submitted"
    assert not Task.everything.exists()
    back = take_step(acting("zhihuizhang"), Meeting.everything.get(pk=made.pk), "return", {"reason": "时限已过"})
    assert back.owner_keys == back.office_keys


def test_a_cancelled_meeting_releases_whoever_was_called(flood, acting):
    office = acting("fangban")
    made = called(office, flood)
    take_step(office, made, "cancel", {"reason": "改期"})
    assert {s.state for s in MeetingSeat.everything.filter(meeting=made)} == {"released"}


def test_the_pages(flood, call, acting, exercise, at):
    at("13:00")

    def browser(username):
        client = Client()
        client.force_login(Person.objects.get(username=username))
        session = client.session
        session[WORLD_KEY] = str(exercise.pk)
        session.save()
        return client

    desk, water, street, other = browser("fangban"), browser("shuiwu"), browser("gucheng"), browser("jiuyuan")
    assert flood.name in desk.get(f"/meetings/new/?body={flood.pk}").content.decode()
    assert other.get("/meetings/new/").status_code == 403
    form = {
        "body": flood.pk,
        "title": "汛前会议",
        "starts_at": "2016-07-20T18:00",
        "agenda": "一\n二",
        "place": "指挥中心",
        "organisations": ["sjs.water"],
    }
    assert desk.post("/meetings/new/", {**form, "starts_at": "later"}).status_code == 422
    assert desk.post("/meetings/new/", form).status_code == 302
    made = Meeting.everything.get()
    page = f"/meetings/{made.pk}/"
    seat = seat_of(made, "水务")
    assert "登记到会" in desk.get(page).content.decode()
    text = water.get(page).content.decode()
    assert "参加" in text
    assert "登记到会" not in text
    assert street.get(page).status_code == 404
    assert water.get(f"{page}minutes.docx").status_code == 404
    assert desk.get(f"{page}notice.docx").status_code == 200
    assert (
        desk.post(f"{page}hold/", {"chair": "指挥长", "present": [str(seat.pk)], f"who-{seat.pk}": "张工"}).status_code
        == 302
    )
    assert desk.post(f"{page}minutes/", {"minutes": "会议内容甲"}).status_code == 302
    assert "会议内容甲" not in water.get(page).content.decode()
    assert (
        desk.post(
            f"{page}decide/", {"text": "议定甲", "organisations": ["sjs.water"], "due_at": "2016-07-25T18:00"}
        ).status_code
        == 302
    )
    wrong = MeetingDecision.everything.create(meeting=made, number=9, text="错项", scope=made.scope, world=made.world)
    assert street.post(f"/meetings/decisions/{wrong.pk}/drop/").status_code == 404
    assert desk.post(f"/meetings/decisions/{wrong.pk}/drop/").status_code == 302
    take_step(acting("fangban"), Meeting.everything.get(), "submit", {})
    take_step(acting("zhihuizhang"), Meeting.everything.get(), "sign", {})
    assert "会议内容甲" in water.get(page).content.decode()
    assert water.get(f"{page}minutes.docx").status_code == 200
    assert "议定甲" in desk.get("/meetings/decisions/").content.decode()
    assert "错项" not in desk.get("/meetings/decisions/?state=all").content.decode()
    assert made.title in desk.get("/meetings/").content.decode()

    shown = desk.get(f"/headquarters/{flood.pk}/").content.decode()
    for said in (call.title, "议定甲", "汛前会议", "防汛", "总指挥"):
        assert said in shown, said
    assert call.title not in other.get(f"/headquarters/{flood.pk}/").content.decode(), "no incident that is not theirs"
    fire = Headquarters.everything.get(code__endswith=".fire")
    assert call.title not in desk.get(f"/headquarters/{fire.pk}/").content.decode(), (
        "an incident belongs to one command"
    )
    sub = Headquarters.everything.get(kind="sub", scope="11/110107/110107004/")
    assert browser("bajiao").get(f"/headquarters/{sub.pk}/").status_code == 404
