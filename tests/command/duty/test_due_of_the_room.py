"""What the duty room's own work owes at the desk: each with one button that leads on, together what belongs together."""

from __future__ import annotations

from datetime import timedelta

import pytest

from anlan.command.briefs.services import open_sheet
from anlan.command.circulars.services import issue_circular
from anlan.command.duty import services
from anlan.command.duty.matters import open_matters
from anlan.command.duty.queries import on_duty
from anlan.command.models import CircularReceipt, SheetLine
from anlan.command.queries.desk import due
from anlan.command.rollcall.services import answer_rollcall, draw_rollcall
from anlan.kernel.engine.timers import pass_due
from anlan.kernel.loops.stepping import take_step
from anlan.kernel.loops.todo import todos
from anlan.kernel.reactions import drain
from anlan.places.models import Region

pytestmark = pytest.mark.django_db

UNITS = ["sjs.st.gucheng", "sjs.st.bajiao", "sjs.water", "sjs.police"]


def desk(ctx, words):
    """Rows of a desk that hold these words; every row has its button."""
    rows = due(ctx).rows
    assert all(row.button and row.button["url"] for row in rows), "no row without a way on"
    return [row for row in rows if words in row.text]


def seat(ctx, district, name):
    return next(o.shift for o in on_duty(ctx, district) if o.seat == name)


def test_signing_on_an_empty_seat_and_handing_over(acting, at, district, roster):
    at("08:25")
    pass_due()
    at("08:35")
    officer, chief = (seat(acting("daiban"), district, s) for s in ("officer", "chief"))
    mine = acting(officer.person.username)
    (row,) = desk(mine, "签到：值班员")
    assert (row.button["label"], row.button["kind"]) == ("签到", "post")
    assert row.due_at == officer.sign_on_by()
    assert not desk(acting("gucheng"), "签到：值班员")
    take_step(mine, officer, "sign_on", {})

    at("08:45")
    mine = acting(officer.person.username)
    (empty,) = desk(mine, "到时未签到")
    assert empty.late
    assert chief.person.name in empty.text
    assert officer.person.name not in empty.text
    assert not desk(acting("gucheng"), "到时未签到"), "the district's seats are not the street's matter"

    (row,) = desk(mine, "交班：值班员")
    assert row.button["url"] == f"/duty/handovers/?region={district.short_code}"
    made = services.begin_handover(mine, region=district)
    assert not desk(mine, "交班：值班员"), "once: the handover that is being written"
    (row,) = desk(mine, "逐项交代并签字")
    assert row.button == {"label": "去交班", "url": made.get_absolute_url(), "kind": "page"}
    keys = {item["key"] for item in services.items_of(mine, made)}
    services.mark_items(mine, handover=made, told=keys, words={}, remarks="")
    take_step(mine, made, "sign", {})
    (row,) = desk(mine, "交班：值班员")
    assert "等接班人签字" in row.where
    assert not desk(mine, "接班签字"), "whoever signed it away does not take it"
    assert not desk(acting("zhibanzhang"), "接班签字"), "nor does who is not on the shift that takes over"
    at("09:05")
    (row,) = desk(acting("zhibanzhang"), "接班签字")
    assert row.button == {"label": "去看", "url": made.get_absolute_url(), "kind": "page"}, (
        "late, it is everybody's matter"
    )


def test_roll_calls_and_circulars_stand_together_and_are_answered_by_one_press(acting, at, district):
    at("12:00")
    call = draw_rollcall(acting("zhibanyuan"), organisations=UNITS, answer_min=15)
    paper = issue_circular(
        acting("zhibanyuan"), title="加强值守", kind="notice", text="请加强值守。", organisations=UNITS,
        done_by=acting("zhibanyuan").now() + timedelta(hours=2),
    )  # fmt: skip
    (row,) = desk(acting("zhibanyuan"), call.title)
    assert row.button == {"label": "去办理", "url": call.get_absolute_url(), "kind": "page"}
    (answer,) = desk(acting("gucheng"), "应答点名")
    assert answer.button["kind"] == "post"
    (receipt,) = desk(acting("gucheng"), "签阅")
    assert receipt.button == {"label": "签阅", "url": paper.get_absolute_url(), "kind": "page"}
    assert not desk(acting("zhibanyuan"), "应答点名")

    named = [i["kind"] for i in open_matters(acting("zhibanyuan"), district) if i["kind"].startswith("command.")]
    assert sorted(named) == ["command.circular", "command.rollcall"], "not each unit of them"
    street = Region.objects.get(pk=answer.record.organisation.region_id)
    own = [i["kind"] for i in open_matters(acting("gucheng"), street)]
    assert sorted(own) == ["command.circular_receipt", "command.rollcall_answer"]

    answer_rollcall(acting("gucheng"), answer=answer.record)
    assert not desk(acting("gucheng"), "应答点名")
    at("12:16")
    for _round in range(4):
        pass_due()
        drain()
    for username in ("bajiao", "shuiwu", "gongan"):
        (late,) = desk(acting(username), "应答并说明原因")
        take_step(acting(username), late.record, "explain", {"reason": "正在现场处置"})
    (row,) = desk(acting("zhibanzhang"), "核定缺岗说明")
    assert row.button == {"label": "看说明", "url": call.get_absolute_url(), "kind": "page"}
    assert all(name in row.text for name in ("八角街道", "区水务局"))

    rows = CircularReceipt.everything.select_related("circular", "organisation")
    for receipt in rows.filter(circular=paper, organisation__in=UNITS[:2]):
        unit = acting(receipt.organisation_id.rsplit(".", 1)[1])
        take_step(unit, receipt, "read", {})
        take_step(unit, receipt, "report", {"text": "已到岗"})
    (row,) = desk(acting("zhibanyuan"), "核验办理情况")
    assert row.button == {"label": "去核验", "url": paper.get_absolute_url(), "kind": "page"}


def test_a_line_of_a_day_sheet_is_among_what_its_unit_has_to_do(acting, at, district):
    at("12:00")
    ctx = acting("zhibanyuan")
    sheet = open_sheet(
        ctx, region=district, form="holiday", day=ctx.now().date(), units=["sjs.st.gucheng"],
        wanted_at=ctx.now() + timedelta(hours=3), occasion="", remark="",
    )  # fmt: skip
    owed = [item for item in todos(acting("gucheng")).items if item.record.loop.key == "command.sheet_line"]
    assert [item.url for item in owed] == [SheetLine.everything.get(sheet=sheet).get_absolute_url()]
    assert not [item for item in todos(acting("bajiao")).items if item.record.loop.key == "command.sheet_line"]
    (row,) = desk(acting("gucheng"), "填报")
    assert row.button["kind"] == "page"
