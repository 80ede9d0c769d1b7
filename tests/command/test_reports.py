from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from anlan.command.models import Report, ReportClock
from anlan.command.services import confirm_facts, correct, edit_report, meet_clocks
from anlan.command.services.papers import document_of, lay_down_pdf, paper
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from anlan.kernel.loops.stepping import take_step
from anlan.kernel.models import AuditEntry
from anlan.places.models import Person


def moment(time, day=20):
    return datetime.fromisoformat(f"2016-07-{day:02d}T{time}:00+08:00")


@pytest.fixture
def clocks(acting):
    def of(incident, **where):
        return {
            (c.recipient, c.form): c
            for c in ReportClock.objects.in_world(acting("zhibanyuan")).open().filter(incident=incident, **where)
        }

    return of


@pytest.fixture
def first(acting, call):
    return Report.objects.in_world(acting("zhibanyuan")).get(incident=call, stage="first")


def go(acting, report, *, means="written"):
    take_step(acting("zhibanyuan"), report, "submit", {})
    take_step(acting("daiban"), report, "sign", {})
    take_step(acting("zhibanyuan2"), report, "send", {"means": means, "received_by": "市值班室（示例）"})


def test_clocks_start_by_themselves_one_for_each_recipient_and_form(call, clocks):
    running = clocks(call, stage="first")
    assert {
        ("city_gov", "phone"),
        ("city_gov", "written"),
        ("city_emergency", "phone"),
        ("city_party", "written"),
    } <= set(running)
    phone = running["city_gov", "phone"]
    assert phone.immediate
    assert phone.legal_at == moment("13:11")
    assert phone.due_at == moment("13:11")
    assert phone.rule == "gov_immediate"
    assert "突发事件应对法" in phone.clause


def test_the_strictest_rule_runs_and_names_those_it_beats(call, clocks):
    phone = clocks(call)["city_gov", "phone"]
    assert [one["rule"] for one in phone.supersedes] == ["gov_30_60"]
    written = clocks(call)["city_gov", "written"]
    assert written.rule == "gov_30_60"
    assert not written.certain
    assert "grade" in written.needs


def test_a_provisional_clock_gives_way_when_its_rule_turns_out_not_to_apply(acting, call, clocks):
    from anlan.command.services import set_sensitive

    confirm_facts(acting("zhibanyuan"), call, {"deaths": 0, "missing": 0})
    set_sensitive(acting("zhibanyuan"), call, sensitive=False)
    written = clocks(call)["city_gov", "written"]
    assert written.certain
    assert written.legal_at > moment("13:41")
    old = (
        ReportClock.objects.in_world(acting("zhibanyuan"))
        .filter(incident=call, recipient="city_gov", form="written", rule="gov_30_60")
        .get()
    )
    assert old.state == "dropped"


def test_limits_that_end_or_move_together_are_written_down_together(acting, call):
    """However many limits figures change: what is told of them goes out in one statement, and so does what is recorded."""
    ctx = acting("zhibanyuan")
    told = AuditEntry.objects.filter(object_type=ReportClock.loop.key)
    before = told.count()
    with CaptureQueriesContext(connection) as asked:
        confirm_facts(ctx, call, {"deaths": 0, "missing": 0, "trapped": 0, "injured": 0})
    actions = list(told.order_by("id").values_list("action", flat=True))[before:]
    assert {action.rpartition(".")[2] for action in actions} == {"move_deadline", "drop", "open"}
    assert len(actions) > 6
    statements = [query["sql"] for query in asked]
    written = [
        sum(f"INSERT INTO {table}" in sql for sql in statements) for table in ("kernel_outbox", '"kernel_auditentry"')
    ]
    # The limits' own, and beside them what the incident and its draft say of themselves.
    assert written == [2, 4]


def test_what_no_count_answers_is_asked_and_ends_the_stricter_clocks(acting, call, clocks, client):
    ctx = acting("zhibanyuan")
    confirm_facts(ctx, call, {"deaths": 0, "missing": 0})
    assert not clocks(call)["state_emergency", "written"].certain
    with pytest.raises(BadInput) as refused:
        confirm_facts(ctx, call, {"severe_loss": "大概"})
    assert refused.value.field == "severe_loss"
    confirm_facts(ctx, call, {"severe_loss": "no", "may_become_major": False}, source="街道回电")
    assert call.facts["severe_loss"] is False
    assert ("state_emergency", "written") not in clocks(call)
    confirm_facts(ctx, call, {"severe_loss": "yes"})
    assert clocks(call)["state_emergency", "written"].certain
    client.force_login(Person.objects.get(username="zhibanyuan"))
    session = client.session
    session["anlan_world"] = str(ctx.world)
    session.save()
    page = client.get(call.get_absolute_url()).content.decode()
    assert "严重损失 <strong>是</strong>" in page
    confirm_facts(ctx, call, {"severe_loss": "unknown"})
    assert call.facts["severe_loss"] is None


def test_a_higher_grade_brings_a_stricter_rule_that_replaces_the_looser(acting, call, clocks):
    ctx = acting("zhibanyuan")
    confirm_facts(ctx, call, {"deaths": 0, "missing": 0})
    confirm_facts(ctx, call, {"deaths": 3})
    assert call.grade == "较大"
    written = clocks(call)["city_gov", "written"]
    assert written.rule == "gov_30_60"
    assert written.certain


def test_the_draft_is_there_at_once_and_marks_what_is_missing(first):
    assert first.state == "drafted"
    assert "市政府总值班室" in first.addressees
    words = "".join(p["text"] for p in first.body["paragraphs"])
    assert "2016年7月20日12时35分" in words
    assert "待核" in words
    assert "被困0人" not in words
    assert any("伤亡" in m for m in first.missing)


def test_the_draft_follows_the_facts_until_a_person_writes_in_it(acting, call, first):
    ctx = acting("zhibanyuan")
    confirm_facts(ctx, call, {"trapped": 3})
    first.refresh_from_db()
    assert "被困3人" in str(first.body)
    edit_report(ctx, first, title="关于古城南路下凹桥积水的报告", paragraphs=[{"heading": "", "text": "桥下积水。"}])
    confirm_facts(ctx, call, {"trapped": 5})
    first.refresh_from_db()
    assert first.body["paragraphs"] == [{"heading": "", "text": "桥下积水。"}]


def test_nobody_writes_over_somebody_elses_words(acting, first):
    from anlan.command.services.reports import fingerprint

    seen = fingerprint(first)
    edit_report(acting("zhibanyuan"), first, title="甲", paragraphs=[{"text": "甲写的"}], seen=seen)
    with pytest.raises(Conflict, match="刚被别人改过"):
        edit_report(acting("zhibanzhang"), first, title="乙", paragraphs=[{"text": "乙写的"}], seen=seen)


def test_only_the_leader_in_charge_signs(acting, first):
    take_step(acting("zhibanyuan"), first, "submit", {})
    with pytest.raises(NotAllowed):
        take_step(acting("zhibanyuan"), first, "sign", {})
    take_step(acting("daiban"), first, "sign", {})
    assert first.serial == "石应急信〔2016〕1号"


def test_the_signed_paper_is_laid_down_with_serial_urgency_signer_and_the_mark_of_the_exercise(acting, first):
    take_step(acting("zhibanyuan"), first, "submit", {})
    take_step(acting("daiban"), first, "sign", {})
    docx = paper(first, "docx")
    assert docx is not None
    assert docx.name.startswith("【演练】石应急信〔2016〕1号")
    said = document_of(first)
    assert said.exercise
    assert said.urgency == "特急"
    assert said.signers
    assert said.serial == first.serial
    pdf = lay_down_pdf(acting("zhibanyuan"), first)
    assert pdf.media_type == "application/pdf"
    assert lay_down_pdf(acting("zhibanyuan"), first).pk == pdf.pk


def test_sending_meets_the_written_clocks_and_starts_those_of_the_continued_report(acting, call, first, clocks, at):
    at("12:50")
    go(acting, first)
    met = ReportClock.objects.in_world(acting("zhibanyuan")).get(
        incident=call, recipient="city_gov", form="written", state="met"
    )
    assert (met.means, met.received_by, met.late_minutes, met.report_id) == ("written", "", 0, first.pk)
    following = clocks(call, stage="continue")["city_gov", "written"]
    assert following.legal_at == moment("16:50")
    assert ("city_gov", "phone") in clocks(call, stage="first")


def test_a_telephone_report_is_recorded_with_who_took_it(acting, call, clocks, at):
    at("12:48")
    meet_clocks(
        acting("zhibanyuan"), [clocks(call)["city_gov", "phone"]], means="phone", received_by="市值班员（示例）"
    )
    clock = ReportClock.objects.in_world(acting("zhibanyuan")).get(
        incident=call, recipient="city_gov", form="phone", state="met"
    )
    assert clock.met_at == moment("12:48")
    assert "值班员" in clock.reported_by
    with pytest.raises(BadInput):
        meet_clocks(acting("zhibanyuan"), [clocks(call)["city_party", "phone"]], means="phone", at=moment("13:30"))


def test_a_late_report_goes_up_and_stays_late(acting, call, first, at):
    at("13:47")
    go(acting, first)
    clock = ReportClock.objects.in_world(acting("zhibanyuan")).get(
        incident=call, recipient="city_gov", form="written", state="met"
    )
    assert clock.late_minutes == 6


def test_two_people_send_at_once_one_wins_and_the_other_is_told(acting, first):
    take_step(acting("zhibanyuan"), first, "submit", {})
    take_step(acting("daiban"), first, "sign", {})
    mine, theirs = (Report.objects.get_visible(acting(who), pk=first.pk) for who in ("zhibanyuan", "zhibanyuan2"))
    take_step(acting("zhibanyuan"), mine, "send", {"means": "written"})
    with pytest.raises(Conflict, match="已发出"):
        take_step(acting("zhibanyuan2"), theirs, "send", {"means": "written"})


def test_telephone_alone_is_not_enough_where_paper_is_owed(acting, first):
    take_step(acting("zhibanyuan"), first, "submit", {})
    take_step(acting("daiban"), first, "sign", {})
    with pytest.raises(BadInput, match="书面"):
        take_step(acting("zhibanyuan"), first, "send", {"means": "phone"})


def test_a_correction_after_sending_is_a_new_number(acting, first):
    ctx = acting("zhibanyuan")
    go(acting, first)
    with pytest.raises(Conflict):
        edit_report(ctx, first, title="改", paragraphs=[{"text": "改"}])
    fixed = correct(ctx, first, reason="被困人数由不详更正为3人")
    assert fixed.ordinal == 2
    assert fixed.corrects_id == first.pk
    assert fixed.state == "drafted"
    go(acting, fixed)
    first.refresh_from_db()
    assert fixed.serial == "石应急信〔2016〕2号"
    assert first.serial == "石应急信〔2016〕1号"


def test_closing_ends_continued_reports_and_starts_the_final(acting, call, first, clocks, at):
    take_step(acting("zhibanyuan"), call, "verify", {"how": "回拨"})
    go(acting, first)
    at("18:00")
    take_step(acting("zhibanzhang"), call, "close", {"conclusion": "积水排除，人员无恙"})
    assert not clocks(call, stage="continue")
    final = clocks(call, stage="final")
    assert final["city_gov", "written"].legal_at == moment("18:00", 21)
    report = Report.objects.in_world(acting("zhibanyuan")).get(incident=call, stage="final")
    go(acting, report)
    assert not clocks(call, stage="final")


def test_reports_of_a_district_do_not_exist_for_others(acting, first):
    for who in ("gucheng", "shuiwu", "bajiao"):
        with pytest.raises(NotFound):
            Report.objects.get_visible(acting(who), pk=first.pk)
