"""Registering a receiver, its second look, a test message and a refusal, as people see them."""

from __future__ import annotations

import os
import re

import pytest
from django.conf import settings
from django.test import Client

from anlan.places.models import Person
from tests.browsing import chromium, patient
from tests.cast import DISTRICT, person, signed_in
from tests.kernel.webhooks.conftest import NETS

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def browser():
    # Playwright's event loop runs in this thread while it is open; the database is asked here all the same.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with chromium() as opened:
        yield opened
    os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE")
    if before is not None:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


def page_of(browser, url: str, somebody: Person):
    cookie = signed_in(Client(), somebody).cookies[settings.SESSION_COOKIE_NAME].value
    context = patient(browser.new_context(locale="zh-CN"))
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": url}])
    return context.new_page()


def test_a_receiver_is_registered_released_tested_and_refuses(running, receiver, browser):
    from playwright.sync_api import expect

    door = receiver()
    url = door.url.replace("127.0.0.1", "localhost")
    running.env |= {"ANLAN_WEBHOOK_HOSTS": "", "ANLAN_WEBHOOK_NETS": ",".join([*NETS, "::1/128"])}
    running.web()
    running.engine()
    chief = page_of(browser, running.url, person("chief", DISTRICT, "duty_chief"))
    admin = page_of(browser, running.url, person("admin-one", DISTRICT, "admin"))

    chief.goto(f"{running.url}/webhooks/new/")
    chief.get_by_label("接收方名称").fill("水务平台（示例）")
    chief.get_by_label("接收地址").fill(url)
    chief.get_by_label("研判信号").check()
    chief.get_by_role("button", name="登记").click()
    expect(chief.get_by_text("没有加密").first).to_be_visible()
    expect(chief.get_by_label("接收地址")).to_have_value(url)
    expect(chief.get_by_label("研判信号")).to_be_checked()

    chief.get_by_label("接收地址").fill(url.replace("http:", "https:"))
    chief.get_by_role("button", name="登记").click()
    expect(chief.locator("[data-secret]")).to_have_text(re.compile("^anlan_"))
    chief.get_by_role("link", name="我已记下").click()
    expect(chief.get_by_role("button", name="发测试消息")).to_have_count(0)

    admin.goto(f"{running.url}/webhooks/")
    admin.get_by_role("link", name="水务平台（示例）").click()
    admin.get_by_role("button", name="放行").first.click()
    admin.get_by_label("核对情况").fill("与接收单位电话核对")
    admin.get_by_role("dialog").get_by_role("button", name="放行").click()

    # The other page follows by itself. The receiver speaks no TLS: the message fails, and says so.
    chief.get_by_role("button", name="发测试消息").click()
    expect(chief.locator("tr[data-phase=late]")).to_contain_text("未送达")
    expect(chief.locator("tr[data-phase=late]")).to_contain_text("测试")
    assert not door.got
