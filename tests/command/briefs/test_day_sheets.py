"""The day sheet: asked of the streets, filled in on a phone, chased, closed, totalled, printed."""

from datetime import date, datetime

import pytest

from anlan.command.briefs import queries
from anlan.command.briefs.data import sheet_forms
from anlan.command.briefs.forms import forms_of
from anlan.command.briefs.ledgers import check_field
from anlan.command.briefs.papers import sheet_paper
from anlan.command.briefs.services import chase_missing, fill_line, open_sheet
from anlan.command.briefs.services.filling import read_values
from anlan.command.models import DaySheet, SheetField, SheetLine
from anlan.kernel import clock
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from anlan.kernel.loops.stepping import take_step
from anlan.messaging.models import Delivery
from anlan.places.models import Person
from anlan.places.queries import region

GUCHENG, BAJIAO = "sjs.st.gucheng", "sjs.st.bajiao"
FLOOD = {
    "leader": "街道主任", "on_duty": "12", "patrols": "三", "waterlogged": "无", "moved": "0", "deepest": "35.5", "remark": "东侧积水已排",
}  # fmt: skip


@pytest.fixture
def sheet(acting, at, people):
    """The flood sheet of the 20th, asked of two streets at 15:00."""
    at("15:00")
    return open_sheet(
        acting("zhibanyuan"), region=region("110107"), form="flood", day=date(2016, 7, 20), units=[GUCHENG, BAJIAO]
    )


def line_of(ctx, sheet, code):
    return (
        SheetLine.objects.visible_to(ctx).select_related("sheet", "organisation").get(sheet=sheet, organisation_id=code)
    )


def test_streets_fill_in_the_silent_are_chased_and_totals_follow(acting, at, sheet):
    street, other, officer = acting("gucheng"), acting("bajiao"), acting("zhibanyuan")
    assert Delivery.objects.filter(person__username="gucheng", message__text__contains="汛期每日调度").exists()
    mine = line_of(street, sheet, GUCHENG)
    with pytest.raises(NotFound):
        SheetLine.objects.get_visible(street, pk=line_of(other, sheet, BAJIAO).pk)
    with pytest.raises(NotFound):
        queries.sheet(street, sheet.pk)
    for name, typed in (
        ("on_duty", "很多"), ("moved", ""), ("on_duty", "-3"), ("waterlogged", "1.5"), ("on_duty", "1e999"), ("patrols", "99999999"),
    ):  # fmt: skip
        with pytest.raises(BadInput) as refused:
            fill_line(street, mine, {**FLOOD, name: typed})
        assert refused.value.field == name
    at("16:00")
    done = fill_line(acting("gucheng"), mine, FLOOD)
    assert done.values == {
        "leader": "街道主任", "on_duty": 12, "patrols": 3, "waterlogged": 0, "deepest": 35.5, "moved": 0, "pumps": None,
        "remark": "东侧积水已排",
    }  # fmt: skip
    assert not done.late
    fill_line(acting("gucheng"), done, {**FLOOD, "on_duty": "15人"})
    at("17:20")
    officer = acting("zhibanyuan")
    with pytest.raises(NotAllowed):
        chase_missing(acting("gucheng"), sheet)
    assert chase_missing(officer, sheet) == 1
    assert chase_missing(officer, sheet) == 0
    late = fill_line(
        acting("bajiao"), line_of(acting("bajiao"), sheet, BAJIAO), {**FLOOD, "on_duty": "8", "deepest": ""}
    )
    assert late.late
    rows = queries.lines_of(DaySheet.objects.get_visible(officer, pk=sheet.pk))
    totals = {t.field["name"]: (t.value, t.of) for t in queries.totals(sheet, rows)}
    assert totals["on_duty"] == (23, 2)
    assert totals["deepest"] == (35.5, 1)
    assert totals["pumps"] == (None, 0)
    paper = str(sheet_paper(officer, sheet))
    assert "迟报：八角" in paper
    assert "古城街道：东侧积水已排" in paper


def test_after_closing_only_the_duty_room_adds_and_says_who_told_it(acting, at, sheet):
    at("17:30")
    officer, street = acting("zhibanyuan"), acting("gucheng")
    with pytest.raises(BadInput) as refused:
        fill_line(officer, line_of(officer, sheet, GUCHENG), FLOOD)
    assert refused.value.field == "how"
    take_step(officer, sheet, "close", {"note": "总体平稳"})
    line = line_of(street, sheet, GUCHENG)
    assert line.state == "missing"
    with pytest.raises(Conflict, match="已截止"):
        fill_line(street, line, FLOOD)
    added = fill_line(officer, line, FLOOD, how="街道值班员 17:40 电话")
    assert (added.state, added.late, added.how) == ("filled", True, "街道值班员 17:40 电话")
    tomorrow = datetime.fromisoformat("2016-07-21T17:00:00+08:00")
    later = open_sheet(
        officer, region=region("110107"), form="flood", day=date(2016, 7, 21), units=[GUCHENG], wanted_at=tomorrow
    )
    assert queries.totals_before(officer, later)["on_duty"] == 12


def test_a_sheet_is_asked_once_by_who_may_of_units_that_are_there(acting, at, sheet):
    ctx = acting("zhibanyuan")
    given = {"region": region("110107"), "form": "flood", "day": date(2016, 7, 20), "units": [GUCHENG]}
    with pytest.raises(Conflict, match="已经发起"):
        open_sheet(ctx, **given)
    for change, field in (
        ({"form": "no"}, "form"),
        ({"units": []}, "units"),
        ({"units": ["no-such"]}, "units"),
        ({"day": date(2016, 7, 19)}, "wanted_at"),
    ):
        with pytest.raises(BadInput) as refused:
            open_sheet(ctx, **{**given, **change})
        assert refused.value.field == field
    with pytest.raises(NotAllowed):
        open_sheet(acting("gucheng"), **given)
    take_step(ctx, sheet, "cancel", {"reason": "发错了"})
    assert open_sheet(ctx, **given).pk != sheet.pk


def test_the_pages_of_an_officer_and_of_a_street_on_a_phone(acting, at, sheet, client, exercise):
    def enter(username):
        client.force_login(Person.objects.get(username=username))
        session = client.session
        session["anlan_world"] = str(exercise.pk)
        session.save()

    world = {"page_world": str(exercise.pk)}
    enter("gucheng")
    line = line_of(acting("gucheng"), sheet, GUCHENG)
    assert line.get_absolute_url() in client.get("/sheets/").content.decode()
    assert client.get(sheet.get_absolute_url()).status_code == 404
    wrong = client.post(line.get_absolute_url(), {**FLOOD, "on_duty": "好多人", **world})
    assert wrong.status_code == 422
    assert "好多人" in wrong.content.decode()
    assert client.post(line.get_absolute_url(), {**FLOOD, **world}).status_code == 302
    assert client.post(f"{sheet.get_absolute_url()}chase/", world).status_code == 403
    enter("zhibanyuan")
    page = client.get(sheet.get_absolute_url()).content.decode()
    assert "35.5" in page
    assert "催报 1 个单位" in page
    assert client.post(f"{sheet.get_absolute_url()}chase/", world).status_code == 302
    assert client.get(f"{sheet.get_absolute_url()}paper.docx").status_code == 200
    assert (
        client.post(
            "/sheets/new/", {"form": "holiday", "day": "2016-07-20", "units": [GUCHENG, BAJIAO], **world}
        ).status_code
        == 302
    )
    assert client.get("/sheets/").status_code == 200


def test_the_shipped_forms_read_their_own_example():
    form = [f.as_dict() for f in sheet_forms()["flood"].fields]
    assert read_values(form, FLOOD)["patrols"] == 3
    assert all(f.provenance.suggested for f in sheet_forms().values())


def test_a_bureau_asks_for_its_own_figures(acting, at, people):
    """Its entries replace the fields of that form from the next sheet on, for places below it too; other forms stay."""
    at("10:00")
    district = region("110107")
    shipped = forms_of(district)["flood"]
    now = clock.real_now()
    SheetField.everything.create(scope="11/", form="flood", label="下凹桥", order=1, unit="座", updated_at=now)
    assert [f.label for f in forms_of(district)["flood"].fields] == ["下凹桥"], (
        "the city's, while the district has none"
    )
    own = {"scope": district.path, "form": "flood", "updated_at": now}
    SheetField.everything.create(**own, label="转移人数", order=2, unit="人", required=True)
    SheetField.everything.create(**own, label="低洼院落", order=1, unit="处")
    forms = forms_of(district)
    assert [(f.label, f.total) for f in forms["flood"].fields] == [("低洼院落", "sum"), ("转移人数", "sum")]
    assert forms["flood"].fields[1].name == "moved", "comparable with earlier sheets"
    assert (forms["flood"].own, forms["holiday"].own, shipped.own) == (True, False, False)
    asked = open_sheet(acting("zhibanyuan"), region=district, form="flood", day=date(2016, 7, 20), units=[GUCHENG])
    SheetField.everything.all().delete()
    street = acting("gucheng")
    done = fill_line(street, line_of(street, asked, GUCHENG), {forms["flood"].fields[0].name: "三", "moved": "12"})
    assert sorted(done.values.values()) == [3, 12], "what was asked stays as it was asked"
    assert check_field({"kind": "text", "total": "sum"})[0][0] == "total"
