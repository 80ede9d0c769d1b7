"""Consultations that nobody has to think of, and calling one from the page of a signal or warning."""

from datetime import date, datetime, timedelta

import pytest
from django.test import Client
from django.utils.timezone import get_default_timezone

from anlan.analysis.models import Signal
from anlan.command.consultation.reactions import propose_for_warning
from anlan.command.consultation.scheduling import asks_for, days_before, holidays_in, propose_scheduled
from anlan.command.consultation.services import convene_consultation, give_guidance
from anlan.command.models import Consultation, ConsultationRule, KeyPeriod, Task
from anlan.events.warning import WarningReceived
from anlan.kernel import clock
from anlan.kernel.context import system
from anlan.kernel.days import Day
from anlan.kernel.loops import open_record
from anlan.kernel.loops.stepping import take_step
from anlan.kernel.loops.todo import todos
from anlan.places.identity import WORLD_KEY
from anlan.places.models import Person
from anlan.places.queries import region
from anlan.warning.models import Notice
from tests.racing import at_once

from ..conftest import DISTRICT


def rule(code, **said):
    return ConsultationRule.objects.create(code=code, scope=DISTRICT, updated_at=clock.real_now(), **said)


def test_a_run_of_days_off_is_a_holiday_when_one_of_them_is_named():
    def days(*said):
        return [Day(date(2016, 9, 10) + timedelta(days=n), off, name) for n, (off, name) in enumerate(said)]

    off, work = (True, ""), (False, "")
    assert holidays_in(days(off, off, work)) == [], "a weekend is none"
    found = holidays_in(days(work, (True, "中秋节"), off, off, (False, "调休上班"), off))
    assert [(h.name, h.first.day, h.days) for h in found] == [("中秋节", 11, 3)]
    assert holidays_in(days(off, (True, "国庆节")))[0].first.day == 10, "it begins with its first day off"
    assert holidays_in([]) == []


def test_before_a_holiday_and_a_key_period_the_office_has_it_to_do_once(people, acting, exercise, clock_to):
    zone = get_default_timezone()
    ctx = system("test", world=exercise.pk)

    def on(day, hour=9):
        clock_to(datetime(2016, 9, day, hour, tzinfo=zone))
        return propose_scheduled(system("test", world=exercise.pk))

    KeyPeriod.objects.create(
        name="重要会议", since=date(2016, 9, 14), until=date(2016, 9, 20), scope=DISTRICT, updated_at=clock.real_now()
    )
    assert on(10) == [], "four days before nothing is proposed yet"
    made = on(11)
    assert [c.title for c in made] == ["重要会议前会商"]
    made = on(12)
    assert [(c.title, c.about_type) for c in made] == [("中秋节节前会商", "command.holiday")], "2016-09-15 to 17"
    assert made[0].convene_by == datetime(2016, 9, 14, 17, tzinfo=zone) == made[0].due_at
    assert on(13) == [], "each once"
    office, chief = acting("fangban"), acting("zhibanzhang")
    for person in (office, chief):
        assert {str(t.record) for t in todos(person).items} >= {"中秋节节前会商", "重要会议前会商"}
    found = Consultation.everything.get(about_type="command.holiday")
    take_step(office, found, "drop", {"reason": "与全市会商合并"})
    assert on(14) == [], "what the office has answered is not asked again"
    assert ctx.world == exercise.pk

    rule("h", occasion="holiday", days_before=10)
    rule("p", occasion="period", off=True)
    assert (days_before(region("110107000000"), "holiday"), days_before(region("110107000000"), "period")) == (10, 0)
    assert [c.title for c in on(25)] == ["国庆节节前会商"]


@pytest.mark.django_db(transaction=True)
def test_two_who_look_at_the_calendar_at_once_propose_one(people, exercise, clock_to):
    clock_to(datetime(2016, 9, 13, 9, tzinfo=get_default_timezone()))
    at_once(*[lambda: propose_scheduled(system("test", world=exercise.pk))] * 2)
    assert Consultation.everything.filter(about_type="command.holiday").count() == 1


def test_the_region_says_which_warnings_ask_for_one(people, exercise, at):
    at("12:10")
    place = region("110107000000")
    assert [asks_for(place, "rainstorm", c) for c in ("white", "blue", "yellow", "orange", "red")] == [
        False, False, False, True, True,
    ]  # fmt: skip
    rule("any", occasion="warning", color="red")
    rule("rain", occasion="warning", hazard="rainstorm", color="yellow")
    rule("heat", occasion="warning", hazard="heat", off=True)
    assert asks_for(place, "rainstorm", "yellow")
    assert not asks_for(place, "gale", "orange")
    assert not asks_for(place, "heat", "red")
    ctx = system("test", world=exercise.pk)
    for number, (hazard, color) in enumerate((("rainstorm", "yellow"), ("gale", "orange"))):
        propose_for_warning(ctx, WarningReceived(
            warning=f"w-{number}", identifier=f"w-{number}", hazard=hazard, color=color, action="issue", issuer="区气象台", sent_at="",
            headline=hazard, regions=["110107"],
        ))  # fmt: skip
    assert [c.about_id for c in Consultation.everything.all()] == ["w-0"]


def test_one_is_called_from_the_page_of_a_signal_and_of_a_warning_in_two_presses(people, exercise, acting, at):
    at("12:30")
    ctx = system("test", world=exercise.pk)
    signal = open_record(
        ctx, Signal, scope="11/110107/110107004/", criterion="rain_3h", criterion_zh="3小时雨量", scheme="warning", hazard="rain",
        place_key="station:a", level="orange", peak="orange", rank=3, words="橙色", text="古城 3 小时雨量 55 毫米，达到橙色标准",
        clause="示例", since=ctx.now(), at=ctx.now(),
    )  # fmt: skip
    notice = open_record(
        ctx,
        Notice,
        scope=DISTRICT,
        key="k",
        headline="暴雨橙色预警信号",
        hazard="rainstorm",
        color="orange",
        level=2,
        sent_at=ctx.now(),
    )
    client = Client()

    def sign_in(username):
        client.force_login(Person.objects.get(username=username))
        session = client.session
        session[WORLD_KEY] = str(exercise.pk)
        session.save()

    sign_in("zhibanzhang")
    for record, title in ((signal, "古城 3 小时雨量 55 毫米，达到橙色标准会商"), (notice, "暴雨橙色预警信号会商")):
        form = f"/consultations/new/?about={record.loop.key}:{record.pk}"
        assert form.replace(":", "%3A", 1) in client.get(record.get_absolute_url()).content.decode()
        assert title in client.get(form).content.decode()
        about = f"{record.loop.key}:{record.pk}"
        assert client.post("/consultations/new/", {"about": about, "title": title}).status_code == 302
        made = Consultation.everything.get(about_id=str(record.pk))
        assert (made.region.code, made.state, made.about_url) == ("110107000000", "convened", record.get_absolute_url())
        assert client.post("/consultations/new/", {"about": about, "title": title}).status_code == 409
        assert made.get_absolute_url() in client.get(record.get_absolute_url()).content.decode(), (
            "there is one: it is opened"
        )
    for wrong in ("analysis.signal:x", f"command.incident:{signal.pk}", "x"):
        assert client.get(f"/consultations/new/?about={wrong}").status_code == 404
    sign_in("shuiwu")
    assert "/consultations/new/" not in client.get(notice.get_absolute_url()).content.decode()


def test_what_became_of_the_guidance_stands_on_the_page(call, page, acting, at):
    at("13:00")
    chief = acting("zhibanzhang")
    made = convene_consultation(chief, incident=call)
    give_guidance(chief, consultation=made, text="桥下断路", organisations=["sjs.police"], minutes=30)
    give_guidance(chief, consultation=made, text="抽排积水", organisations=["sjs.water"], minutes=30)
    client = page("zhibanzhang")
    assert "2 项，2 项未完成" in client.get(made.get_absolute_url()).content.decode()
    take_step(chief, Task.everything.get(text="桥下断路"), "cancel", {"reason": "已由交警处置"})
    assert "2 项，1 项未完成" in client.get(made.get_absolute_url()).content.decode()
