"""吹哨报到 from the street's call to its last grade."""

import json
import uuid
from datetime import timedelta

import pytest
from django.test import Client

from anlan.command.due import owed_by_loop
from anlan.command.models import Whistle, WhistleCall
from anlan.command.queries.timeline import timeline
from anlan.command.whistle import queries
from anlan.command.whistle.services import blow_whistle, call_more
from anlan.kernel.engine.timers import pass_due
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from anlan.kernel.loops import available_steps
from anlan.kernel.loops.stepping import take_step
from anlan.kernel.reactions import drain
from anlan.messaging.models import Delivery, Message
from anlan.places.identity import WORLD_KEY
from anlan.places.models import Person, Region
from tests.racing import at_once, one_won

GARAGE = {"kind": "underground", "text": "地下二层车库进水，配电间受淹", "place": "古城南路1号院", "urgent": True}


@pytest.fixture
def gucheng(people):
    return Region.objects.get(path="11/110107/110107004/")


def call_to(made, code):
    return WhistleCall.everything.select_related("whistle__organisation", "organisation").get(
        whistle=made, organisation=code, closed_at=None
    )


def test_departments_report_in_and_the_street_closes(call, gucheng, acting, at):
    at("13:00")
    asked = {"region": gucheng, "departments": ["sjs.housing", "sjs.fire", "sjs.water"], "incident": call, **GARAGE}
    wrongs = (
        ({"kind": "party"}, "kind"), ({"text": " "}, "text"), ({"place": ""}, "place"), ({"text": "长" * 501}, "text"),
        ({"departments": []}, "departments"), ({"departments": ["hd.water"]}, "departments"), ({"report_min": 0}, "report_min"),
        ({"close_min": 10**6}, "close_min"),
    )  # fmt: skip
    for wrong, field in wrongs:
        with pytest.raises(BadInput) as refused:
            blow_whistle(acting("gucheng"), **{**asked, **wrong})
        assert refused.value.field == field
    for stranger in ("bajiao", "shuiwu", "zhibanyuan"):
        with pytest.raises(NotAllowed):
            blow_whistle(acting(stranger), **asked)
    assert not Whistle.everything.exists(), "what was refused left nothing behind"

    form = uuid.uuid4()
    made = blow_whistle(acting("gucheng"), **asked, reasons={"sjs.water": "带泵排水"}, request=form)
    assert blow_whistle(acting("gucheng"), **asked, request=form) == made, "sent twice, it is blown once"
    assert (made.report_min, made.close_min, made.set_by_hand) == (30, 240, False)
    told = Message.everything.get(text__contains="带泵排水")
    assert "请于 07-20 13:30 前到场报到" in told.text
    assert told.text.startswith("【演练】"), "an exercise says so"
    assert {d.channel for d in Delivery.objects.filter(message=told)} >= {Delivery.Channel.APP, Delivery.Channel.PHONE}
    with pytest.raises(NotFound):
        queries.whistle(acting("bajiao"), made.pk)
    with pytest.raises(NotFound):
        queries.whistle(acting("weijian"), made.pk)
    with pytest.raises(NotAllowed):
        call_more(acting("zhujian"), whistle=made, departments=["sjs.health"])
    with pytest.raises(BadInput):
        call_more(acting("gucheng"), whistle=made, departments=["sjs.housing"])

    at("13:10")
    take_step(acting("zhujian"), call_to(made, "sjs.housing"), "respond", {"who": "房屋科（示例）"})
    with pytest.raises(NotAllowed):
        take_step(acting("zhujian"), call_to(made, "sjs.fire"), "respond", {"who": "替别人"})
    at("13:25")
    place = {"who": "房屋科（示例）", "people": "3", "place": "116.19,39.91"}
    there = take_step(acting("zhujian"), call_to(made, "sjs.housing"), "arrive", place)
    assert (there.response_min, there.arrival_min, there.arrived_late, there.people) == (10, 25, False, 3)
    assert (round(there.arrived_place.x, 2), there.close_due_at) == (
        116.19,
        acting("gucheng").now() + timedelta(hours=4),
    )

    # The silent: reminded before the time, rung up after it, then those above them.
    climbed = []
    for minute in ("13:26", "13:31", "13:36", "13:52"):
        at(minute)
        pass_due()
        drain()
        climbed.append(Message.everything.filter(dedupe__startswith=f"late:{call_to(made, 'sjs.water').pk}").count())
    assert climbed == [1, 2, 3, 4]
    late = Message.everything.filter(dedupe__startswith=f"late:{call_to(made, 'sjs.water').pk}").order_by("sent_at")
    assert [("【提醒】" in m.text, m.urgent) for m in late] == [
        (True, False),
        (False, True),
        (False, True),
        (False, True),
    ]
    reached = [set(m.deliveries.values_list("person__username", flat=True)) for m in late]
    assert (reached[0], reached[2], reached[3]) == ({"shuiwu"}, {"zhibanzhang"}, {"daiban"})

    # 转办: the duty office rules, the department called instead has the whole time.
    disputed = take_step(
        acting("xiaofang"), call_to(made, "sjs.fire"), "dispute", {"reason": "属配电故障", "to": "供电公司"}
    )
    assert "command.whistle_call" in owed_by_loop(acting("zhibanyuan")), "it stands on the desk"
    assert available_steps(acting("gucheng"), disputed)[0].name == "withdraw", "the street does not rule"
    with pytest.raises(BadInput):
        take_step(acting("zhibanyuan"), disputed, "rule_transfer", {"organisation": "sjs.housing", "reason": "已在场"})
    take_step(
        acting("zhibanyuan"), disputed, "rule_transfer", {"organisation": "sjs.power", "reason": "配电由供电公司处置"}
    )
    power = call_to(made, "sjs.power")
    assert (power.came_from_id, power.report_due_at) == (
        disputed.pk,
        acting("zhibanyuan").now() + timedelta(minutes=30),
    )
    take_step(acting("shuiwu"), call_to(made, "sjs.water"), "dispute", {"reason": "小区内部"})
    stays = take_step(acting("zhibanyuan"), call_to(made, "sjs.water"), "rule_stay", {"reason": "抢险排水由水务牵头"})
    assert (stays.state, stays.report_due_at) == ("called", acting("zhibanyuan").now() + timedelta(minutes=30))

    # The street closes, not the department; not satisfied it begins again.
    done = take_step(acting("zhujian"), call_to(made, "sjs.housing"), "finish", {"text": "已断电警戒"})
    with pytest.raises(NotAllowed):
        take_step(acting("zhujian"), done, "close", {"grade": "satisfied"})
    with pytest.raises(NotFound):
        take_step(acting("bajiao"), done, "close", {"grade": "satisfied"})
    assert "command.whistle_call" in owed_by_loop(acting("gucheng"))
    again = take_step(acting("gucheng"), done, "reopen", {"reason": "警戒线不全"})
    assert (again.state, again.returned, again.owner_keys) == ("present", 1, ["org:sjs.housing"])
    at("14:05")
    take_step(acting("zhujian"), again, "finish", {"text": "已补齐"})
    closed = take_step(
        acting("gucheng"), call_to(made, "sjs.housing"), "close", {"grade": "satisfied", "opinion": "到位"}
    )
    assert (closed.closing_min, closed.grade) == (65, "satisfied")
    at("14:10")
    take_step(acting("gucheng"), call_to(made, "sjs.water"), "note_arrival", {"who": "泵车组（示例）"})
    take_step(acting("shuiwu"), call_to(made, "sjs.water"), "finish", {"text": "已排干"})
    take_step(acting("gucheng"), call_to(made, "sjs.water"), "close", {"grade": "basic"})
    assert Whistle.everything.get().state == "open"
    take_step(acting("gucheng"), power, "withdraw", {"reason": "已自行恢复供电"})
    assert Whistle.everything.get().state == "closed", "with the last department the whistle is over"
    with pytest.raises(Conflict):
        call_more(acting("gucheng"), whistle=made, departments=["sjs.health"])

    story = "\n".join(item.text for item in timeline(acting("zhibanyuan"), call))
    for said in ("吹哨：", "部门报到：“区水务局", "裁定转其他部门", "不满意，继续办理", "评价：满意"):
        assert said in story
    day = acting("zhibanyuan").now() - timedelta(hours=3)
    rows = {r.code: r for r in queries.statistics(acting("zhibanyuan"), day, acting("zhibanyuan").now())}
    assert (rows["sjs.housing"].on_time, rows["sjs.housing"].satisfied, rows["sjs.housing"].returned) == (1, 1, 1)
    assert (
        rows["sjs.fire"].refused,
        rows["sjs.water"].refused,
        rows["sjs.water"].closed,
        rows["sjs.power"].called,
    ) == (1, 1, 1, 1)
    assert rows["sjs.housing"].response_min == 10
    assert queries.statistics(acting("bajiao"), day, acting("zhibanyuan").now()) == []


def test_a_community_blows_in_peacetime_and_takes_it_back(people, acting, at):
    at("09:00")
    secretary = acting("gucheng.shuji")
    home = Region.objects.get(path=next(p for p in secretary.paths("command.whistle.blow")))
    made = blow_whistle(
        secretary,
        region=home,
        kind="tree",
        text="大树压线",
        place="老古城小区",
        departments=["sjs.forest"],
        report_min=60,
    )
    assert (made.report_min, made.set_by_hand, made.organisation.kind, made.incident) == (60, True, "committee", None)
    assert queries.whistle(acting("gucheng"), made.pk) == made, "the street above sees and may close it"
    take_step(secretary, made, "withdraw", {"reason": "物业已处理"})
    assert list(WhistleCall.everything.values_list("state", flat=True)) == ["withdrawn"]
    assert "已撤哨" in Message.everything.order_by("pk").last().text


def test_the_pages(call, gucheng, acting, exercise, at):
    at("13:00")

    def browser(username):
        client = Client()
        client.force_login(Person.objects.get(username=username))
        session = client.session
        session[WORLD_KEY] = str(exercise.pk)
        session.save()
        return client

    street, water, other = browser("gucheng"), browser("shuiwu"), browser("bajiao")
    form = street.get(f"/whistles/new/?incident={call.pk}&kind=underground").content.decode()
    assert "建议值" in form
    assert call.title in form
    assert form.index("sjs.housing") < form.index("sjs.civil"), "those that the kind names stand first"
    assert water.get("/whistles/new/").status_code == 403
    asked = {
        **GARAGE,
        "urgent": "1",
        "incident": call.pk,
        "region": gucheng.code,
        "departments": ["sjs.water"],
        "why-sjs.water": "排水",
    }
    for bad in ({"position": "x"}, {"report_min": "-1"}, {"region": "110107001000"}, {"kind": "\0"}):
        assert street.post("/whistles/new/", {**asked, **bad}).status_code == 422
    assert street.post("/whistles/new/", {**asked, "request": "no number"}).status_code == 302
    made = Whistle.everything.get()
    page = f"/whistles/{made.pk}/"
    assert "到场报到" in water.get(page).content.decode()
    assert "撤哨" in street.get(page).content.decode()
    assert other.get(page).status_code == 404
    assert water.post(f"{page}more/", {"departments": ["sjs.fire"]}).status_code == 403
    assert street.post(f"{page}more/", {"departments": ["sjs.fire"]}).status_code == 302
    assert made.place in street.get("/whistles/").content.decode()
    assert made.place not in other.get("/whistles/").content.decode()
    assert "呼叫 2" in street.get(f"/incidents/{call.pk}/whistles/").content.decode()
    assert "区水务局" in street.get("/whistles/statistics/?since=2016-07-20&until=2016-07-20").content.decode()
    for since, until in (("x", "2016-13-45"), ("0001-01-01", "0001-01-02"), ("9999-12-01", "9999-12-31")):
        assert "看不懂" in street.get(f"/whistles/statistics/?since={since}&until={until}").content.decode()
    listed = water.get("/api/v1/command/whistles").json()
    assert [(w["id"], {c["department"] for c in w["calls"]}) for w in listed] == [
        (str(made.pk), {"sjs.water", "sjs.fire"})
    ]
    by_program = {**GARAGE, "region": gucheng.code, "departments": ["sjs.health"], "request": str(uuid.uuid4())}
    sent = [street.post("/api/v1/command/whistles", by_program, content_type="application/json") for _n in range(2)]
    assert [(a.status_code, a.json()["calls"][0]["state"]) for a in sent] == [(201, "called")] * 2
    assert sent[0].json()["id"] == sent[1].json()["id"]
    refused = water.post("/api/v1/command/whistles", by_program, content_type="application/json")
    assert refused.status_code == 403
    sheet = water.get("/phone/data/").json()
    mine = next(t for t in sheet["tasks"] if t["title"].startswith("区水务局"))
    assert {s["name"] for s in mine["steps"]} >= {"respond", "arrive"}
    item = {
        "id": str(uuid.uuid4()),
        "kind": "task",
        "data": {"task": mine["id"], "step": "arrive", "evidence": {"who": "泵车组（示例）"}},
    }
    answer = water.post("/phone/sync/", {"item": json.dumps(item)})
    assert answer.status_code == 200, answer.content
    there = call_to(made, "sjs.water")
    assert (there.state, there.who) == ("present", "泵车组（示例）")


@pytest.mark.django_db(transaction=True)
def test_two_at_once(acting, at):
    at("13:00")
    street = acting("gucheng")
    home = Region.objects.get(path="11/110107/110107004/")
    form = uuid.uuid4()
    twice = at_once(
        *[lambda: blow_whistle(street, region=home, departments=["sjs.water", "sjs.fire"], request=form, **GARAGE)] * 2
    )
    assert twice[0] == twice[1]
    made = Whistle.everything.get()
    _there, refused = one_won(at_once(
        lambda: take_step(acting("shuiwu"), call_to(made, "sjs.water"), "arrive", {"who": "泵车组（示例）"}),
        lambda: take_step(street, call_to(made, "sjs.water"), "note_arrival", {"who": "泵车组（示例）"}),
    ))  # fmt: skip
    assert isinstance(refused, Conflict)
    take_step(acting("xiaofang"), call_to(made, "sjs.fire"), "arrive", {"who": "一班（示例）"})
    for who, code in (("shuiwu", "sjs.water"), ("xiaofang", "sjs.fire")):
        take_step(acting(who), call_to(made, code), "finish", {"text": "已办"})
    both = [call_to(made, code) for code in ("sjs.water", "sjs.fire")]
    at_once(*[lambda c=c: take_step(street, c, "close", {"grade": "satisfied"}) for c in both])
    assert Whistle.everything.get().state == "closed", "the last two to be closed at once end it all the same"
    with pytest.raises(Conflict):
        call_more(street, whistle=made, departments=["sjs.health"])
