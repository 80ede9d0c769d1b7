"""Signing on, somebody else at short notice, swaps between two, handing over: each with what must not happen."""

from __future__ import annotations

import re

import pytest
from django.utils.timezone import localtime

from anlan.command.due import gather
from anlan.command.duty import matters, services
from anlan.command.duty.due import shifts as due_shifts
from anlan.command.duty.queries import absent, on_duty
from anlan.command.dutychecks.queries import unattended
from anlan.command.models import Handover, ReportClock, Shift
from anlan.kernel import clock
from anlan.kernel.context import system
from anlan.kernel.engine.timers import pass_due
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, NotFound, Refused
from anlan.kernel.loops.stepping import take_step
from anlan.kernel.web.nav import nav_for
from anlan.kernel.web.steps import step_url
from anlan.places.identity import WORLD_KEY
from anlan.places.models import Holding, Person

pytestmark = pytest.mark.django_db


def sitting(ctx, district, seat):
    """The shift that runs on a seat by the roster, with its person's sign-in name."""
    shift = next(o.shift for o in on_duty(ctx, district) if o.seat == seat)
    return shift, shift.person.username


def ahead(ctx, person, seat):
    rows = Shift.objects.in_world(ctx).filter(person=person, seat=seat, state="planned", starts_at__gt=ctx.now())
    return rows.select_related("person", "region").order_by("starts_at")


def test_signing_on_in_time_and_by_oneself_only(acting, at, district, roster):
    at("08:40")
    officer, name = sitting(acting("daiban"), district, "officer")
    with pytest.raises(NotAllowed):
        take_step(acting("daiban"), officer, "sign_on", {})
    later = ahead(acting("daiban"), officer.person, "officer").first()
    with pytest.raises(Refused, match="还没到签到时间"):
        take_step(acting(name), later, "sign_on", {})
    take_step(acting(name), officer, "sign_on", {})
    assert officer.signed_on_at == acting("daiban").now()
    assert officer.state == "on_duty"
    with pytest.raises(Refused, match="要交接后才能下班"):
        take_step(acting(name), officer, "sign_off", {})
    chief, _name = sitting(acting("daiban"), district, "chief")
    at("09:40")
    pass_due(), pass_due()
    chief.refresh_from_db()
    assert chief.is_late(acting("daiban").now())
    assert chief.rung >= 2


def test_substitution_before_and_halfway_through_a_shift(acting, at, district, roster, who):
    at("07:00")
    chief = acting("zhibanzhang")
    shift = ahead(chief, who("zhibanyuan"), "officer").first()
    taken = ahead(chief, who("gongan"), "officer").filter(starts_at=shift.starts_at)
    assert not taken.exists()
    free = next(
        Person.objects.get(username=u) for u in ("zhibanyuan2", "shuiwu", "jiuyuan", "gongan", "gucheng")
        if not Shift.objects.in_world(chief).filter(person__username=u, starts_at__lt=shift.ends_at, ends_at__gt=shift.starts_at).exists()
    )  # fmt: skip
    with pytest.raises(NotAllowed):
        services.substitute(acting("zhibanyuan"), shift=shift, to=free, reason="病假")
    with pytest.raises(BadInput, match="替班原因"):
        services.substitute(chief, shift=shift, to=free, reason=" ")
    busy = next(o.person for o in on_duty(chief, district, shift.starts_at) if o.seat == "leader")
    with pytest.raises(Conflict, match="那时已有班"):
        services.substitute(chief, shift=shift, to=busy, reason="病假")
    now = services.substitute(chief, shift=shift, to=free, reason="病假")
    assert (now.person, now.planned_person, now.why_changed) == (free, who("zhibanyuan"), "病假")
    # Halfway: what was sat stays as it was, the rest is somebody else's.
    local = localtime(shift.starts_at)
    at(f"{local:%H:%M}", day=local.day)
    take_step(acting(free.username), now, "sign_on", {})
    at(f"{local.hour + 2:02d}:10", day=local.day)
    rest = services.substitute(acting("zhibanzhang"), shift=now, to=who("zhibanyuan"), reason="急病送医")
    now.refresh_from_db()
    assert now.state == "over"
    assert now.ended_at == rest.starts_at
    assert rest.person == who("zhibanyuan")
    at(f"{local.hour + 1:02d}:00", day=local.day)
    earlier = acting("daiban").now()
    at(f"{local.hour + 3:02d}:00", day=local.day)
    chief = acting("zhibanzhang")
    assert next(o.person for o in on_duty(chief, district, earlier) if o.seat == "officer") == free
    assert [o.person for o in on_duty(chief, district) if o.seat == "officer"] == [who("zhibanyuan")]


def pair(ctx, district, who):
    """A shift of zhibanyuan and a later one of zhibanyuan2 that can be exchanged."""
    for mine in ahead(ctx, who("zhibanyuan"), "officer"):
        for other in ahead(ctx, who("zhibanyuan2"), "officer"):
            return mine, other
    raise AssertionError


def test_a_swap_goes_round(acting, at, district, roster, who):
    at("07:00")
    mine, other = pair(acting("daiban"), district, who)
    with pytest.raises(NotAllowed):
        services.ask_swap(acting("zhibanyuan2"), shift=mine, to=who("gongan"), reason="x")
    swap = services.ask_swap(acting("zhibanyuan"), shift=mine, other=other, reason="孩子开学")
    with pytest.raises(Conflict, match="已有换班申请"):
        services.ask_swap(acting("zhibanyuan"), shift=mine, other=other, reason="再来")
    with pytest.raises(NotAllowed):
        take_step(acting("zhibanyuan"), swap, "agree", {})
    take_step(acting("zhibanyuan2"), swap, "agree", {})
    with pytest.raises(NotAllowed):
        take_step(acting("zhibanyuan2"), swap, "approve", {})
    take_step(acting("zhibanzhang"), swap, "approve", {})
    mine.refresh_from_db(), other.refresh_from_db()
    assert (mine.person, other.person) == (who("zhibanyuan2"), who("zhibanyuan"))
    assert mine.owner_keys == [who("zhibanyuan2").key]
    with pytest.raises(Conflict):
        take_step(acting("daiban"), swap, "approve", {})


def test_a_swap_with_somebody_who_left_or_a_shift_given_away(acting, at, district, roster, who):
    at("07:00")
    mine, other = pair(acting("daiban"), district, who)
    swap = services.ask_swap(acting("zhibanyuan"), shift=mine, other=other, reason="有事")
    take_step(acting("zhibanyuan2"), swap, "agree", {})
    Person.objects.filter(username="zhibanyuan2").update(is_active=False)
    with pytest.raises((Refused, BadInput), match="停用"):
        take_step(acting("zhibanzhang"), swap, "approve", {})
    mine.refresh_from_db()
    assert mine.person == who("zhibanyuan")
    with pytest.raises(NotAllowed):
        services.withdraw_swap(acting("zhibanzhang"), swap=swap)
    services.withdraw_swap(acting("zhibanyuan"), swap=swap, reason="对方已调走")
    with pytest.raises(BadInput, match="不在本地区任职"):
        services.ask_swap(acting("zhibanyuan"), shift=mine, other=other, reason="有事")


def test_a_handover_names_everything_and_stands_as_it_stood(acting, at, district, roster, call, page):
    """The call of 12:41 is open when the officer of the day goes: named, ticked, signed, taken over in the evening."""
    at("08:35")
    officer, day = sitting(acting("daiban"), district, "officer")
    take_step(acting(day), officer, "sign_on", {})
    at("20:25")
    night = Shift.objects.in_world(acting("daiban")).get(region=district, seat="officer", starts_at=officer.ends_at)
    name = night.person.username
    ctx = acting(day)
    with pytest.raises(NotAllowed, match="不在班上"):
        services.begin_handover(acting("zhibanzhang"), region=district)
    for who, begins in ((day, True), ("zhibanzhang", False)):
        assert services.may_begin(acting(who), district) is begins
        assert (">开始交班</button>" in page(who).get("/duty/handovers/").content.decode()) is begins
    paper = services.begin_handover(ctx, region=district)
    with pytest.raises(Conflict):
        services.begin_handover(ctx, region=district)
    items = services.items_of(ctx, paper)
    assert any(i["kind"] == "command.incident" and call.title in i["title"] for i in items)
    assert any(i["kind"] == "command.report_clock" for i in items)
    with pytest.raises(Refused, match="没有交代"):
        take_step(ctx, paper, "sign", {})
    told = {i["key"] for i in items}
    words = {items[0]["key"]: "水务局 21 时回话"}
    with pytest.raises(NotAllowed):
        services.mark_items(acting(name), handover=paper, told=told, words={}, remarks="")
    services.mark_items(ctx, handover=paper, told=told, words=words, remarks="钥匙在抽屉")
    take_step(ctx, paper, "sign", {})
    with pytest.raises(NotAllowed):
        take_step(ctx, paper, "take", {})
    with pytest.raises(NotAllowed, match="不是您"):
        take_step(acting("zhibanzhang"), paper, "take", {})
    # The button stands with who is on the shift that takes over, and with nobody else; the desk says so too.
    steps = step_url(paper, "take")
    for who, takes in ((name, True), (day, False), ("zhibanzhang", False), ("daiban", False)):
        assert services.may_take(acting(who), paper) is takes
        shown = page(who).get(paper.get_absolute_url()).content.decode()
        assert (steps in shown) is takes, who
        assert any("接班签字" in row.text for row in gather(acting(who)).rows) is takes
    before = [dict(i) for i in paper.items]
    take_step(acting(name), paper, "return", {"reason": "泵车到位没有"})
    paper.refresh_from_db()
    assert paper.state == "drafted"
    assert paper.outgoing_signed_at is None, "what was given back is not signed"
    take_step(acting(day), paper, "sign", {})
    take_step(acting(name), paper, "take", {"note": ""})
    officer.refresh_from_db(), night.refresh_from_db(), paper.refresh_from_db()
    assert (officer.state, night.state, paper.state) == ("over", "on_duty", "taken")
    assert paper.incoming_person.username == name
    assert paper.items == before
    assert before[0]["word"] == "水务局 21 时回话"
    assert paper.remarks == "钥匙在抽屉"
    assert Handover.objects.visible_to(acting("bajiao")).count() == 0


def test_what_is_too_much_to_be_named_is_counted_and_told_anew_when_it_grows(acting, district, call, monkeypatch):
    ctx = acting("zhibanyuan")
    clocks = ReportClock.objects.visible_to(ctx).open().filter(scope__startswith=district.path).count()
    monkeypatch.setattr(matters, "MOST", 1)
    kept = [i for i in matters.open_matters(ctx, district) if i["kind"] == "command.report_clock"]
    assert len(kept) == 2
    left = int(re.search(r"另有 (\d+) 项", kept[1]["title"])[1])
    assert 0 < left < clocks
    told = [{**item, "told": True} for item in kept]
    assert all(item["told"] for item in matters.merged(kept, told))
    monkeypatch.setattr(matters, "MOST", 0)
    grown = [i for i in matters.open_matters(ctx, district) if i["kind"] == "command.report_clock"]
    assert [item["told"] for item in matters.merged(grown, told)] == [False]


def test_who_was_relieved_since_the_roster_was_published_takes_no_seat(acting, at, district, roster):
    at("08:35")
    officer, name = sitting(acting("daiban"), district, "officer")
    ctx = acting(name)
    Holding.objects.filter(person=officer.person).update(until=clock.real_now())
    with pytest.raises(NotAllowed, match="没有任职"):
        take_step(ctx, officer, "sign_on", {})
    officer.refresh_from_db()
    assert officer.state == "planned"


def test_without_a_roster_holders_of_the_posts_hand_over(acting, at, district):
    at("08:00")
    with pytest.raises(NotAllowed):
        services.begin_handover(acting("shuiwu"), region=district)
    paper = services.begin_handover(acting("zhibanyuan"), region=district)
    take_step(acting("zhibanyuan"), paper, "sign", {})
    with pytest.raises(NotAllowed):
        take_step(acting("zhibanyuan"), paper, "take", {})
    take_step(acting("zhibanzhang"), paper, "take", {})
    assert paper.state == "taken"
    with pytest.raises(NotFound):
        Handover.objects.get_visible(acting("gucheng"), pk=paper.pk)


def test_a_shift_to_which_nobody_came_is_a_fact_when_it_is_over(acting, at, district, roster, exercise):
    """The chief and the inspection see it; it is explained afterwards, and stands."""
    at("08:40")
    officer, name = sitting(acting("daiban"), district, "officer")
    platform = system("rosters", world=exercise.pk)
    at("20:29")
    services.lapse_shifts(platform)
    officer.refresh_from_db()
    assert officer.state == "planned", "it is not over yet"
    at("20:31")
    assert services.lapse_shifts(platform) >= 1
    officer.refresh_from_db()
    assert (officer.state, officer.is_open) == ("unattended", False)
    chief = acting("zhibanzhang")
    assert officer in absent(chief, district, officer.starts_at)
    assert officer not in [o.shift for o in on_duty(chief, district, officer.starts_at)]
    assert officer in unattended(chief, officer.starts_at.replace(day=1), officer.ends_at)
    assert officer not in unattended(acting("bajiao"), officer.starts_at.replace(day=1), officer.ends_at), (
        "another's room"
    )
    row = next(d for d in due_shifts(chief) if "无人到岗" in d.text)
    assert row.late
    with pytest.raises(Refused, match="已经结束"):
        take_step(acting(name), officer, "sign_on", {})
    with pytest.raises(NotAllowed):
        take_step(acting(name), officer, "account", {"reason": "睡过了"})
    take_step(chief, officer, "account", {"reason": "突发急病，值班长顶班"})
    assert officer.state == "missed"


def test_the_board_opens_where_tonight_is(acting, at, district, roster, client):
    at("12:00")
    client.force_login(Person.objects.get(username="zhibanyuan"))
    session = client.session
    session[WORLD_KEY] = str(roster.world_id)
    session.save()
    days = re.compile(r'<th class="day" scope="row"><span>(\d+)</span>')
    assert days.findall(client.get("/duty/").content.decode())[:2] == ["19", "20"]
    assert days.findall(client.get("/duty/", {"month": "2016-07"}).content.decode())[0] == "1"
    assert days.findall(client.get("/duty/", {"at": "2016-07-05 02:00"}).content.decode())[0] == "4"
    rail = nav_for(acting("zhibanyuan"), "/duty/mine/")
    assert [stage["key"] for stage in rail if stage["active"]] == ["home"], "one place on the rail, not two"
    assert [p["url"] for stage in rail for p in stage["pages"] if p["active"]] == ["/duty/mine/"]


def test_a_shift_offers_only_what_would_be_done(acting, at, district, roster, who, client):
    """Signing on two days ahead is no button; a swap with nobody says so; whoever sees no roster gets no tabs that refuse."""
    at("07:00")
    mine = ahead(acting("zhibanyuan"), who("zhibanyuan"), "officer").last()

    def sign_in(name):
        client.force_login(Person.objects.get(username=name))
        session = client.session
        session[WORLD_KEY] = str(roster.world_id)
        session.save()

    sign_in("zhibanyuan")
    page = client.get(mine.get_absolute_url()).content.decode()
    assert "起可以签到" in page
    assert "/sign_on/" not in page
    refused = client.post(f"{mine.get_absolute_url()}swap/", {"reason": "有事"}, headers={"accept": "application/json"})
    assert (refused.status_code, refused.json()["field"], refused.json()["message"]) == (422, "to", "没有写请谁来值")
    sign_in("gucheng.wangge")
    assert "/duty/handovers/" not in client.get("/duty/mine/").content.decode()
