"""What is kept of a report proves what was done: by which means, taken by whom, under which number; nothing is lost to a second hand."""

from __future__ import annotations

from datetime import datetime

import pytest

from anlan.command.models import Report, ReportClock, ReportDelivery
from anlan.command.queries.desk import due
from anlan.command.queries.timeline import timeline
from anlan.command.services import begin_report, continue_report, correct, edit_report
from anlan.command.services.clocks import sync_clocks
from anlan.command.services.papers import document_of, paper
from anlan.kernel.errors import BadInput, Conflict, Refused
from anlan.kernel.loops.stepping import take_step
from anlan.kernel.services.papers import keep_paper_once


def moment(time, day=20):
    return datetime.fromisoformat(f"2016-07-{day:02d}T{time}:00+08:00")


@pytest.fixture
def first(acting, call):
    return Report.objects.in_world(acting("zhibanyuan")).get(incident=call, stage="first", office="county")


def running(acting, incident, **where):
    return ReportClock.objects.in_world(acting("zhibanyuan")).open().filter(incident=incident, **where)


def go(acting, report, **given):
    take_step(acting("zhibanyuan"), report, "submit", {})
    take_step(acting("daiban"), report, "sign", {})
    take_step(acting("zhibanyuan"), report, "send", {"means": "written", **given})
    return report


def test_a_call_is_no_paper_and_one_name_took_it_for_one_recipient_only(acting, call, first, at):
    officer = acting("zhibanyuan")
    written = running(acting, call, recipient="city_gov", form="written").get()
    with pytest.raises(BadInput, match="书面"):
        take_step(officer, written, "meet", {"means": "phone", "received_by": "市值班员（示例）"})
    phone = running(acting, call, recipient="city_gov", form="phone").get()
    with pytest.raises(BadInput, match="电话"):
        take_step(officer, phone, "meet", {"means": "written"})
    at("12:50")
    assert len(first.addressees) > 1
    go(acting, first, received_by="市政府值班员（示例）")
    met = ReportClock.objects.in_world(officer).filter(report=first, state="met")
    assert met.count() > 1
    assert {c.received_by for c in met} == {""}, "nobody said which of the recipients it was"
    assert not ReportDelivery.everything.filter(report=first, received_at__isnull=False).exists()


def test_a_correction_is_begun_once_keeps_the_signed_words_and_takes_no_number_of_the_next_report(
    acting, call, first, at
):
    officer, second = acting("zhibanyuan"), acting("zhibanyuan2")
    take_step(officer, call, "verify", {"how": "回拨"})
    go(acting, first)
    at("13:30")
    news = continue_report(officer, call)
    assert "（一）" in news.title
    paragraphs = [*news.body["paragraphs"], {"heading": "最新进展", "text": "13时20分，积水退至20厘米。"}]
    edit_report(officer, news, title=news.title, paragraphs=paragraphs)
    go(acting, Report.objects.in_world(officer).get(pk=news.pk))
    fixed = correct(officer, news, reason="积水深度由20厘米更正为30厘米")
    assert "积水退至20厘米" in "".join(p["text"] for p in fixed.body["paragraphs"])
    rows = [row for row in due(officer).rows if row.record is not None and row.record.pk == fixed.pk]
    assert [row.id for row in rows] == [str(fixed.pk)], "a correction stands for no paper that is still owed"
    assert any("方式：书面" in i.text for i in timeline(officer, call)), "the story says labels, not codes"
    assert not any("written" in i.text for i in timeline(officer, call))
    with pytest.raises(Conflict, match="更正"):
        correct(second, news, reason="积水深度由20厘米更正为30厘米")
    go(acting, fixed)
    again = correct(second, fixed, reason="单位有误")
    assert again.title.count("更正") == 1
    assert [p["heading"] for p in again.body["paragraphs"]].count("更正事项") == 1
    take_step(second, again, "withdraw", {"reason": "核对无误"})
    at("14:30")
    following = begin_report(officer, call, "continue")
    assert "（二）" in following.title, following.title
    take_step(officer, following, "withdraw", {"reason": "没有新情况"})
    assert "（二）" in begin_report(officer, call, "continue").title


def test_a_limit_set_aside_by_the_chief_stays_so_and_one_that_has_passed_cannot_be(acting, call, at):
    chief = acting("zhibanzhang")
    clock = running(acting, call, recipient="city_party", form="phone").get()
    take_step(chief, clock, "drop", {"reason": "市委与市政府合署值班"})
    sync_clocks(chief, call)
    assert not running(acting, call, recipient="city_party", form="phone").exists()
    at("13:12")
    late = running(acting, call, recipient="city_gov", form="phone").get()
    with pytest.raises(Refused, match="已过"):
        take_step(acting("zhibanzhang"), late, "drop", {"reason": "不适用"})


def test_what_is_under_way_ends_with_its_incident(acting, call, first, at):
    take_step(acting("zhibanyuan"), call, "verify", {"how": "回拨"})
    go(acting, first)
    news = continue_report(acting("zhibanyuan"), call)
    take_step(acting("zhibanyuan"), news, "submit", {})
    at("18:00")
    take_step(acting("zhibanzhang"), call, "close", {"conclusion": "积水排除"})
    news.refresh_from_db()
    assert news.state == "withdrawn"


def test_a_false_alarm_is_not_reported_because_its_paper_was_signed_already(acting, call, first):
    take_step(acting("zhibanyuan"), first, "submit", {})
    take_step(acting("daiban"), first, "sign", {})
    take_step(acting("zhibanzhang"), call, "dismiss", {"reason": "现场核实为施工降水"})
    first.refresh_from_db()
    assert first.state == "withdrawn"
    with pytest.raises(Conflict):
        take_step(acting("zhibanyuan"), first, "send", {"means": "written"})


def test_the_signed_paper_names_its_signer_the_party_first_and_is_kept_once(acting, call, first, at, page):
    officer = acting("zhibanyuan")
    assert first.addressees.index("市委总值班室") < first.addressees.index("市政府总值班室")
    assert "签发人" in first.missing
    take_step(officer, call, "verify", {"how": "回拨"})
    go(acting, first)
    first.refresh_from_db()
    assert "签发人" not in first.missing
    kept = paper(first, "docx")
    assert kept is not None
    assert keep_paper_once(officer, first, b"made at the same moment", name=kept.name).pk == kept.pk
    at("13:30")
    later = continue_report(officer, call)
    assert not any("报告序号" in name for name in later.missing)
    assert any(first.serial in getattr(block, "text", "") for block in document_of(later).body)
    shown = page("zhibanyuan").get(first.get_absolute_url()).content.decode()
    assert "方式：书面" in shown
