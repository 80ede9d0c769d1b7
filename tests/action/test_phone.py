import io
import json
import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from anlan.action.models import PhoneItem, PointCheck
from anlan.action.phone.items import Sent, take_item
from anlan.action.phone.sheet import sheet
from anlan.command.circulars.services import issue_circular
from anlan.command.models import CircularReceipt, Incoming
from anlan.kernel.errors import BadInput, Conflict, NotFound, Refused
from anlan.kernel.models import Attachment
from anlan.kernel.web.nav import nav_for
from anlan.kernel.worlds import REAL
from anlan.places.demonstration import load_people
from anlan.places.identity import context_of
from anlan.places.models import Person
from anlan.places.seeding import load_regions
from tests.remembered import put_back

pytestmark = pytest.mark.django_db

_drawn = io.BytesIO()
Image.new("RGB", (8, 8), "grey").save(_drawn, "PNG")
PNG = _drawn.getvalue()


def report(**data):
    return Sent(
        id=uuid.uuid4(),
        kind="report",
        data={"kind": "waterlogging", "text": "桥下积水", "place": "古城南街", **data},
        made_at=None,
    )


@pytest.fixture
def grid(somebody, exercise):
    return somebody(
        "grid",
        "11/110107/110107004/",
        ["registry.shelter.view", "action.check.view"],
        keys=["in:110107004"],
        world=exercise.pk,
    )


def test_the_same_item_twice_is_one_report_with_one_answer(grid, street):
    item = report(trapped=None, injured=0, position={"lon": 116.18, "lat": 39.91, "accuracy_m": 12})
    first = take_item(grid, item)
    assert take_item(grid, item) == first
    incoming = Incoming.objects.unscoped("test").get()
    assert (incoming.facts, incoming.accuracy_m) == ({"trapped": None, "injured": 0}, 12)
    assert "道路积水" in incoming.text


def test_another_person_cannot_reuse_an_id(grid, street, somebody, exercise):
    item = report()
    take_item(grid, item)
    with pytest.raises(Conflict):
        take_item(somebody("town", "11/110107/110107004/", world=exercise.pk), item)


@pytest.mark.parametrize(
    "data",
    [
        {"trapped": -1}, {"trapped": "三"}, {"injured": 1e9}, {"position": {"lon": 500, "lat": 1}}, {"position": {"lon": "x"}},
        {"trapped": float("inf")}, {"trapped": float("nan")},
        {"kind": None, "text": "", "place": ""},
    ],
)  # fmt: skip
def test_what_cannot_be_true_is_refused_and_nothing_is_kept(grid, street, data):
    with pytest.raises(BadInput):
        take_item(grid, report(**data))
    assert not PhoneItem.objects.exists()
    assert not Incoming.objects.unscoped("test").exists()


def test_photos_go_with_the_report_and_a_bad_one_refuses_the_whole_item(grid, street):
    good = Sent(**{**_fields(report()), "files": [SimpleUploadedFile("a.png", PNG, "image/png")]})
    take_item(grid, good)
    assert Attachment.objects.unscoped("test").get().media_type == "image/png"
    bad = Sent(
        **{**_fields(report()), "files": [SimpleUploadedFile("a.png", b"MZ\x00\x90\x00\x03not a picture", "image/png")]}
    )
    with pytest.raises(BadInput):
        take_item(grid, bad)
    assert Incoming.objects.unscoped("test").count() == 1


def test_looking_at_a_point_is_kept_and_foreign_points_do_not_exist(grid, street, shelter, somebody, exercise):
    sent = Sent(
        id=uuid.uuid4(), kind="grid", data={"member": f"registry.shelter:{shelter.pk}", "reached": True}, made_at=None
    )
    take_item(grid, sent)
    assert PointCheck.objects.visible_to(grid).get().name == shelter.name
    other = somebody("grid", "11/110107/110107005/", ["registry.shelter.view"], world=exercise.pk)
    with pytest.raises(NotFound):
        take_item(other, Sent(id=uuid.uuid4(), kind="grid", data=sent.data, made_at=None))


def _fields(item):
    return {"id": item.id, "kind": item.kind, "data": item.data, "made_at": item.made_at}


def test_the_sheet_carries_a_small_outline_of_the_district(grid):
    load_regions()
    shape = sheet(grid)["outline"]
    assert [f["properties"]["name"] for f in shape["features"]] == ["石景山区"]
    assert len(json.dumps(shape)) <= 30_100


def test_a_report_is_carried_out_in_the_world_in_which_it_was_written(grid, street, exercise):
    written_before = Sent(**{**_fields(report()), "world": REAL})
    take_item(grid, written_before)
    assert Incoming.objects.unscoped("test").get().world_id == REAL
    take_item(grid, Sent(**{**_fields(report()), "world": exercise.pk}))
    assert Incoming.objects.unscoped("test").filter(world=exercise).count() == 1


def test_what_belongs_to_an_exercise_that_is_over_never_becomes_real(grid, street, exercise):
    late = Sent(**{**_fields(report()), "world": exercise.pk})
    with pytest.raises(Conflict):
        take_item(grid.inside(REAL), late)
    assert not Incoming.objects.unscoped("test").exists()


def test_a_hidden_character_or_an_odd_accuracy_keeps_no_report_waiting(grid, street):
    take_item(grid, report(text="桥下\x00积水", position={"lon": 116.18, "lat": 39.91, "accuracy_m": -5}))
    kept = Incoming.objects.unscoped("test").get()
    assert "桥下积水" in kept.text
    assert kept.accuracy_m == 0


@pytest.fixture
def people(db, settings, tmp_path):
    """The demonstration district."""
    settings.DEMO, settings.VAR_DIR, settings.ATTACHMENT_DIR = True, str(tmp_path), str(tmp_path / "files")
    put_back("district", lambda: (load_regions(), load_people()))


def test_a_circular_is_read_and_done_on_the_phone(people, exercise):
    """It stands among the tasks with its text; 已办 is one press, twice is once; another street's is not there."""

    def acting(name):
        return context_of(Person.objects.get(username=name), world=exercise.pk)

    desk = acting("zhibanyuan")
    sent = issue_circular(
        desk, title="巡查低洼院落（示例）", kind="notice", text="两小时内查完。", organisations=["sjs.st.gucheng", "sjs.st.bajiao"],
        done_by=desk.now() + timedelta(hours=2),
    )  # fmt: skip
    known = issue_circular(
        desk, title="阅知（示例）", kind="report", text="情况通报。", organisations=["sjs.st.gucheng"]
    )
    street = acting("gucheng")
    with CaptureQueriesContext(connection) as asked:
        shown = {t["title"]: t for t in sheet(street)["tasks"]}
    for n in range(3):
        issue_circular(desk, title=f"知悉{n}（示例）", kind="report", text="知悉。", organisations=["sjs.st.gucheng"])
    with CaptureQueriesContext(connection) as asked_more:
        more = sheet(street)["tasks"]
    assert (len(more) - len(shown), len(asked_more)) == (3, len(asked)), "a circular more is no question more"
    todo, note = shown["通知：巡查低洼院落（示例）"], shown["通报：阅知（示例）"]
    assert (todo["detail"], [s["name"] for s in todo["steps"]]) == ("两小时内查完。", ["read", "done", "report"])
    assert [s["name"] for s in note["steps"]] == ["note"]

    def press(ctx, task, step, **evidence):
        return take_item(
            ctx, Sent(uuid.uuid4(), "task", {"task": task["id"], "step": step, "evidence": evidence}, None)
        )

    with pytest.raises(NotFound):
        press(acting("bajiao"), todo, "done")
    with pytest.raises(BadInput):
        press(street, todo, "withdraw")
    with pytest.raises(Refused):
        press(street, note, "done")
    press(street, todo, "done")
    press(street, note, "note")
    with pytest.raises(Conflict):
        press(street, todo, "done")
    receipt = CircularReceipt.everything.get(circular=sent, organisation="sjs.st.gucheng")
    assert (receipt.state, receipt.done_text, receipt.read_name) == ("reported", "已办", receipt.done_name)
    assert CircularReceipt.everything.get(circular=known).state == "noted"
    assert not {"通知：巡查低洼院落（示例）", "通报：阅知（示例）"} & {t["title"] for t in sheet(street)["tasks"]}
    with pytest.raises(NotFound):
        press(street, {"id": "第一件"}, "done")
    other = next(t for t in sheet(acting("bajiao"))["tasks"])
    press(acting("bajiao"), other, "report", text="六处院落都已查过")
    assert CircularReceipt.everything.get(circular=sent, organisation="sjs.st.bajiao").done_text == "六处院落都已查过"


def test_a_rescue_team_finds_the_phone_page_on_its_rail(somebody, exercise):
    """Whoever may open the page is shown the way to it, not only those who record relocation."""
    captain = somebody("captain", "11/110107/", ["command.task.view"], world=exercise.pk)
    assert "/phone/" in {page["url"] for stage in nav_for(captain, "/") for page in stage["pages"]}
