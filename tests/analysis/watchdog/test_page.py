"""The page of the platform's own state: plain words for all, what it is made of for administrators, a switch for work on it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from anlan.analysis.models import ChainAlarm, ProbeRun, StoppedRule, Upkeep
from anlan.analysis.watchdog import services
from anlan.kernel import clock
from anlan.kernel.health import app
from anlan.kernel.health.state import state_file, write_state
from anlan.kernel.models import AuditEntry
from anlan.kernel.worlds import REAL
from anlan.messaging.models import Message
from anlan.places.identity import context_of
from tests.cast import DISTRICT, GUCHENG, HAIDIAN, person, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def state(settings, tmp_path, monkeypatch):
    """Put a state into the file as the watchdog would: ``state("stuck", stage="judge")``."""
    settings.VAR_DIR = str(tmp_path)

    def put(word: str = "ok", **given) -> None:
        now = clock.real_now().isoformat()
        told = {
            "at": now, "state": word, "stage": "", "since": None, "text": {}, "mend": {}, "last_passed": now, "upkeep": None,
            "stages": {"web": 0.01, "judge": 0.02, "bus": 0.03, "live": 0.04}, "sent": 7, "passed": 7, "stuck": 0, "rooms": {},
        }  # fmt: skip
        write_state(tmp_path, told | given)
        monkeypatch.setattr(app, "_read", (float("-inf"), None))

    return put


@pytest.fixture
def chief(db):
    return person("banzhang", DISTRICT, "duty_chief", "duty_officer")


def stuck(state) -> None:
    words = {"zh-hans": "读数存下了，但没有研判", "en": "stored, not judged"}
    state(
        "stuck",
        stage="judge",
        since=clock.real_now().isoformat(),
        text=words,
        mend={"zh-hans": "请直接看测站读数", "en": "look"},
    )


def test_an_officer_reads_that_all_is_well_or_where_it_stopped_and_whom_to_find(client, chief, state):
    helper = person("guanli", DISTRICT, "admin")
    helper.phone = "010-12345678"
    helper.save()
    state("ok")
    page = signed_in(client, chief).get("/system/").content.decode()
    assert "40 毫秒" in page
    assert "tel:010-12345678" in page
    assert "PID" not in page, "what it is made of is for administrators"
    stuck(state)
    page = client.get("/system/").content.decode()
    assert "读数存下了，但没有研判" in page
    assert "请直接看测站读数" in page
    assert page.index("停在这里") > page.index("入库"), "the stage that it stopped before is marked"


def test_an_administrator_sees_figures_refusals_and_stations_that_are_not_judged(client, state):
    state("ok")
    StoppedRule.objects.create(
        world_id=REAL, station="uci.gucheng", error="ZeroDivisionError", since=clock.real_now(), at=clock.real_now()
    )
    page = signed_in(client, person("guanli", DISTRICT, "admin")).get("/system/").content.decode()
    for seen in ("anlan_outbox_unpublished", "uci.gucheng", "ZeroDivisionError", "1 处的研判停了"):
        assert seen in page


def test_a_stranger_and_a_street_learn_nothing_that_is_not_theirs(client, chief, state):
    state("ok")
    assert client.get("/system/").status_code == 302
    services.record_standstill(stage="judge", since=clock.real_now(), text="读数存下了，但没有研判", mend="")
    street = signed_in(client, person("wangge", GUCHENG, "grid"))
    page = street.get("/system/").content.decode()
    assert "停顿记录" not in page
    assert "开始检修" not in page
    helper = person("guanli", DISTRICT, "admin")
    assert helper.name in street.get("/system/").content.decode()
    elsewhere = signed_in(Client(), person("haidian", HAIDIAN, "grid"))
    assert helper.name not in elsewhere.get("/system/").content.decode(), "another district's people are not named"
    assert street.post("/system/upkeep/", {"reason": "x", "minutes": "5"}).status_code == 403


def test_what_anybody_may_ask_tells_no_more_than_whether_it_works(state):
    stuck(state)
    told = app.chain_state("en")
    assert (told["state"], told["text"], told["mend"]) == ("stuck", "stored, not judged", "look")
    assert set(told) == {"state", "stage", "since", "text", "mend", "at"}
    state("ok", at="2016-07-20T00:00:00+00:00")
    assert app.chain_state("zh-hans")["state"] == "unknown", (
        "a watchdog that no longer writes is not taken at its last word"
    )
    state_file(settings.VAR_DIR).unlink()
    app._read = (float("-inf"), None)
    assert app.chain_state("zh-hans")["state"] == "absent"


def test_work_on_the_platform_is_announced_with_a_reason_ends_by_itself_and_is_on_record(client, chief, state):
    state("ok")
    desk = signed_in(client, chief)
    assert desk.post("/system/upkeep/", {"reason": "", "minutes": "30"}).status_code == 422
    assert desk.post("/system/upkeep/", {"reason": "换盘", "minutes": "9999"}).status_code == 422
    assert desk.post("/system/upkeep/", {"reason": "换盘", "minutes": "30"}).status_code == 302
    assert "换盘" in desk.get("/system/").content.decode()
    assert desk.post("/system/upkeep/", {"reason": "又一次", "minutes": "30"}).status_code == 409
    with clock.fixed(clock.real_now() + timedelta(minutes=31)):
        assert services.current_upkeep() is None
    desk.post("/system/upkeep/end/")
    assert Upkeep.objects.get().ended_at is not None
    assert set(AuditEntry.objects.values_list("action", flat=True)) >= {"analysis.upkeep.begin", "analysis.upkeep.end"}


def test_one_standstill_is_one_alarm_whatever_is_said_of_it_and_its_end_says_how_long(
    chief, django_capture_on_commit_callbacks
):
    since = clock.real_now() - timedelta(seconds=90)
    first = services.record_standstill(stage="judge", since=since, text="读数存下了，但没有研判", mend="看读数")
    again = services.record_standstill(stage="relay", since=since, text="消息没有发布出去", mend="刷新")
    assert first.pk == again.pk
    alarm = ChainAlarm.objects.unscoped("test").get()
    assert (alarm.stage, alarm.text) == ("relay", "消息没有发布出去")
    assert [m.urgent for m in Message.objects.unscoped("test")] == [True]
    services.end_standstill(recovered_at=since + timedelta(seconds=90))
    alarm.refresh_from_db()
    assert (alarm.state, alarm.outage_s) == ("over", 90)
    assert "停顿 90 秒" in Message.objects.unscoped("test").order_by("-sent_at").first().text
    assert services.end_standstill(recovered_at=clock.real_now()) is None
    assert services.record_standstill(stage="judge", since=since, text="x", mend="") is None, (
        "what is over is not raised again"
    )


def test_a_standstill_that_could_not_be_written_down_while_it_lasted_is_written_afterwards(chief):
    since = clock.real_now() - timedelta(seconds=40)
    services.record_standstill(
        stage="database", since=since, text="数据库没有应答", mend="", recovered_at=clock.real_now()
    )
    alarm = ChainAlarm.objects.unscoped("test").get()
    assert (alarm.state, alarm.outage_s) == ("over", 40)
    assert [m.text[:6] for m in Message.objects.unscoped("test")] == ["【平台恢复】"], (
        "nobody is called for what is over"
    )


def test_an_alarm_that_nobody_confirms_climbs_without_the_engine(chief):
    person("daiban", DISTRICT, "duty_leader")
    with clock.fixed(clock.real_now()):
        services.record_standstill(stage="judge", since=clock.real_now(), text="读数存下了，但没有研判", mend="")
        assert services.climb_standstill() == 0
    with clock.fixed(clock.real_now() + timedelta(minutes=3)):
        assert services.climb_standstill() == 1
        assert services.climb_standstill() == 0
    late = [m.text for m in Message.objects.unscoped("test") if m.text.startswith("【超时】")]
    assert len(late) == 1
    with clock.fixed(clock.real_now() + timedelta(minutes=9)):
        services.climb_standstill()
    to = {d.person.username for m in Message.objects.unscoped("test") for d in m.deliveries.all()}
    assert to == {"banzhang", "daiban"}


def test_the_duty_officer_confirms_and_the_strip_shows_the_gap(client, chief, state):
    state("ok")
    services.record_standstill(stage="judge", since=clock.real_now(), text="读数存下了，但没有研判", mend="")
    alarm = ChainAlarm.objects.visible_to(context_of(chief)).get()
    desk = signed_in(client, chief)
    assert desk.post(
        f"/loop/analysis.chain_alarm/{alarm.pk}/step/acknowledge/", {"note": "已电话核实"}
    ).status_code in (200, 302)
    alarm.refresh_from_db()
    assert alarm.state == "acknowledged"
    now = clock.real_now()
    ProbeRun.objects.create(number=1, sent_at=now - timedelta(hours=2), live_ms=40)
    ProbeRun.objects.create(number=2, sent_at=now - timedelta(hours=1), stuck_at="judge")
    page = desk.get("/system/").content.decode()
    assert (page.count('data-state="ok"'), page.count('data-state="late"')) == (1, 1)
    assert page.count('data-state="none"') == 142
