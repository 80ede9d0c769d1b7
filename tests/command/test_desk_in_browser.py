"""The duty desk with real processes and a real browser: typed, recognised, opened, sent for signature, without a reload."""

import pytest
from django.conf import settings
from django.test import Client

from anlan.places.models import Person
from tests.browsing import chromium, patient

from .conftest import CALL


@pytest.fixture
def page(people, exercise, running, monkeypatch):
    running.env = {"ANLAN_ATTACHMENT_DIR": str(settings.ATTACHMENT_DIR)}
    running.web()
    running.engine()
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    client = Client()
    client.force_login(Person.objects.get(username="zhibanyuan"))
    session = client.session
    session["anlan_world"] = str(exercise.pk)
    session.save()
    with chromium() as browser:
        size = {"width": 1366, "height": 768}
        context = patient(browser.new_context(viewport=size, locale="zh-CN", timezone_id="Asia/Shanghai"))
        context.add_cookies(
            [
                {
                    "name": settings.SESSION_COOKIE_NAME,
                    "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
                    "url": running.url,
                }
            ]
        )
        shown = context.new_page()
        shown.goto(f"{running.url}/desk/")
        yield shown


@pytest.mark.browser
def test_enter_opens_the_incident_and_one_press_sends_the_first_report_for_signature(page, at):
    at("12:41")
    page.locator("textarea[name=text]").fill(CALL)
    page.locator("input[name=trapped]").wait_for()
    assert page.input_value("input[name=trapped]") == ""
    assert page.input_value("input[name=cars]") == "2"
    page.locator("textarea[name=text]").press("Enter")
    page.locator("#desk-at-hand h1", has_text="古城南路下凹桥").wait_for()
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight"), "the desk fits 1366×768"
    page.locator("#desk-due-list li", has_text="首报（书面）").get_by_role("button", name="送签").click()
    page.locator("#desk-due-list li", has_text="待签发").first.wait_for()
