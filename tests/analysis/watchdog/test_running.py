"""The watchdog as a process beside the real web and engine processes: what stands still is noticed, called out, and over again."""

from __future__ import annotations

import signal

import httpx
import pytest
from django.conf import settings

from anlan.analysis.models import ChainAlarm, ProbeRun
from anlan.kernel.health.probing import SCOPE, shows_token, token
from anlan.kernel.health.state import read_state
from anlan.kernel.models import AuditEntry, Outbox
from anlan.messaging.models import Message
from anlan.sensing.models import Thing
from tests.cast import DISTRICT, GUCHENG, person
from tests.running import until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk(watched):
    """A web process, a duty officer and an administrator."""
    person("zhiban", DISTRICT, "duty_officer")
    person("guanli", DISTRICT, "admin")
    watched.web()
    return watched


def state() -> dict:
    return read_state(settings.VAR_DIR) or {}


def alarms(**wanted) -> list[ChainAlarm]:
    """Of a slow machine there may be others than those that a test makes: it too stands still at times."""
    return list(ChainAlarm.objects.unscoped("test").filter(**wanted).order_by("since"))


def all_is_well() -> bool:
    return state().get("state") == "ok" and not alarms(closed_at=None)


def told(running) -> httpx.Response:
    return httpx.get(f"{running.url}/health/chain", timeout=60)


def test_a_probe_walks_the_whole_chain_and_nobody_else_meets_it(desk):
    desk.engine()
    desk.watchdog(deadline_s=120)
    until(lambda: state().get("passed", 0) >= 2, what="a probe coming through")
    until(lambda: set(state()["stages"]) >= {"web", "judge", "bus", "live"}, what="when it passed each stage")
    assert (state()["state"], state()["database"], state()["bus"], state()["live"]) == ("ok", True, True, True)
    until(ProbeRun.objects.exists, what="its history")
    assert told(desk).json()["state"] == "ok"
    assert not AuditEntry.objects.filter(scope__startswith=SCOPE).exists(), "no noise in the record"
    assert Thing.objects.unscoped("test").get(pk="~probe").scope == SCOPE
    assert not Outbox.objects.filter(subject="analysis.probe.passed").exclude(scope=SCOPE).exists()


def test_an_engine_that_stands_still_calls_the_duty_officer_and_its_return_is_said(desk):
    engine = desk.engine()
    desk.watchdog()
    until(all_is_well, what="the chain working")
    engine.send_signal(signal.SIGSTOP)
    until(
        lambda: alarms(closed_at=None, stage__in=("judge", "outbox", "relay")),
        what="the alarm: what the engine does is not done",
    )
    (alarm,) = alarms(closed_at=None)
    assert (alarm.state, alarm.scope, alarm.owner_role) == ("raised", DISTRICT, "duty_officer")
    answer = told(desk)
    assert (answer.status_code, answer.json()["state"]) == (503, "stuck")
    assert "系统管理员" in answer.json()["mend"]
    called = Message.objects.unscoped("test").filter(about_id=str(alarm.pk))
    until(called.exists, what="the call")
    assert "平台停顿" in called.get().text
    assert {d.person.username for d in called.get().deliveries.all()} == {"zhiban", "guanli"}
    engine.send_signal(signal.SIGCONT)
    until(all_is_well, what="the return")
    (ended,) = alarms(pk=alarm.pk)
    assert ended.state == "over"
    assert ended.outage_s >= 5
    until(lambda: called.count() == 2, what="the good news")
    assert ProbeRun.objects.exclude(stuck_at="").exists()


def test_a_watchdog_that_died_in_a_standstill_takes_it_up_again(desk):
    engine = desk.engine()
    first = desk.watchdog()
    until(all_is_well, what="the chain working")
    engine.kill()
    until(lambda: alarms(closed_at=None) and state()["state"] == "stuck", what="the alarm")
    (alarm,) = alarms(closed_at=None)
    first.kill()
    first.wait()
    since = state()["since"]
    desk.watchdog()
    until(lambda: state()["pid"] != first.pid, what="the second watchdog")
    assert (state()["state"], state()["since"]) == ("stuck", since)
    desk.engine()
    until(all_is_well, what="the end")
    assert [a.state for a in alarms(pk=alarm.pk)] == ["over"]


def test_the_token_opens_the_door_for_readings_and_nothing_else(desk):
    shown = {"Authorization": f"Bearer {token()}"}
    assert not shows_token("Bearer x")
    person("wangge", GUCHENG, "grid")
    with httpx.Client(base_url=desk.url, headers=shown, timeout=60) as probe:
        assert probe.get("/api/v1/sensing/stations").status_code in (401, 403)
        assert probe.get("/api/v1/kernel/loops").status_code in (401, 403)
        assert probe.get("/stations/").status_code == 302
        foreign = {"station": "uci.gucheng", "time": "2016-07-20T12:00:00+08:00", "value": 1}
        said = probe.post("/api/v1/sensing/observations", json={"readings": [foreign]}).json()
        assert (said["accepted"], len(said["rejected"])) == (0, 1)
    bad = httpx.post(
        f"{desk.url}/api/v1/sensing/observations", headers={"Authorization": "Bearer x"}, json={"readings": []}
    )
    assert bad.status_code in (401, 403)
