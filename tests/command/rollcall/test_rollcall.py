"""A roll call from the first ring to the last answer, in an exercise whose clock stands still."""

import io

import pytest
from django.test import Client
from openpyxl import load_workbook

from anlan.command.models import RollCall, RollCallAnswer
from anlan.command.rollcall import queries
from anlan.command.rollcall.services import answer_rollcall, chase, draw_rollcall, record_answer
from anlan.kernel.engine.timers import pass_due
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from anlan.kernel.loops.stepping import take_step
from anlan.kernel.models import AuditEntry
from anlan.kernel.reactions import drain
from anlan.messaging.models import Delivery, Message
from anlan.places.identity import WORLD_KEY
from anlan.places.models import Holding, Organisation, Person

UNITS = ["sjs.st.gucheng", "sjs.st.bajiao", "sjs.water", "sjs.police"]


def tick():
    """What is due by the exercise's clock happens."""
    for _round in range(4):
        pass_due()
        drain()


@pytest.fixture
def called(acting, at):
    at("12:00")
    return draw_rollcall(acting("zhibanyuan"), organisations=UNITS, answer_min=15)


def answer_of(call, code):
    return RollCallAnswer.everything.select_related("rollcall", "organisation").get(rollcall=call, organisation=code)


def test_from_the_first_ring_to_the_last_answer(acting, at, called):
    first = Message.everything.get(pk=called.message_id)
    assert first.text.startswith("【演练】【点名】")
    assert set(first.deliveries.values_list("channel", flat=True)) == {"app", "phone_simulated"}
    assert first.deliveries.filter(channel="app").count() == 4

    at("12:03")
    gucheng = answer_rollcall(acting("gucheng"), answer=answer_of(called, "sjs.st.gucheng"))
    assert (gucheng.state, gucheng.means, gucheng.answered_at.isoformat()[11:16]) == ("answered", "app", "04:03")
    assert answer_rollcall(acting("gucheng"), answer=gucheng).answered_at == gucheng.answered_at, (
        "the first answer stands"
    )
    with pytest.raises(NotFound):
        answer_rollcall(acting("bajiao"), answer=gucheng)
    with pytest.raises(NotFound):
        answer_rollcall(acting("bajiao"), answer=answer_of(called, "sjs.water"))
    with pytest.raises(NotAllowed):
        take_step(acting("bajiao"), answer_of(called, "sjs.st.bajiao"), "record", {"answered_by": "我", "how": "phone"})

    at("12:05")
    record_answer(acting("zhibanyuan"), answer=answer_of(called, "sjs.police"), answered_by="联络员", how="phone")
    assert chase(acting("zhibanyuan"), rollcall=called) == 2
    assert chase(acting("zhibanyuan"), rollcall=called) == 0, "not twice within two minutes"

    at("12:16")
    tick()
    called.refresh_from_db()
    assert called.state == "following"
    assert set(called.absent_names.split("、")) == {"八角街道", "区水务局"}
    told = Message.everything.filter(text__contains="未应答：").get()
    assert "八角街道" in told.text
    assert told.deliveries.filter(person__username="daiban").exists(), (
        "the leader on duty hears who is missing, in one message"
    )
    assert Message.everything.filter(text__contains="您单位到时未应答").count() == 1

    at("12:22")
    tick()
    leader = Delivery.objects.filter(person__username="bajiao.zhuren", message__about_type="command.rollcall_answer")
    assert leader.exists(), "five minutes later the leader of the unit"

    at("12:25")
    late = answer_rollcall(acting("bajiao.zhuren"), answer=answer_of(called, "sjs.st.bajiao"))
    assert late.state == "answered_late"
    water = answer_of(called, "sjs.water")
    take_step(acting("shuiwu"), water, "explain", {"reason": "在永定河堤防处置险情，由副手代班"})
    with pytest.raises(NotAllowed):
        take_step(acting("zhibanyuan"), water, "excuse", {"opinion": "属实"})
    take_step(acting("zhibanzhang"), water, "excuse", {"opinion": "属实"})
    called.refresh_from_db()
    assert called.state == "finished", "it ends by itself with the last answer"
    with pytest.raises(Conflict):
        answer_rollcall(acting("shuiwu"), answer=water)

    ctx = acting("zhibanzhang")
    tally = queries.tallies(ctx, [called])[called.pk]
    assert (tally.asked, tally.in_time, tally.late, tally.missed, tally.rate) == (4, 2, 1, 1, 50.0)
    units, total = queries.rates(ctx, called.opened_at.replace(day=1), called.opened_at.replace(day=28))
    assert [u.tally.rate for u in units] == [0.0, 0.0, 100.0, 100.0]
    assert total.rate == 50.0
    assert next(u.median_s for u in units if u.code == "sjs.st.gucheng") == 180
    own, _total = queries.rates(acting("bajiao"), called.opened_at.replace(day=1), called.opened_at.replace(day=28))
    assert [u.code for u in own] == ["sjs.st.bajiao"], "a street sees its own rate only"
    assert AuditEntry.objects.filter(action="command.rollcall_answer.miss").count() == 2


def test_a_post_that_nobody_holds_is_absent_at_once_and_one_relieved_answers_no_more(acting, at, called):
    from anlan.kernel import clock

    answer = answer_of(called, "sjs.water")
    relieved = Person.objects.get(username="shuiwu")
    Holding.objects.filter(person=relieved).update(until=clock.real_now())
    with pytest.raises(NotFound):
        answer_rollcall(acting("shuiwu"), answer=answer)
    again = draw_rollcall(acting("zhibanzhang"), organisations=["sjs.water"])
    row = answer_of(again, "sjs.water")
    assert (row.state, row.note, row.called) == ("absent", "岗位无人", [])
    assert RollCall.everything.get(pk=again.pk).state == "following"


def test_what_cannot_be_asked_is_refused_with_its_reason(acting, at):
    at("12:00")
    ctx = acting("zhibanyuan")
    Organisation.objects.filter(pk="sjs.finance").update(retired_at=ctx.now(), retired_why="并入区发展改革委")
    for units, field, words in (
        ([], "organisations", "至少选择一个"), (["nowhere"], "organisations", "nowhere"),
        (["sjs.finance"], "organisations", "并入区发展改革委"),
    ):  # fmt: skip
        with pytest.raises(BadInput) as refused:
            draw_rollcall(ctx, organisations=units)
        assert refused.value.field == field
        assert words in str(refused.value)
    with pytest.raises(BadInput) as refused:
        draw_rollcall(ctx, organisations=["sjs.water"], answer_min=1)
    assert refused.value.field == "answer_min"
    with pytest.raises(BadInput):
        draw_rollcall(acting("gucheng"), organisations=["sjs.water"])
    with pytest.raises(NotAllowed):
        draw_rollcall(acting("shuiwu"), organisations=["sjs.police"])


def test_a_street_calls_its_own_communities(acting, at):
    at("12:00")
    code = Organisation.objects.filter(parent="sjs.st.gucheng", name__contains="老古城东").get().pk
    call = draw_rollcall(acting("gucheng"), organisations=[code])
    assert (call.scope, call.by_street, call.owner_role) == ("11/110107/110107004/", "sjs.st.gucheng", "town")
    answer = answer_of(call, code)
    with pytest.raises(NotFound):
        record_answer(acting("bajiao"), answer=answer, answered_by="书记", how="phone")
    record_answer(acting("gucheng"), answer=answer, answered_by="书记", how="phone")
    assert RollCall.everything.get(pk=call.pk).state == "finished"


def test_the_pages(people, exercise, at, acting, called, django_assert_max_num_queries):
    def browser(username):
        client = Client()
        client.force_login(Person.objects.get(username=username))
        session = client.session
        session[WORLD_KEY] = str(exercise.pk)
        session.save()
        return client

    desk, unit, other = browser("zhibanyuan"), browser("shuiwu"), browser("lugu")
    text = unit.get("/rollcall/").content.decode()
    assert "等您应答" in text
    assert "发起点名" not in text
    answer = answer_of(called, "sjs.water")
    shown = unit.get(f"/rollcall/{called.pk}/").content.decode()
    assert f"/loop/command.rollcall_answer/{answer.pk}/step/answer/" in shown
    assert "八角街道" not in shown, "a unit sees its own answer only"
    assert unit.post(f"/loop/command.rollcall_answer/{answer.pk}/step/answer/").status_code == 302
    assert answer_of(called, "sjs.water").state == "answered"
    assert unit.post(f"/rollcall/{called.pk}/chase/").status_code == 403
    assert unit.get("/rollcall/new/").status_code == 403
    assert other.get(f"/rollcall/{called.pk}/").status_code == 404
    assert other.get(f"/rollcall/{called.pk}/result.xlsx").status_code == 404
    desk.get(f"/rollcall/{called.pk}/")
    with django_assert_max_num_queries(40):
        page = desk.get(f"/rollcall/{called.pk}/").content.decode()
    assert "电话（模拟）" in page, "what is simulated says so"
    sheet = load_workbook(io.BytesIO(desk.get(f"/rollcall/{called.pk}/result.xlsx").content)).active
    cells = [str(c.value) for row in sheet.iter_rows() for c in row if c.value is not None]
    assert any("点名 4 个单位" in c for c in cells)
    assert desk.get(f"/rollcall/{called.pk}/result.docx").content[:2] == b"PK"
    assert "应答率＝" in desk.get("/rollcall/rates/?month=2016-07").content.decode()
    assert desk.get("/rollcall/rates/?month=9999-99").status_code == 200
    assert "已全部选中" in desk.get("/rollcall/new/").content.decode()
    wrong = desk.post("/rollcall/new/", {"answer_min": "１５x", "organisations": ["sjs.water"]})
    assert wrong.status_code == 422
    assert desk.post("/rollcall/new/", {"answer_min": "１５", "organisations": ["sjs.water"]}).status_code == 302


def test_on_the_phone_it_is_one_press_also_sent_twice(acting, at, called):
    import uuid

    from anlan.action.phone.items import Sent, take_item
    from anlan.action.phone.sheet import sheet

    at("12:04")
    ctx = acting("gucheng")
    shown = sheet(ctx)["calls"]
    assert [c["title"] for c in shown] == ["值守点名 07-20 12:00：古城街道"]
    sent = Sent(id=uuid.uuid4(), kind="answer", data={"call": shown[0]["id"], "note": ""}, made_at=None)
    assert take_item(ctx, sent) == take_item(ctx, sent)
    assert answer_of(called, "sjs.st.gucheng").state == "answered"
    assert sheet(acting("gucheng"))["calls"] == []
    with pytest.raises(NotFound):
        take_item(acting("bajiao"), Sent(id=uuid.uuid4(), kind="answer", data={"call": shown[0]["id"]}, made_at=None))
