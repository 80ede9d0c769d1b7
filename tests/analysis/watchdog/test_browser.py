"""A dead engine shows on an open page by itself, although the live stream has nothing more to say; so does its return."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from anlan.kernel.health.state import read_state
from tests.browsing import chromium, patient
from tests.cast import DISTRICT, person
from tests.running import until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as launched:
        yield launched


def test_an_open_page_says_that_the_platform_stands_still_and_takes_it_back(browser, watched):
    officer = person("zhiban", DISTRICT, "duty_officer")
    watched.web()
    engine = watched.engine()
    watched.watchdog()
    until(lambda: (read_state(settings.VAR_DIR) or {}).get("state") == "ok", what="the chain working")
    client = Client()
    client.force_login(officer)
    context = patient(browser.new_context(locale="zh-CN"))
    context.add_cookies([{"name": "anlan_session", "value": client.cookies["anlan_session"].value, "url": watched.url}])
    page = context.new_page()
    page.goto(f"{watched.url}/system/")
    page.get_by_text("一切正常").or_(page.get_by_text("平台能用")).first.wait_for()
    engine.send_signal(signal.SIGSTOP)
    band = page.get_by_role("alert").filter(has_text="平台停顿")
    band.wait_for()
    assert "系统管理员" in band.inner_text()
    band.get_by_role("link", name="平台运行").click()
    page.get_by_text("停在这里").wait_for()
    engine.send_signal(signal.SIGCONT)
    band.wait_for(state="detached")
    context.close()
