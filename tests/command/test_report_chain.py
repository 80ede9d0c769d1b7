"""A report's way to its signature inside the legal limit, who may sign, and the proof that it arrived."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from anlan.command.models import LocalRule, Report, ReportClock, ReportDelivery
from anlan.command.queries.reports import changes_of, differences, legal_time
from anlan.command.services import confirm_facts, confirm_receipt, correct, edit_report, open_incident
from anlan.command.tasks import follow_rules
from anlan.kernel.engine.timers import pass_due
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from anlan.kernel.ids import new_id
from anlan.kernel.ledgers.registry import ledger_of
from anlan.kernel.ledgers.services import save_row
from anlan.kernel.loops.stepping import take_step
from anlan.kernel.loops.todo import todos
from anlan.kernel.reactions import drain
from anlan.kernel.worlds import REAL
from anlan.places.models import Holding, Person
from anlan.places.queries import region

JSON = {"Accept": "application/json"}


def moment(time):
    return datetime.fromisoformat(f"2016-07-20T{time}:00+08:00")


@pytest.fixture
def first(acting, call):
    return Report.everything.get(incident=call, stage="first", office="county")


def test_review_counts_within_the_legal_limit_and_the_page_says_how_it_was_used(acting, first, at, page):
    assert (first.legal_from, first.legal_at) == (moment("12:41"), moment("13:41")), (
        "the strictest written limit of its recipients"
    )
    assert first.due_at == moment("13:05"), "drafting may take 40 % of it"
    at("12:46")
    take_step(acting("zhibanyuan"), first, "ask_review", {})
    assert first.due_at == moment("13:04") + timedelta(seconds=20), (
        "a third of the 55 minutes that are left, less the reserve"
    )
    at("12:55")
    take_step(acting("zhibanzhang"), first, "pass_review", {"opinion": "人数已与街道核对"})
    at("13:00")
    said = legal_time(first, moment("13:00"))
    assert (said.total, said.left) == (60, 41)
    assert said.said == "法定 60 分钟，剩 41 分钟，拟稿已用 5 分钟，审核已用 9 分钟，签发已用 5 分钟"
    shown = page("daiban").get(first.get_absolute_url()).content.decode()
    assert said.said in shown
    assert "现在可以签发" in shown
    for where in (first.incident.get_absolute_url(), "/desk/"):
        assert said.said in page("zhibanyuan").get(where).content.decode(), "the incident says it too"
    take_step(acting("daiban"), first, "sign", {})
    assert first.reviewed_by.startswith(acting("zhibanzhang").actor.name)


def test_a_review_that_takes_too_long_goes_on_to_the_signer_by_itself(acting, first, clock_to):
    take_step(acting("zhibanyuan"), first, "ask_review", {})
    clock_to(first.due_at + timedelta(seconds=1))
    pass_due()
    drain()
    first.refresh_from_db()
    assert first.state == "signing"
    with pytest.raises(Conflict):
        take_step(acting("zhibanzhang"), first, "pass_review", {})


def test_the_signer_sees_what_the_reviewer_changed_and_may_return_it_with_a_reason(acting, first, page):
    take_step(acting("zhibanyuan"), first, "ask_review", {})
    paragraphs = [dict(p) for p in first.body["paragraphs"]]
    paragraphs[0]["text"] = paragraphs[0]["text"].replace("两辆车", "3辆车")
    edit_report(acting("zhibanzhang"), first, title=first.title, paragraphs=paragraphs)
    take_step(acting("zhibanzhang"), first, "pass_review", {})
    (change,) = changes_of(first)
    assert change.who == acting("zhibanzhang").actor.name
    pieces = change.parts[0][1]
    assert ("gone", "两") in pieces
    assert ("new", "3") in pieces
    shown = page("daiban").get(first.get_absolute_url()).content.decode()
    assert "<del>两</del><ins>3</ins>" in shown
    with pytest.raises(BadInput):
        take_step(acting("daiban"), first, "return", {"reason": ""})
    take_step(acting("daiban"), first, "return", {"reason": "车辆数请再核"})
    assert first.state == "drafted"


def test_a_number_is_changed_as_a_whole():
    assert differences("被困12人", "被困13人") == (("same", "被困"), ("gone", "12"), ("new", "13"), ("same", "人"))


def test_a_signer_who_lost_the_post_a_minute_ago_is_told_so_and_who_may_sign(acting, first, page, people):
    take_step(acting("zhibanyuan"), first, "submit", {})
    browser = page("daiban")
    leader, chief = Person.objects.get(username="daiban"), Person.objects.get(username="zhibanzhang")
    held = leader.holdings.get(until=None)
    held.until = timezone.now() - timedelta(minutes=1)
    held.save(update_fields=["until"])
    refused = browser.post(f"/reports/{first.pk}/step/sign/", headers=JSON)
    assert refused.status_code == 403
    assert "带班领导”岗位已于" in refused.json()["message"]
    assert "暂无在岗人员" in refused.json()["mend"]
    Holding.objects.create(person=chief, post=held.post, since=timezone.now() - timedelta(minutes=1))
    assert chief.name in browser.post(f"/reports/{first.pk}/step/sign/", headers=JSON).json()["mend"]
    assert page("bajiao").post(f"/reports/{first.pk}/step/sign/", headers=JSON).status_code == 404, (
        "to others it does not exist"
    )
    assert page("zhibanzhang").post(f"/reports/{first.pk}/step/sign/", headers=JSON).status_code == 200
    first.refresh_from_db()
    assert first.signed_by == chief.name


def test_a_street_writes_reviews_signs_and_sends_its_own_report(acting, at):
    at("12:41")
    incident = open_incident(acting("gucheng"), text="12时40分古城街道古城南路下凹桥积水，两辆车被困，人数不详")
    report = Report.everything.get(incident=incident, office="town")
    officer, director = acting("gucheng"), acting("gucheng.zhuren")
    assert report.office_name == "古城街道办事处"
    assert report.addressees == ["县(区)防汛抗旱指挥部办公室"]
    assert report.pk in {t.record.pk for t in todos(officer, 50).items}
    assert report.pk not in {t.record.pk for t in todos(acting("zhibanyuan"), 50).items}, (
        "the duty room sees it and does not owe it"
    )
    for who, step in (("bajiao", "ask_review"), ("shuiwu", "ask_review")):
        with pytest.raises(NotFound):
            take_step(acting(who), report, step, {})
    with pytest.raises(NotAllowed):
        take_step(acting("zhibanyuan"), report, "ask_review", {})
    take_step(officer, report, "ask_review", {})
    with pytest.raises(NotAllowed) as alone:
        take_step(officer, report, "pass_review", {})
    assert director.actor.name in str(alone.value.mend)
    take_step(director, report, "pass_review", {})
    take_step(director, report, "sign", {})
    assert report.serial == "古城街道信〔2016〕1号"
    at("13:05")
    take_step(officer, report, "send", {"means": "written"})
    met = ReportClock.everything.get(incident=incident, office="town", form="written")
    assert (met.state, met.late_minutes) == ("met", 0)
    assert ReportClock.everything.filter(
        incident=incident, office="county", stage="first", form="written", state="running"
    ).exists()
    # The flood office of the district is inside the platform: it reads the report and signs for it itself.
    at("13:07")
    taker = acting("fangban")
    delivery = ReportDelivery.objects.get_visible(taker, report=report)
    got = confirm_receipt(taker, delivery)
    assert (got.how, got.received_by, got.received_at) == ("system", taker.actor.name, moment("13:07"))


def test_a_department_owes_its_own_clock_and_report(acting, at):
    at("12:41")
    incident = open_incident(
        acting("zhibanyuan"), text="12时30分古城街道古城南路某食堂食物中毒，12人呕吐腹泻，无人死亡"
    )
    mine = ReportClock.everything.filter(incident=incident, office="county_health")
    assert {(c.recipient, c.minutes) for c in mine} == {("county_gov", 120), ("city_health", 120)}
    assert all(c.owner_keys == ["org:sjs.health"] for c in mine)
    report = Report.everything.get(incident=incident, office="county_health")
    assert report.office_name == "石景山区卫生健康委"
    bureau = acting("weijian")
    assert report.pk in {t.record.pk for t in todos(bureau, 50).items}
    with pytest.raises(NotFound):
        Report.objects.get_visible(acting("shuiwu"), pk=report.pk)
    for step in ("ask_review", "pass_review", "sign"):
        take_step(bureau, Report.objects.get_visible(bureau, pk=report.pk), step, {})
    at("13:10")
    take_step(bureau, Report.objects.get_visible(bureau, pk=report.pk), "send", {"means": "system"})
    assert not mine.filter(state="running", stage="first").exists()
    assert ReportClock.everything.filter(incident=incident, office="county", stage="first", state="running").exists()


def test_each_recipient_has_a_proof_of_its_own_and_the_party_is_one_of_them(acting, first, at, page):
    take_step(acting("zhibanyuan"), first, "submit", {})
    take_step(acting("daiban"), first, "sign", {})
    at("12:50")
    take_step(acting("zhibanyuan"), first, "send", {"means": "written"})
    rows = {d.recipient: d for d in ReportDelivery.everything.filter(report=first)}
    assert {"city_gov", "city_party", "city_emergency"} <= set(rows)
    party = rows["city_party"]
    assert len(party.digest) == 64
    with pytest.raises(BadInput, match="接收时间"):
        confirm_receipt(acting("zhibanyuan"), party, received_by="市委值班员（示例）", received_at=moment("12:49"))
    at("12:58")
    browser = page("zhibanyuan")
    given = {"received_by": "市委值班员（示例）", "received_at": "2016-07-20 12:53", "number": "100-0000-0001"}
    assert browser.post(f"/reports/{first.pk}/receipt/{party.pk}/", given, headers=JSON).status_code == 200
    with pytest.raises(Conflict, match="已由"):
        confirm_receipt(acting("zhibanzhang"), party, received_by="另一人（示例）")
    party.refresh_from_db()
    assert (party.received_by, party.received_at, party.how) == ("市委值班员（示例）", moment("12:53"), "asked")
    rows["city_gov"].refresh_from_db()
    assert rows["city_gov"].received_at is None, "one recipient's receipt proves nothing of another's"
    with pytest.raises(NotFound):
        confirm_receipt(acting("bajiao"), rows["city_gov"], received_by="x")
    shown = browser.get(first.get_absolute_url()).content.decode()
    assert "市委值班员（示例）" in shown
    assert "未确认接收" in shown
    assert first.serial in browser.get("/reports/?state=sent").content.decode()
    fixed = correct(acting("zhibanyuan"), first, reason="车辆数由 2 辆更正为 3 辆")
    assert first.serial in fixed.body["paragraphs"][0]["text"]


def test_a_region_enters_its_own_minutes_and_the_nearest_entry_wins(acting, call):
    province, district = region("110000000000"), region("110107000000")

    def enter(where, minutes, since="2016-01-01", **more):
        return LocalRule.everything.create(
            id=new_id(), scope=where.path, rule="gov_30_60", source=f"{where.name}信息报送规定", since=since,
            updated_at=timezone.now(), **({"written_min": minutes} | more),
        )  # fmt: skip

    enter(province, 50)
    enter(district, 40)
    enter(district, 5, since="2016-08-01")
    enter(district, 999, since="2016-02-01", retired_at=timezone.now())
    confirm_facts(acting("zhibanyuan"), call, {"deaths": 3, "missing": 0})
    clock = ReportClock.everything.get(incident=call, recipient="city_gov", form="written", state="running")
    assert (clock.minutes, clock.clause) == (40, "石景山区信息报送规定")
    report = Report.everything.get(incident=call, stage="first", office="county")
    assert report.legal_at == moment("13:21"), "what drafting and review may take moves with the limit"
    phone = ReportClock.everything.get(incident=call, recipient="city_party", form="phone", state="running")
    assert phone.minutes == 30, "a form that the entry leaves empty stays as shipped"


def test_a_rule_entered_while_limits_run_moves_them_at_once_and_says_which(acting, call, at):
    chief, desk = acting("daiban", world=REAL), acting("zhibanyuan")
    running = ReportClock.everything.filter(incident=call, form="written", state="running", rule="gov_30_60")
    clock = running.order_by("recipient").first()
    ledger = ledger_of("command.local_rule")
    at("12:51")

    def enter(row=None, **values):
        saved = save_row(chief, ledger, values, row)
        drain()
        jobs = list(
            ProcrastinateJob.objects.filter(task_name="anlan.command.tasks.follow_rules").values_list("args", flat=True)
        )
        assert str(call.pk) in {job["incident"] for job in jobs}, "each incident by itself"
        for job in jobs:
            follow_rules(**job)
        return saved

    row = enter(
        scope="110107000000", rule="gov_30_60", written_min=45, source="本区信息报送规定（示例）", since="2016-01-01",
        confidence="high",
    )  # fmt: skip
    clock.refresh_from_db()
    assert (clock.minutes, clock.legal_at, clock.clause) == (45, moment("13:26"), "本区信息报送规定（示例）")
    assert Report.everything.get(incident=call, stage="first", office="county").legal_at == moment("13:26")
    (limits,) = ledger.related(desk, row)
    assert any(call.number in i["text"] and "截止 07-20 13:26" in i["state"] for i in limits["items"])

    at("13:27")
    enter(row, written_min=120)
    clock.refresh_from_db()
    assert (clock.state, clock.legal_at) == ("running", moment("13:26")), "what has passed stays passed"
    (limits,) = ledger.related(acting("zhibanyuan"), row)
    assert any("已于 07-20 13:26 超时" in i["state"] for i in limits["items"])
    confirm_facts(acting("zhibanyuan"), call, {"injured": 2})
    clock.refresh_from_db()
    assert (clock.state, clock.legal_at) == ("running", moment("13:26")), "also when the next figures arrive"
    enter(row, written_min=None, off=True)
    confirm_facts(acting("zhibanyuan"), call, {"injured": 3})
    clock.refresh_from_db()
    assert (clock.state, clock.legal_at) == ("running", moment("13:26")), "nor does the rule's end undo it"
