"""From the template to a published month, and what keeps one from being published."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta

import pytest
from django.utils.timezone import localtime
from openpyxl import load_workbook

from anlan.command.data.duty_rules import duty_rules
from anlan.command.duty import (
    rail,  # noqa: F401 (says who is on duty)
    services,
)
from anlan.command.duty.grid import draft_grid
from anlan.command.duty.queries import on_duty, shift_of
from anlan.command.duty.rest import rules_of
from anlan.command.duty.sheets import roster_sheet, take_sheet
from anlan.command.models import KeyPeriod, Leave, RestRule, Shift
from anlan.kernel import clock
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, NotFound, Refused
from anlan.kernel.loops.stepping import take_step
from anlan.kernel.loops.todo import todos
from anlan.places.models import Person, Region
from anlan.places.queries import on_duty_for

from .conftest import MONTH

pytestmark = pytest.mark.django_db


def draft(acting, at, district, username="zhibanzhang"):
    at("09:00", day=1)
    return services.begin_roster(acting(username), region=district, month=MONTH)


def test_a_month_is_laid_out_published_and_tells_who_sits(acting, at, district, roster, who):
    shifts = Shift.objects.in_world(acting("daiban")).filter(roster=roster)
    # The first day had begun at 08:30: its running shifts are there, and none that is over.
    assert shifts.count() == 31 * 4
    at("12:41")
    seated = on_duty(acting("gucheng"), district)
    assert [o.seat for o in seated] == ["leader", "chief", "officer"]
    assert all(o.starts_at <= acting("daiban").now() < o.ends_at for o in seated)
    assert [p.name for _post, p in on_duty_for(acting("bajiao"), district.path)] == [o.person.name for o in seated]
    officer = seated[2]
    assert shift_of(officer.person, officer.starts_at, ctx=acting("daiban")) == officer.shift
    # A year later the same moment still names the same people.
    then = acting("daiban").now()
    at("12:41", day=31)
    assert [o.person for o in on_duty(acting("daiban"), district, then)] == [o.person for o in seated]
    # A month of shifts ahead is nobody's list of things to do.
    assert todos(acting("zhibanyuan")).by_loop.get("command.shift") is None


def test_it_is_published_by_a_second_person(acting, at, district, template):
    made = draft(acting, at, district, "fangban")
    take_step(acting("fangban"), made, "submit", {})
    with pytest.raises(NotAllowed):
        take_step(acting("fangban"), made, "publish", {"accepted": "x"})
    with pytest.raises(NotAllowed):
        take_step(acting("zhibanyuan"), made, "publish", {"accepted": "x"})
    with pytest.raises(BadInput, match="处提示"):
        take_step(acting("daiban"), made, "publish", {})
    take_step(acting("daiban"), made, "publish", {"accepted": "人手不足"})
    assert made.state == "published"
    assert made.published_by_name == acting("daiban").actor.name
    assert made.noted


def test_a_person_twice_or_a_vacant_seat_keeps_it_from_being_sent(acting, at, district, template, who):
    made = draft(acting, at, district)
    cells = {c.key: c for c in services.cells_of(made)}
    chief, officer = (
        next(k for k in cells if k.startswith("2016-07-20") and seat in k) for seat in ("chief", "officer:0830")
    )
    services.change_cells(acting("zhibanzhang"), roster=made, people={officer: cells[chief].person})
    with pytest.raises(Refused, match="同一时间还排了"):
        take_step(acting("zhibanzhang"), made, "submit", {})
    services.change_cells(acting("zhibanzhang"), roster=made, people={officer: ""})
    with pytest.raises(Refused, match="还没有人"):
        take_step(acting("zhibanzhang"), made, "submit", {})
    assert services.refill(acting("zhibanzhang"), roster=made) == 1
    take_step(acting("zhibanzhang"), made, "submit", {})
    with pytest.raises(Conflict):
        services.change_cells(acting("zhibanzhang"), roster=made, people={officer: ""})


def test_leave_and_key_periods_shape_the_month(acting, at, district, template, who):
    Leave.everything.create(
        person=who("zhibanzhang"), since=date(2016, 7, 1), until=date(2016, 7, 10), kind="leave", note="年假", scope=district.path,
        updated_at="2016-06-01T00:00:00Z",
    )  # fmt: skip
    KeyPeriod.everything.create(
        name="主汛期",
        since=date(2016, 7, 19),
        until=date(2016, 7, 21),
        scope=district.path,
        updated_at="2016-06-01T00:00:00Z",
    )
    strong = [{**s, "count": 2 if s["key"] == "officer" else 1} for s in _seats(district)]
    services.save_template(acting("zhibanzhang"), region=district, kind="strong", seats=strong)
    made = draft(acting, at, district)
    cells = services.cells_of(made)
    assert len(cells) == 31 * 4 + 3 * 2
    mine = [c.day for c in cells if c.person == str(who("zhibanzhang").pk)]
    assert mine
    assert min(mine) > date(2016, 7, 10)


def _seats(district):
    from anlan.command.duty.circumstances import seats_of

    return [s.as_dict() for s in seats_of(district, "normal")]


def test_two_of_one_month(acting, at, district, template, roster):
    """A second draft is refused while one is in work; a second roster replaces what has not begun and leaves what has."""
    at("12:00")
    second = services.begin_roster(acting("zhibanzhang"), region=district, month=MONTH)
    with pytest.raises(Conflict, match="正在编排"):
        services.begin_roster(acting("fangban"), region=district, month=MONTH)
    sitting = {o.shift.pk for o in on_duty(acting("daiban"), district)}
    take_step(acting("zhibanzhang"), second, "submit", {})
    take_step(acting("daiban"), second, "publish", {"accepted": "调整"})
    roster.refresh_from_db()
    assert roster.state == "replaced"
    shifts = Shift.objects.in_world(acting("daiban")).exclude(state="cancelled")
    assert {o.shift.pk for o in on_duty(acting("daiban"), district)} == sitting
    assert set(shifts.filter(starts_at__gt=acting("daiban").now()).values_list("roster", flat=True)) == {second.pk}
    by_seat = list(shifts.values_list("seat", "starts_at"))
    assert len(by_seat) == len(set(by_seat))


def test_somebody_of_another_place_neither_sees_nor_plans(acting, at, district, roster):
    stranger, here = acting("bajiao"), Region.objects.get(path="11/110107/110107003/")
    assert not type(roster).objects.visible_to(stranger).filter(pk=roster.pk).exists()
    with pytest.raises(NotFound):
        services.change_cells(stranger, roster=roster, people={"x": ""})
    with pytest.raises(NotAllowed):
        services.begin_roster(stranger, region=district, month=MONTH)
    assert services.begin_roster(stranger, region=here, month=MONTH).region == here
    # A street without anybody on its own roster shows the district's.
    assert on_duty(stranger, here) == []


def test_who_has_left_cannot_be_put_on_it(acting, at, district, template, who):
    made = draft(acting, at, district)
    gone = who("shuiwu")
    Person.objects.filter(pk=gone.pk).update(is_active=False)
    key = services.cells_of(made)[0].key
    with pytest.raises(BadInput, match="不在本地区任职"):
        services.change_cells(acting("zhibanzhang"), roster=made, people={key: str(gone.pk)})
    if any(c.person == str(gone.pk) for c in services.cells_of(made)):
        with pytest.raises(Refused, match="已不在本地区任职"):
            take_step(acting("zhibanzhang"), made, "submit", {})


def test_out_as_a_sheet_and_in_again(acting, at, district, template, who):
    made = draft(acting, at, district)
    ctx = acting("zhibanzhang")
    cells = services.cells_of(made)
    names = {str(p.pk): p.name for p in Person.objects.all()}
    grid = draft_grid(made, cells, [], names, MONTH)
    content = roster_sheet(grid, "七月")
    assert take_sheet(ctx, roster=made, places=grid.places, content=content, name="a.xlsx") == 0
    book = load_workbook(io.BytesIO(content))
    sheet = book.active
    line = next(r for r in sheet.iter_rows() if getattr(r[0].value, "day", None) == 20)
    line[3].value, line[4].value = "zongzhihui", None
    out = io.BytesIO()
    book.save(out)
    assert take_sheet(ctx, roster=made, places=grid.places, content=out.getvalue(), name="a.xlsx") == 2
    now = {c.key: c.person for c in services.cells_of(made)}
    assert now["2016-07-20:leader:0830:0"] == str(who("zongzhihui").pk)
    assert now["2016-07-20:chief:0830:0"] == ""
    line[5].value = "查无此人"
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(BadInput, match="本地区没有“查无此人”"):
        take_sheet(ctx, roster=made, places=grid.places, content=out.getvalue(), name="a.xlsx")
    with pytest.raises(BadInput):
        take_sheet(ctx, roster=made, places=grid.places, content=b"not a sheet", name="a.xlsx")
    # A heading that somebody shortened is said, and so is a day that is none, the upper line first; nothing has changed.
    line[5].value = None
    sheet.cell(3, 4).value = "带班"
    sheet.cell(9, 1).value, sheet.cell(8, 5).value = "2016-13-45", "查无此人"
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(BadInput, match=r"表头 .*带班.*第 8 行.*第 9 行"):
        take_sheet(ctx, roster=made, places=grid.places, content=out.getvalue(), name="a.xlsx")
    assert {c.key: c.person for c in services.cells_of(made)} == now


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"at": ["08:30", "12:30"], "hours": 8}, "前一班还没结束"),
        ({"at": ["25:00"]}, "看不懂"),
        ({"hours": 30}, "1 到 24"),
        ({"role": "admin"}, "没有这个岗位角色"),
        ({"group": ["00000000-0000-0000-0000-000000000000"]}, "已停用或不存在"),
    ],
)
def test_a_template_that_cannot_work_is_refused(acting, district, wrong, said):
    seat = {
        "key": "officer",
        "name": "值班员",
        "role": "duty_officer",
        "at": ["08:30"],
        "hours": 8,
        "count": 1,
        **wrong,
    }
    with pytest.raises(BadInput, match=said):
        services.save_template(acting("zhibanzhang"), region=district, kind="normal", seats=[seat])


def test_the_clock_of_a_shift_calls_it_to_mind_and_then_tells_the_chief(acting, at, district, roster):
    from anlan.kernel.engine.timers import pass_due

    officer = next(
        o.shift
        for o in on_duty(acting("daiban"), district, roster.published_at + timedelta(days=19))
        if o.seat == "officer"
    )
    begin = localtime(officer.starts_at)
    early = begin - timedelta(minutes=45)
    at(f"{early:%H:%M}", day=early.day)
    pass_due()
    officer.refresh_from_db()
    assert officer.rung == 1
    assert officer.state == "planned"
    late = begin + timedelta(minutes=15)
    at(f"{late:%H:%M}", day=late.day)
    pass_due()
    officer.refresh_from_db()
    assert officer.rung == 2
    assert officer.is_late(acting("daiban").now())


def test_a_shift_of_a_whole_day_says_that_it_ends_on_the_next(district):
    begins = datetime.fromisoformat("2016-07-20T08:30:00+08:00")
    shift = Shift(starts_at=begins, seat_name="值班员", person=Person(name="值班员（示例）"))
    said = {}
    for hours in (9, 24, 48):
        shift.ends_at = begins + timedelta(hours=hours)
        said[hours] = (shift.until, str(shift).split()[1])
    assert said == {9: ("17:30", "08:30—17:30"), 24: ("次日 08:30", "08:30—07-21"), 48: ("07-22 08:30", "08:30—07-22")}


def test_a_region_rules_otherwise_about_rest(acting, district, roster):
    """The nearest word counts, from the month in which it begins; what it does not say stays as shipped."""
    shipped = duty_rules()
    beijing = {"scope": "11/", "source": "市规定（示例）", "since": date(2016, 7, 10), "updated_at": clock.real_now()}
    RestRule.everything.create(shift_hours=24, rest_hours=72, **beijing)
    RestRule.everything.create(shift_hours=16, rest_hours=20, **beijing)
    assert rules_of(district, date(2016, 6, 1)) == shipped
    rules = rules_of(district, MONTH)
    assert [rules.rest_after(h) for h in (24, 16, 12, 6)] == [72, 20, 12, 8]
    before = len([f for f in services.judged(acting("zhibanzhang"), roster) if f.kind == "rest"])
    RestRule.everything.create(
        **{**beijing, "scope": district.path, "since": date(2016, 7, 1)}, shift_hours=24, rest_hours=200
    )
    assert rules_of(district, MONTH).rest_after(24) == 200
    assert len([f for f in services.judged(acting("zhibanzhang"), roster) if f.kind == "rest"]) > before
    city = Region.objects.get(path="11/")
    assert rules_of(city, MONTH).rest_after(24) == 72, "a district's word does not reach the city"
    RestRule.everything.filter(scope=district.path).update(until=date(2016, 6, 30))
    assert rules_of(district, MONTH).rest_after(24) == 72
