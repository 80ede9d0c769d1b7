"""An appeal from its draft to the last payment."""

from datetime import timedelta
from io import BytesIO
from urllib.parse import urlsplit

import pytest
from django.contrib.gis.geos import Point, Polygon
from django.test import Client
from django.utils.timezone import localtime
from openpyxl import load_workbook

from anlan.command.consultation.services import convene_consultation
from anlan.command.cooperation.services import ask_partner, record_agreement
from anlan.command.mobilisation import answering, queries, views
from anlan.command.mobilisation.answering import answer_as_firm, answer_as_resident, note_answer
from anlan.command.mobilisation.reach import firms_of, without_account
from anlan.command.mobilisation.services import draft_appeal
from anlan.command.models import Appeal, Compensation, Partner, Pledge
from anlan.command.queries.timeline import timeline
from anlan.kernel import clock
from anlan.kernel.engine.timers import pass_due
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, NotFound, Refused
from anlan.kernel.loops import new_number
from anlan.kernel.loops.stepping import take_step
from anlan.kernel.models import AuditEntry
from anlan.kernel.reactions import drain
from anlan.kernel.strangers import TooMany
from anlan.kernel.worlds import REAL
from anlan.messaging.models import Message
from anlan.places.identity import WORLD_KEY
from anlan.places.models import Person, Region
from anlan.registry.models import Enterprise
from tests.racing import at_once, one_won

TRUCKS, HANDS = "w1", "w2"
PHONE = "100-0000-0077"


@pytest.fixture
def asked(people):
    """What `draft_appeal` takes for trucks of firms and hands of residents."""
    return {
        "region": Region.objects.get(path="11/110107/"), "title": "征集货车和志愿者", "text": "转运防汛沙袋", "ground": "requisition_76",
        "wants": [{"kind": "vehicle", "what": "5 吨以上货车", "amount": 3}, {"kind": "skill", "what": "装卸人员", "amount": 2}],
        "meeting_point": "古城体育场北门", "report_to": "现场指挥部物资组", "report_phone": "100-0000-0001",
    }  # fmt: skip


def published(acting, asked, world=None, **more):
    drafter, approver = acting("zhibanzhang", world), acting("daiban", world)
    made = draft_appeal(drafter, **{**asked, "until": drafter.now() + timedelta(hours=6), "to_residents": True, **more})
    return take_step(approver, made, "publish", {})


def pledge(made, **found):
    return Pledge.everything.select_related("appeal__region", "organisation").get(appeal=made, **found)


def test_from_the_draft_to_the_payment(call, asked, acting, at):
    at("13:00")
    drafter, until = acting("zhibanzhang"), acting("zhibanzhang").now() + timedelta(hours=6)
    wrongs = (
        ({"ground": "none"}, "ground"), ({"title": " "}, "title"), ({"wants": []}, "wants"), ({"until": drafter.now()}, "until"),
        ({"wants": [{"kind": "vehicle", "what": "车", "amount": 10**9}]}, "wants"), ({"to_firms": False}, "to_firms"),
        ({"until": drafter.now() + timedelta(days=99)}, "until"), ({"area": {"polygon": [[0, 0], [1, 1], [1, 0], [0, 1]]}}, "geometry"),
        ({"regions": [Region.objects.get(path="11/")]}, "regions"), ({"text": "字" * 1001}, "text"),
        ({"wants": [{"kind": "vehicle", "what": "车" * 81, "amount": 1}]}, "wants"),
    )  # fmt: skip
    for wrong, field in wrongs:
        with pytest.raises(BadInput) as refused:
            draft_appeal(drafter, **{**asked, "until": until, **wrong})
        assert refused.value.field == field
    with pytest.raises(NotAllowed):
        draft_appeal(acting("shuiwu"), **asked, until=until)
    with pytest.raises(NotAllowed):
        draft_appeal(acting("gucheng"), **asked, until=until)
    assert not Appeal.everything.exists(), "what was refused left nothing behind"

    own = draft_appeal(acting("daiban"), **asked, until=until)
    with pytest.raises(Refused, match="拟稿人"):
        take_step(acting("daiban"), own, "publish", {})
    take_step(acting("daiban"), own, "withdraw", {"reason": "换人拟稿"})
    paragraphs = "转运防汛沙袋\n" + "带雨具" * 200
    made = draft_appeal(drafter, **{**asked, "text": paragraphs}, until=until, incident=call, to_residents=True)
    with pytest.raises(NotFound):
        queries.appeal(acting("shangchang"), made.pk)
    take_step(acting("daiban"), made, "publish", {})
    for never in ("2016-02-30", "9999-12-31 00:00", "0001-01-01"):
        with pytest.raises(BadInput) as refused:
            take_step(drafter, made, "extend", {"until": never, "reason": "仍需要"})
        assert refused.value.field == "until"
    assert made.text == paragraphs, "paragraphs stay"
    assert paragraphs in Message.everything.get(dedupe=f"appeal:{made.pk}").text, "no order is cut"
    made = queries.appeal(acting("shangchang"), made.pk)
    assert {"sjs.unit.mall", "sjs.unit.park", "sjs.power"} <= set(made.reached)
    assert Message.everything.get(dedupe=f"appeal:{made.pk}").text.startswith("【演练】【社会动员】")
    with pytest.raises(NotFound):
        answer_as_resident(code=made.code, want=HANDS, amount=1, text="", name="居民（示例）", phone=PHONE)
    assert list(queries.for_residents()) == [], "an exercise never leaves the house"

    # Answers: a firm for itself, somebody on the telephone.
    firm = {"want": TRUCKS, "text": "厢式货车", "name": "车队（示例）", "phone": PHONE}
    with pytest.raises(NotAllowed):
        note_answer(acting("shangchang"), appeal=made, amount=1, **firm)
    long = ({"text": "字" * 301}, "text"), ({"phone": "138 0000 0000 139 0000 0000"}, "phone")
    for wrong, field in (*long, ({"phone": "电话"}, "phone"), ({"name": "\u202e"}, "name"), ({"want": "w9"}, "want")):
        with pytest.raises(BadInput) as refused:
            answer_as_firm(acting("shangchang"), appeal=made, amount=2, **{**firm, **wrong})
        assert refused.value.field == field
    answer_as_firm(acting("shangchang"), appeal=made, amount=4, **firm)
    noted = note_answer(
        acting("zhibanyuan"), appeal=made, want=HANDS, amount=2, text="", name="居民甲（示例）", phone=PHONE
    )
    assert (noted.means, noted.masked_name, noted.masked_phone) == ("phone", "居**", "100****77")
    assert not Pledge.objects.visible_to(acting("yuanqu")).exists(), "one firm does not see another's answer"
    said = "".join(str(e.data) + str(e.label) for e in AuditEntry.objects.all()) + "".join(
        m.text for m in Message.everything.all()
    )
    assert PHONE not in said, "a telephone number stays in its record"
    assert "居民甲" not in said

    trucks = pledge(made, want=TRUCKS)
    with pytest.raises(NotAllowed):
        take_step(acting("shangchang"), trucks, "accept", {"amount": "3"})
    with pytest.raises(Conflict, match="只差 3"):
        take_step(acting("zhibanyuan"), trucks, "accept", {"amount": "4"})
    take_step(acting("zhibanyuan"), trucks, "accept", {"amount": "3"})
    late = answer_as_firm(acting("yuanqu"), appeal=made, amount=1, **firm)
    with pytest.raises(Conflict, match="只差 0"):
        take_step(acting("zhibanyuan"), late, "accept", {"amount": "1"})
    take_step(acting("zhibanyuan"), late, "thank", {})
    take_step(
        acting("zhibanyuan"),
        pledge(made, want=TRUCKS, state="accepted"),
        "call_up",
        {"minutes": "30", "place": "体育场北门"},
    )
    at("13:45")
    pass_due()
    drain()
    assert Message.everything.filter(text__contains="【超时】", text__startswith="【演练】").exists(), (
        "who has not come is asked for"
    )
    there = take_step(
        acting("zhibanyuan"), pledge(made, state="called"), "arrive", {"amount": "2", "detail": "京A示例"}
    )
    assert (there.receipt, there.arrived_amount) == ("石征〔2016〕1号", 2)
    assert [(w["offered"], w["taken"], w["there"]) for w in queries.tally(made)] == [(5, 3, 2), (2, 0, 0)]

    take_step(acting("zhibanyuan"), Appeal.everything.get(pk=made.pk), "close", {"summary": "沙袋已到位"})
    assert pledge(made, want=HANDS).state == "lapsed"
    at("18:45")
    with pytest.raises(BadInput):
        take_step(acting("zhibanyuan"), pledge(made, state="present"), "release", {"condition": "damaged"})
    take_step(
        acting("zhibanyuan"), pledge(made, state="present"), "release", {"condition": "damaged", "damage": "轮胎一条"}
    )
    owed = Compensation.everything.get()
    assert (owed.receipt, owed.used_hours, owed.amount, owed.organisation_id) == (
        "石征〔2016〕1号",
        5.0,
        2,
        "sjs.unit.mall",
    )

    # Three people: claims, assesses, pays.
    for bad in ("1.234", "-5", "很多"):
        with pytest.raises(BadInput):
            take_step(acting("shangchang"), owed, "claim", {"sum": bad, "reason": "维修发票"})
    with pytest.raises(NotFound):
        take_step(acting("yuanqu"), owed, "claim", {"sum": "1", "reason": "别人的"})
    claimed = take_step(acting("shangchang"), owed, "claim", {"sum": "3,600.10", "reason": "台班和轮胎发票"})
    assert claimed.claimed_fen == 360_010
    with pytest.raises(NotAllowed):
        take_step(acting("shangchang"), claimed, "assess", {"sum": "3600.10", "basis": "自己说的"})
    assessed = take_step(acting("fangban"), claimed, "assess", {"sum": "3200", "basis": "本地台班价"})
    contested = take_step(acting("shangchang"), assessed, "contest", {"reason": "轮胎未计"})
    assessed = take_step(acting("caizheng"), contested, "assess", {"sum": "3600.1", "basis": "复核发票"})
    payment = {"paper": "财支〔2016〕示例1号", "paid_at": "2016-07-20 18:44"}
    with pytest.raises(Refused, match="核定的人不能"):
        take_step(acting("caizheng"), assessed, "pay", payment)
    with pytest.raises(BadInput):
        take_step(acting("fangbanzhuren"), assessed, "pay", {**payment, "paid_at": "2016-07-21 09:00"})
    paid = take_step(acting("fangbanzhuren"), assessed, "pay", payment)
    assert (paid.state, paid.assessed_fen, paid.assessed) == ("paid", 360_010, "3,600.10")
    assert "社会动员令：" in "\n".join(item.text for item in timeline(acting("zhibanyuan"), call))


def test_a_drawn_area_reaches_nobody_outside_the_region_of_the_appeal(people):
    here, area = Point(116.2, 39.9, srid=4326), Polygon.from_bbox((116, 39, 117, 40))
    area.srid = 4326
    for code, scope in (("near", "11/110107/"), ("far", "11/110108/")):
        for unit in ("sjs.unit.mall" if code == "near" else "sjs.power", None):
            Enterprise.everything.create(
                code=f"{code}-{bool(unit)}", name=code, scope=scope, position=here, organisation_id=unit, updated_at=clock.real_now()
            )  # fmt: skip
    drawn = Appeal(scope="11/110107/", area=area, regions=[])
    assert [o.pk for o in firms_of(drawn)] == ["sjs.unit.mall"]
    assert [e.code for e in without_account(drawn)] == ["near-False"]


def test_answers_that_wait_too_long_are_told_of_once_for_their_appeal(asked, acting, at):
    at("13:00")
    made, other = published(acting, asked), published(acting, asked, title="征集抽水泵")
    firm = {"want": TRUCKS, "amount": 1, "text": "", "name": "车队（示例）", "phone": PHONE}
    for appeal, who in ((made, "shangchang"), (made, "yuanqu"), (other, "yuanqu")):
        answer_as_firm(acting(who), appeal=appeal, **firm)
    due = Pledge.everything.values_list("due_at", flat=True)[0]

    def told(after, text):
        clock_at = localtime(due + timedelta(minutes=after))
        at(f"{clock_at:%H:%M}", day=clock_at.day)
        pass_due()
        drain()
        return list(
            Message.everything.filter(text__contains=text)
            .order_by("about_url")
            .values_list("text", "urgent", "about_url")
        )

    late = told(1, "【超时】")
    assert sorted(url for _text, _urgent, url in late) == sorted(a.get_absolute_url() for a in (made, other))
    assert {(text.split("】")[2], urgent) for text, urgent, _url in late} == {
        ("应征“征集货车和志愿者”：2 项“待答复”已过时限，决定是否接受", False),
        ("应征“征集抽水泵”：1 项“待答复”已过时限，决定是否接受", False),
    }
    assert [urgent for _text, urgent, _url in told(62, "【超时】") if urgent] == [True, True], (
        "each chief once for each appeal"
    )


def test_the_answers_are_paged_and_a_link_finds_its_own(asked, acting, at, exercise, monkeypatch):
    at("13:00")
    made = published(acting, asked)
    monkeypatch.setattr(views, "PAGE", 2)
    notes = [
        note_answer(
            acting("zhibanyuan"), appeal=made, want=HANDS, amount=1, text="", name=f"居民{n}（示例）", phone=PHONE
        )
        for n in "甲乙丙丁戊"
    ]
    take_step(acting("zhibanyuan"), notes[0], "decline", {"reason": "已满"})
    desk = Client()
    desk.force_login(Person.objects.get(username="zhibanzhang"))
    session = desk.session
    session[WORLD_KEY] = str(exercise.pk)
    session.save()

    def shown(query=""):
        text = desk.get(f"{made.get_absolute_url()}{query}").content.decode()
        return [n for n in "甲乙丙丁戊" if f"居民{n}" in text]

    assert [shown(), shown("?page=2"), shown("?page=3")] == [["乙", "丙"], ["丁", "戊"], ["甲"]], (
        "what waits comes first"
    )
    assert [shown("?page=99"), shown("?page=x")] == [["甲"], ["乙", "丙"]]
    assert shown(f"?{urlsplit(notes[4].get_absolute_url()).query}") == ["丁", "戊"], (
        "a link leads to the page of its answer"
    )
    assert shown("?answer=x") == ["乙", "丙"]


def test_two_at_once(asked, acting, at, transactional_db):
    at("13:00")
    made = published(acting, asked)
    firm = {"want": TRUCKS, "amount": 2, "text": "", "name": "车队（示例）", "phone": PHONE}
    both = [answer_as_firm(acting(who), appeal=made, **firm) for who in ("shangchang", "yuanqu")]
    desk = acting("zhibanyuan")
    _won, refused = one_won(at_once(*[
        lambda p=p: take_step(desk, Pledge.everything.select_related("appeal").get(pk=p.pk), "accept", {"amount": "2"}) for p in both
    ]))  # fmt: skip
    assert isinstance(refused, Conflict)
    assert sum(Pledge.everything.values_list("accepted_amount", flat=True)) == 2, "never more than is wanted"
    left = Pledge.everything.select_related("appeal").get(state="offered")
    take_step(desk, left, "accept", {"amount": "1"})
    waiting = list(Pledge.everything.select_related("appeal", "organisation").filter(state="accepted"))
    at_once(*[lambda p=p: take_step(desk, p, "arrive", {"amount": "1"}) for p in waiting])
    assert sorted(Pledge.everything.values_list("receipt", flat=True)) == ["石征〔2016〕1号", "石征〔2016〕2号"]


def test_residents_offer_help_and_floods_are_refused(asked, acting, monkeypatch):
    made = published(acting, asked, world=REAL, ground="voluntary")
    page = f"/help/{made.code}/"
    resident = Client()
    assert made.title in resident.get("/help/").content.decode()
    assert "还需 2 人" in resident.get(page).content.decode()
    form = {"want": HANDS, "amount": "1", "name": "居民乙（示例）", "phone": PHONE, "text": "<script>alert(1)</script>"}
    hostile = (
        {"phone": "1"}, {"phone": "1" * 5000}, {"amount": "0"}, {"amount": "1e3"}, {"amount": "9" * 30}, {"want": "x'--"},
        {"name": "\0\u202e"},
        {"amount": "٣"},
    )  # fmt: skip
    for bad in hostile:
        assert resident.post(page, {**form, **bad}).status_code == 422, bad
    assert not Pledge.everything.exists()
    assert resident.post("/help/nothere/", form).status_code == 404
    taken = resident.post(page, form)
    assert taken.status_code == 302
    assert resident.post(page, form)["Location"] == taken["Location"], "offered twice is offered once"
    own = resident.get(taken["Location"]).content.decode()
    assert "待答复" in own
    assert PHONE not in own, "the page that can be passed on does not show the number"
    assert resident.get(f"{page}{'x' * 22}/").status_code == 404
    desk = Client()
    desk.force_login(Person.objects.get(username="zhibanyuan"))
    session = desk.session
    session[WORLD_KEY] = str(REAL)
    session.save()
    board = desk.get(made.get_absolute_url()).content.decode()
    assert PHONE in board
    assert "<script>alert" not in board
    for n in range(answering.FROM_ONE - 1):
        assert resident.post(page, {**form, "phone": f"100-0000-01{n:02d}"}).status_code == 302
    assert resident.post(page, {**form, "phone": "100-0000-0200"}).status_code == 429
    monkeypatch.setattr(answering, "MOST_WAITING", 1)
    with pytest.raises(TooMany):
        answer_as_resident(
            code=made.code, want=HANDS, amount=1, text="", name="居民丙", phone="100-0000-0300", address="192.0.2.9"
        )
    assert resident.post(taken["Location"]).status_code == 200
    assert Pledge.everything.filter(state="withdrawn").count() == 1
    take_step(acting("zhibanzhang", REAL), made, "close", {"summary": "已满"})
    assert resident.get(page).status_code == 404


def test_the_pages(call, asked, acting, exercise, at):
    at("13:00")

    def browser(username):
        client = Client()
        client.force_login(Person.objects.get(username=username))
        session = client.session
        session[WORLD_KEY] = str(exercise.pk)
        session.save()
        return client

    desk, leader, firm, other = browser("zhibanzhang"), browser("daiban"), browser("shangchang"), browser("bajiao")
    assert "突发事件应对法" in desk.get(f"/appeals/new/?incident={call.pk}").content.decode()
    assert firm.get("/appeals/new/").status_code == 403
    form = {
        "title": "征集货车", "text": "转运沙袋", "ground": "requisition_12", "until": "2016-07-20 20:00",
        "meeting_point": "北门", "to_firms": "1",
        "report_to": "物资组", "report_phone": "100-0000-0001", "kind-1": "vehicle", "what-1": "货车", "amount-1": "2", "incident": call.pk,
    }  # fmt: skip
    for bad in ({"until": "明天"}, {"amount-1": "两"}, {"regions": "110108000000"}, {"area": "x"}, {"ground": "\0"}):
        assert desk.post("/appeals/new/", {**form, **bad}).status_code == 422, bad
    assert desk.post("/appeals/new/", form).status_code == 302
    made = Appeal.everything.get()
    page = f"/appeals/{made.pk}/"
    assert "批准发布" in leader.get(page).content.decode()
    assert firm.get(page).status_code == 404
    take_step(acting("daiban"), made, "publish", {})
    assert "我单位应征" in firm.get(page).content.decode()
    offer = {"want": "w1", "amount": "1", "name": "车队（示例）", "phone": PHONE}
    assert firm.post(f"{page}answer/", {**offer, "amount": "x"}).status_code == 422
    assert firm.post(f"{page}answer/", offer).status_code == 302
    assert other.get(page).status_code == 404
    assert desk.post(f"{page}note/", {**offer, "organisation": "hd.x"}).status_code == 422
    assert desk.post(f"{page}note/", {**offer, "organisation": "sjs.power"}).status_code == 302
    board = browser("caizheng").get(page).content.decode()
    assert PHONE not in board, "only who musters sees numbers"
    assert made.title in desk.get(f"/incidents/{call.pk}/appeals/").content.decode()
    desk_ctx = acting("zhibanyuan")
    for one in Pledge.everything.select_related("appeal", "organisation"):
        take_step(desk_ctx, one, "accept", {"amount": "1"})
    one = Pledge.everything.select_related("appeal", "organisation").filter(organisation="sjs.power").get()
    take_step(desk_ctx, one, "arrive", {"amount": "1"})
    take_step(desk_ctx, one, "release", {"condition": "intact"})
    owed = Compensation.everything.get()
    assert owed.receipt in desk.get("/appeals/compensations/").content.decode()
    assert "申报补偿" in desk.get(owed.get_absolute_url()).content.decode()
    assert firm.get(owed.get_absolute_url()).status_code == 404
    sheet = desk.get("/appeals/compensations/?form=xlsx")
    rows = list(load_workbook(BytesIO(sheet.content)).active.iter_rows(values_only=True))
    assert any(owed.receipt in row for row in rows)
    assert browser("gucheng").get("/appeals/compensations/?form=xlsx").status_code == 403


def test_a_form_whose_answer_was_lost_opens_one_record(call, asked, acting, at, transactional_db):
    at("13:00")
    made, number = published(acting, asked), new_number()
    offer = {"want": TRUCKS, "amount": 2, "text": "", "name": "车队（示例）", "phone": PHONE}
    firm = acting("shangchang")
    first, second = at_once(*[lambda: answer_as_firm(firm, appeal=made, request=number, **offer) for _n in range(2)])
    assert first.pk == second.pk
    take_step(acting("zhibanzhang"), made, "close", {"summary": "已满"})
    assert answer_as_firm(firm, appeal=made, request=number, **offer).pk == first.pk, "also when it is over by then"
    with pytest.raises(Conflict):
        answer_as_firm(acting("yuanqu"), appeal=made, request=number, **offer)
    with pytest.raises(Conflict):
        answer_as_firm(firm, appeal=made, request=new_number(), **offer)
    assert Pledge.everything.count() == 1, "the number is its sender's own"

    duty, lead = acting("zhibanyuan"), acting("zhibanzhang")
    helper = Partner.everything.create(
        code="p", name="水务抢险（示例）", kind="department", phone="100-0000-0000", scope="11/110107/", updated_at=clock.real_now()
    )  # fmt: skip
    ask = {"partner": helper, "incident": call, "what": "排涝车", "authority": "带班领导同意", "request": number}
    assert ask_partner(duty, **ask).pk == ask_partner(duty, **ask).pk
    real = acting("daiban", REAL)
    paper = {
        "partner": helper,
        "subject": "排涝增援",
        "promise": "两台车",
        "signed_on": "2016-01-01",
        "valid_until": "2099-01-01",
    }
    agreements = [record_agreement(real, **paper, answer_min=5, arrive_min=40, request=number).pk for _n in range(2)]
    meetings = [convene_consultation(lead, title="防汛会商", request=number).pk for _n in range(2)]
    assert [len(set(pks)) for pks in (agreements, meetings)] == [1, 1]
