"""A circular from its registration to the last receipt."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from anlan.command.circulars import queries
from anlan.command.circulars.services import chase_unread, hand_to, issue_circular, pass_on, register_circular
from anlan.command.models import Circular, CircularReceipt
from anlan.kernel import clock
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from anlan.kernel.loops import available_steps
from anlan.kernel.loops.stepping import take_step
from anlan.messaging.models import Message
from anlan.places.identity import WORLD_KEY
from anlan.places.models import Holding, Organisation, Person


def receipt_of(circular, code):
    return CircularReceipt.everything.select_related("circular", "organisation").get(
        circular=circular, organisation=code
    )


@pytest.fixture
def from_above(acting, at):
    at("12:00")
    return register_circular(
        acting("zhibanyuan"), title="关于做好强降雨防范应对的通知", kind="notice", issuer="市应急委（示例）", urgency="urgent",
        number="〔2016〕12号", files=[SimpleUploadedFile("原件.txt", "请加强值守。".encode())],
    )  # fmt: skip


def test_from_above_to_the_units_and_back(acting, at, from_above):
    desk = acting("zhibanyuan")
    assert (from_above.state, from_above.from_above) == ("registered", True)
    assert [s.name for s in available_steps(acting("gucheng"), from_above)] == []
    now = desk.now()
    pass_on(desk, circular=from_above, organisations=["sjs.st.gucheng", "sjs.water"], done_by=now + timedelta(hours=3))
    assert Message.everything.get(about_type="command.circular").text.startswith("【演练】【加急】")
    gucheng, water = receipt_of(from_above, "sjs.st.gucheng"), receipt_of(from_above, "sjs.water")

    at("12:05")
    with pytest.raises(NotFound):
        take_step(acting("bajiao"), gucheng, "read", {})
    assert [s.name for s in available_steps(acting("gucheng"), gucheng)] == ["read"], "no unit signs for itself by hand"
    read = take_step(acting("gucheng"), gucheng, "read", {})
    assert (read.state, read.read_name) == ("read", "古城街道值班员（示例）（古城街道值班员）")
    with pytest.raises(Conflict):
        take_step(acting("gucheng"), gucheng, "read", {})
    assert next(r.organisation_id for r in queries.receipts_of(desk, from_above)) == "sjs.water", (
        "who has not read is on top"
    )
    assert [r.organisation_id for r in queries.receipts_of(acting("gucheng"), from_above)] == ["sjs.st.gucheng"]
    assert chase_unread(desk, circular=from_above) == 2
    assert chase_unread(desk, circular=from_above) == 0
    with pytest.raises(NotAllowed):
        chase_unread(acting("gucheng"), circular=from_above)

    Holding.objects.filter(person__username="shuiwu").update(until=clock.real_now())
    with pytest.raises(NotFound):
        take_step(acting("shuiwu"), water, "read", {})
    Organisation.objects.filter(pk="sjs.water").update(retired_at=clock.real_now(), retired_why="并入区城管委")
    moved = hand_to(desk, receipt=water, organisation="sjs.utility", reason="并入区城管委")
    assert receipt_of(from_above, "sjs.water").state == "withdrawn"
    take_step(acting("chengguan"), moved, "read", {})
    take_step(acting("chengguan"), moved, "report", {"text": "已安排泵车 4 台"})
    take_step(acting("gucheng"), gucheng, "report", {"text": "已到岗 12 人"})
    take_step(desk, moved, "accept", {})
    take_step(desk, gucheng, "return", {"reason": "请补报地下空间巡查"})
    take_step(acting("gucheng"), gucheng, "report", {"text": "已到岗 12 人，巡查地下空间 5 处"})
    take_step(desk, gucheng, "accept", {"opinion": "属实"})
    assert Circular.everything.get(pk=from_above.pk).state == "done", "it ends with the last receipt"
    with pytest.raises(Conflict):
        pass_on(desk, circular=from_above, organisations=["sjs.police"])


def test_what_is_only_to_be_read_ends_with_the_reading_and_a_withdrawn_one_asks_nothing(acting, at):
    at("12:00")
    desk = acting("zhibanzhang")
    made = issue_circular(
        desk, title="值班电话调整", kind="report", text="自今日起启用新号码", organisations=["sjs.police", "sjs.fire"]
    )
    assert made.issuer == "石景山区委区政府总值班室"
    take_step(acting("gongan"), receipt_of(made, "sjs.police"), "note", {})
    take_step(desk, receipt_of(made, "sjs.fire"), "record_note", {"who": "值班员", "how": "phone"})
    assert Circular.everything.get(pk=made.pk).state == "done"
    other = issue_circular(desk, title="作废", kind="notice", text="误发", organisations=["sjs.fire"])
    take_step(desk, other, "withdraw", {"reason": "误发"})
    assert receipt_of(other, "sjs.fire").state == "withdrawn"


def test_what_cannot_be_sent_is_refused_with_its_reason(acting, at):
    at("12:00")
    desk = acting("zhibanyuan")
    Organisation.objects.filter(pk="sjs.finance").update(retired_at=clock.real_now(), retired_why="并入区发展改革委")
    good = {"title": "通知", "kind": "notice", "text": "内容", "organisations": ["sjs.fire"]}
    for changes, field in (
        ({"title": " "}, "title"), ({"kind": "decree"}, "kind"), ({"text": ""}, "text"), ({"organisations": []}, "organisations"),
        ({"organisations": ["sjs.finance"]}, "organisations"), ({"read_by": desk.now() - timedelta(hours=1)}, "read_by"),
        ({"done_by": desk.now() + timedelta(days=400)}, "done_by"),
    ):  # fmt: skip
        with pytest.raises(BadInput) as refused:
            issue_circular(desk, **{**good, **changes})
        assert refused.value.field == field
    with pytest.raises(NotAllowed):
        issue_circular(acting("shuiwu"), **good)
    once = register_circular(desk, title="甲", kind="notice", issuer="市", text="一", source_id="A-1")
    again = register_circular(desk, title="甲", kind="notice", issuer="市", text="一", source_id="A-1")
    assert again.pk == once.pk, "the sender's second attempt is the same circular"


def test_the_pages(people, exercise, acting, from_above):
    def browser(username):
        client = Client()
        client.force_login(Person.objects.get(username=username))
        session = client.session
        session[WORLD_KEY] = str(exercise.pk)
        session.save()
        return client

    desk, unit, other = browser("zhibanyuan"), browser("shuiwu"), browser("lugu")
    assert unit.get(f"/circulars/{from_above.pk}/").status_code == 404
    url = f"/circulars/{from_above.pk}/"
    assert "转发到单位" in desk.get(url).content.decode()
    assert desk.post(f"{url}pass-on/", {"organisations": ["sjs.water"], "read_by": "昨天"}).status_code == 422
    assert desk.post(f"{url}pass-on/", {"organisations": ["sjs.water"]}).status_code == 302
    shown = unit.get(url).content.decode()
    assert "原件" in shown
    assert "一键催办" not in shown
    assert other.get(url).status_code == 404
    assert "等您签阅和办理" in unit.get("/circulars/").content.decode()
    assert unit.get("/circulars/issue/").status_code == 403
    page = desk.post("/circulars/issue/", {"title": "保留的标题", "kind": "notice"})
    assert page.status_code == 422
    assert "保留的标题" in page.content.decode()
    assert desk.get("/circulars/register/").status_code == 200
