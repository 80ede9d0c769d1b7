"""Judge, bus and database stand still under the whole platform: said at once, called out as soon as anything can be written."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from django.conf import settings

from anlan.analysis.models import ChainAlarm
from anlan.kernel.health.state import read_state
from anlan.kernel.runtime import pytest_plugin
from anlan.messaging.models import Message
from tests.cast import DISTRICT, person
from tests.running import until

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def standing(pid: int) -> Iterator[None]:
    """The process and what it started do nothing at all inside the block."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    all_of_it = [pid, *map(int, children)]
    for one in all_of_it:
        os.kill(one, signal.SIGSTOP)
    try:
        yield
    finally:
        for one in all_of_it:
            os.kill(one, signal.SIGCONT)


def state() -> dict:
    return read_state(settings.VAR_DIR) or {}


def alarms(**wanted) -> list[ChainAlarm]:
    """Of a slow machine there may be others: it too stands still at times."""
    return list(ChainAlarm.objects.unscoped("test").filter(**wanted).order_by("since"))


def all_is_well() -> bool:
    return state().get("state") == "ok" and not alarms(closed_at=None)


def test_whatever_stands_still_is_said_and_its_return_ends_it(watched):
    person("zhiban", DISTRICT, "duty_officer")
    watched.env["ANLAN_JUDGE"] = "process"
    watched.web()
    watched.engine()
    judge = watched.judge()
    watched.watchdog()
    until(all_is_well, what="the chain working")

    with standing(judge.pid):
        until(lambda: alarms(closed_at=None, stage="judge"), what="the judge being missed")
    until(all_is_well, what="the judge being back")

    with standing(pytest_plugin.platform.bus.child.pid):
        until(lambda: alarms(closed_at=None, stage__in=("relay", "bus", "live")), what="the bus being missed")
    until(all_is_well, what="the bus being back")

    with standing(pytest_plugin.platform.postgres.child.pid):
        until(lambda: (state()["state"], state()["stage"]) == ("stuck", "database"), what="the database being missed")
        told = httpx.get(f"{watched.url}/health/chain", timeout=60)
        assert (told.status_code, told.json()["stage"], told.json()["text"]) == (503, "database", "数据库没有应答")
    until(all_is_well, what="the database being back")
    until(lambda: alarms(state="over", stage="database"), what="what happened being written down")
    (missed,) = alarms(stage="database")
    said = Message.objects.unscoped("test").filter(about_id=str(missed.pk))
    until(said.exists, what="those on duty being told")
