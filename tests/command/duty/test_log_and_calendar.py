"""The day by itself, own entries and corrections, papers; the calendar behind a secret address; pages."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from icalendar import Calendar

from anlan.command.duty import log, services
from anlan.command.duty.log import duty_day, log_entries
from anlan.command.models import DutyFeed, Shift
from anlan.kernel.errors import BadInput, NotAllowed, NotFound
from anlan.kernel.loops.stepping import take_step
from anlan.kernel.worlds import REAL
from anlan.places.models import Holding, Person

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")


def test_the_log_writes_itself_and_keeps_what_was_wrong(acting, at, district, call):
    ctx = acting("zhibanyuan")
    at("13:05")
    entry = services.note_log(ctx, region=district, text="区领导来电询问积水情况", kind="call")
    at("13:10")
    services.correct_log(ctx, entry=entry, text="来电的是市防办")
    lines = log_entries(ctx, district, *duty_day(date(2016, 7, 20)))
    assert [line.at for line in lines] == sorted(line.at for line in lines)
    assert any(line.kind == "incident" and "下凹桥积水" in line.text for line in lines)
    own = [line for line in lines if line.own]
    assert [line.text for line in own] == ["区领导来电询问积水情况", "来电的是市防办"]
    assert own[0].corrected_by == ["来电的是市防办"]
    assert own[1].corrects == "区领导来电询问积水情况"
    assert log_entries(ctx, district, *duty_day(date(2016, 7, 21))) == []
    assert not [
        line for line in log_entries(ctx, district, *duty_day(date(2016, 7, 20)), kinds=["own"]) if not line.own
    ]
    with pytest.raises(NotAllowed):
        log_entries(acting("bajiao"), district, *duty_day(date(2016, 7, 20)))
    with pytest.raises(NotAllowed):
        services.note_log(acting("bajiao"), region=district, text="x")
    with pytest.raises(BadInput):
        services.note_log(ctx, region=district, text="  ")
    with pytest.raises(NotFound):
        services.correct_log(acting("bajiao"), entry=entry, text="x")
    # Nothing of the exercise stands in reality's log.
    assert log_entries(acting("zhibanyuan", world=REAL), district, *duty_day(date(2016, 7, 20))) == []


def test_a_day_of_more_than_can_be_read_says_where_it_breaks_off(acting, district, call, monkeypatch):
    ctx, day = acting("zhibanyuan"), duty_day(date(2016, 7, 20))
    monkeypatch.setattr(log, "MOST", 0)
    for lines in (log_entries(ctx, district, *day), log_entries(ctx, district, *day, kinds=["warning"])):
        (broken_off,) = [line for line in lines if line.cut]
        assert "超过 0 条" in broken_off.text
    monkeypatch.setattr(log, "MOST", 20_000)
    assert not any(line.cut for line in log_entries(ctx, district, *day))


def test_many_of_the_same_are_one_line(acting, at, district, call):
    at("12:45")
    from anlan.command.responses.services import issue_tasks

    issue_tasks(
        acting("zhibanzhang"), text="查看积水点", organisations=_bodies(), minutes=30,
        incident=call,
    )  # fmt: skip
    lines = [
        line
        for line in log_entries(acting("zhibanzhang"), district, *duty_day(date(2016, 7, 20)))
        if line.kind == "task"
    ]
    assert [line.count for line in lines] == [5]


def _bodies():
    from anlan.places.models import Organisation

    return list(Organisation.objects.filter(kind="street").values_list("pk", flat=True)[:5])


def coming_month():
    return (datetime.now(ZONE).date().replace(day=1) + timedelta(days=32)).replace(day=1)


@pytest.fixture
def coming(people, district, who, template, settings):
    """A roster of the coming month in reality: all of it lies ahead, whatever day it is."""
    from anlan.places.identity import context_of

    chief, leader = (context_of(who(u)) for u in ("zhibanzhang", "daiban"))
    made = services.begin_roster(chief, region=district, month=coming_month())
    take_step(chief, made, "submit", {})
    take_step(leader, made, "publish", {"accepted": "示例"})
    return made


def test_a_calendar_is_read_by_its_secret_until_it_is_revoked(acting, coming, who):
    ctx = acting("zhibanyuan", world=REAL)
    secret = services.make_feed(ctx)
    client = Client()
    answer = client.get(f"/duty/calendar/{secret}.ics")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/calendar")
    events = Calendar.from_ical(answer.content).walk("VEVENT")
    mine = list(Shift.objects.in_world(ctx).filter(person=who("zhibanyuan")).order_by("starts_at"))
    assert mine
    assert sorted(e.decoded("dtstart") for e in events) == [s.starts_at for s in mine]
    assert {str(e["uid"]) for e in events} == {f"{s.pk}@anlan" for s in mine}
    assert all(line.endswith(b"\r") for line in answer.content.split(b"\n")[:-1])
    assert secret not in str(list(DutyFeed.objects.values()))
    newer = services.make_feed(ctx)
    assert client.get(f"/duty/calendar/{secret}.ics").status_code == 404
    assert services.revoke_feed(ctx) is True
    assert services.revoke_feed(ctx) is False
    assert client.get(f"/duty/calendar/{newer}.ics").status_code == 404
    assert client.get("/duty/calendar/x.ics").status_code == 404
    last = services.make_feed(ctx)
    Person.objects.filter(username="zhibanyuan").update(is_active=False)
    assert client.get(f"/duty/calendar/{last}.ics").status_code == 404


def test_a_shift_lends_the_post_that_its_person_lacks_and_takes_it_back(acting, district, coming, who):
    from anlan.kernel import clock
    from anlan.places.identity import context_of

    seat = Shift.objects.in_world(acting("daiban", world=REAL)).filter(
        person__username__in=("gongan", "shuiwu", "jiuyuan"), role="duty_officer", starts_at__gt=clock.real_now()
    ).select_related("person").order_by("starts_at").first()  # fmt: skip
    person = seat.person
    with clock.fixed(seat.starts_at):
        assert not context_of(person).holds("duty_officer", district.path)
        take_step(context_of(person), seat, "sign_on", {})
        assert context_of(person).holds("duty_officer", district.path)
        assert Holding.objects.get(person=person, post__roles__contains=["duty_officer"]).until > seat.ends_at
    with clock.fixed(seat.ends_at):
        take_step(context_of(who("zhibanzhang")), seat, "sign_off", {"note": "无人接班，值班长代"})
        assert not context_of(person).holds("duty_officer", district.path)


@pytest.fixture
def browser(people):
    def make(username):
        client = Client()
        client.force_login(Person.objects.get(username=username))
        session = client.session
        session["anlan_world"] = str(REAL)
        session.save()
        return client

    return make


def test_the_pages_open_for_whom_they_are_and_for_nobody_else(browser, acting, district, coming):
    chief, officer, street, water = (browser(u) for u in ("zhibanzhang", "zhibanyuan", "bajiao", "shuiwu"))
    day = f"{datetime.now(ZONE):%Y-%m-%d}"
    for address in (
        "/duty/", "/duty/?at=2016-07-20 02:10", "/duty/mine/", "/duty/handovers/", "/duty/log/", f"/duty/log/?day={day}&kind=own",
        "/duty/template/normal/", f"/duty/log/paper.docx?day={day}", f"/duty/rosters/{coming.pk}/sheet.xlsx",
    ):  # fmt: skip
        assert chief.get(address).status_code == 200, address
    assert officer.get("/duty/template/normal/").status_code == 403
    assert street.get(f"/duty/?region={district.short_code}").status_code == 404
    assert street.get(f"/duty/rosters/{coming.pk}/").status_code == 404
    assert water.get("/duty/").status_code == 403
    assert water.get("/duty/mine/").status_code == 200
    assert Client().get("/duty/").status_code == 302
    for month in ("2016-13", "0001-01", "9999-12"):
        assert chief.get(f"/duty/?month={month}").status_code == 422
    assert chief.get("/duty/log/?day=x").status_code == 422


def test_a_draft_is_worked_on_cell_by_cell(browser, acting, district, template):
    chief = browser("zhibanzhang")
    made = services.begin_roster(acting("zhibanzhang", world=REAL), region=district, month=coming_month())
    assert "data-cell" in chief.get(made.get_absolute_url()).content.decode()
    key = services.cells_of(made)[0].key

    def put(cells, client=chief):
        address = f"/duty/rosters/{made.pk}/cells/"
        return client.post(
            address, {"cells": cells}, content_type="application/json", headers={"Accept": "application/json"}
        )

    answer = put({key: "zhibanyuan"})
    assert answer.status_code == 200
    assert answer.json()["cells"][key]["name"] == "区总值班室值班员1（示例）"
    assert put({key: "值班员"}).status_code == 422
    assert "人" in put({key: "值班员"}).json()["message"]
    assert put({"x": ""}).status_code == 422
    assert chief.post(f"/duty/rosters/{made.pk}/cells/", b"[", content_type="application/json").status_code == 422
    assert put({key: ""}, browser("zhibanyuan")).status_code == 403
    assert put({key: ""}).json()["hard"] >= 1


def test_an_exercise_names_who_sits_by_reality_and_leads_to_no_shift_of_it(coming, browser, exercise, clock_to):
    """A shift of reality is not found from within an exercise: its name stands there without a link."""
    clock_to(datetime.combine(coming.month + timedelta(days=10), time(12), ZONE))
    client = browser("zhibanyuan")
    session = client.session
    session["anlan_world"] = str(exercise.pk)
    session.save()
    page = client.get("/duty/").content.decode()
    assert "未签到" in page
    assert "/duty/shifts/" not in page
