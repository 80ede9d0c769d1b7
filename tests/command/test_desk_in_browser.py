"""The duty desk with real processes and a real browser: typed, recognised, opened, sent for signature, without a reload."""

import time

import pytest
from django.conf import settings
from django.test import Client

from anlan.command.models import Report
from anlan.command.services import open_incident
from anlan.places.models import Person
from tests.browsing import chromium, patient

from .conftest import CALL


@pytest.fixture
def page(people, exercise, running, monkeypatch):
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


@pytest.mark.browser
def test_every_action_of_the_desk_is_reached_without_a_mouse(page, at):
    """A call and a second one waiting: registered, figures confirmed, a task given, a step taken, all by keys; ? names them."""
    at("12:41")
    keys = page.keyboard
    keys.press("n")
    keys.insert_text(CALL)
    page.locator("input[name=trapped]").wait_for()
    keys.press("Enter")
    page.locator("#desk-at-hand h1", has_text="古城南路下凹桥").wait_for()
    keys.press("Escape")

    keys.press("f")
    page.locator("#inc-figures[open]").wait_for()
    page.locator("#inc-figures input[name=trapped]").focus()
    keys.type("0")
    keys.press("Enter")
    page.locator("#inc-figures[open]").wait_for(state="detached")
    page.locator("#desk-at-hand dl.facts", has_text="被困").wait_for()

    keys.press("Escape")
    keys.press("t")
    page.locator("#inc-task[open]").wait_for()
    page.locator("#inc-task textarea").focus()
    keys.insert_text("封控下凹桥")
    page.locator("#inc-task button.main").focus()
    keys.press("Enter")
    page.locator("#inc-task[open]").wait_for(state="detached")

    keys.press("Escape")
    keys.press("Shift+?")
    sheet = page.locator("#keysheet[open]")
    sheet.wait_for()
    said = sheet.inner_text()
    for words in ("核实数字", "派任务", "明确现场指挥", "启动预案", "记一条来报", "下一条", "办当前一条", "到办理按钮"):
        assert words in said, words
    keys.press("Escape")

    # The step buttons take the focus one after another, and Enter presses the one that has it.
    keys.press("a")
    first = page.evaluate("document.activeElement.textContent.trim()")
    keys.press("a")
    assert page.evaluate("document.activeElement.closest('[data-actions]') !== null")
    assert first
    unreachable = page.evaluate(
        """[...document.querySelectorAll('main :is(button, a[href], input, select, textarea, summary)')]
        .filter((e) => e.checkVisibility() && e.tabIndex < 0).map((e) => e.outerHTML.slice(0, 120))"""
    )
    assert unreachable == []
    # The list of what is due: a row by its key, its step by Enter.
    page.evaluate("document.activeElement.blur()")
    keys.press("j")
    page.locator("#desk-due-list [data-row][aria-current]").wait_for()


@pytest.mark.browser
def test_from_a_pasted_note_to_a_report_waiting_for_signature_takes_two_decisions_and_seconds(page, at):
    """A person decides twice: that this is an incident, and that its report goes up. The rest is the platform's time."""
    at("12:41")
    began = time.monotonic()
    page.evaluate(
        """(words) => {
            const pasted = new ClipboardEvent("paste", { bubbles: true, clipboardData: new DataTransfer() });
            pasted.clipboardData.setData("text/plain", words);
            document.body.dispatchEvent(pasted);
        }""",
        CALL,
    )
    page.locator("input[name=trapped]").wait_for()
    page.keyboard.press("Enter")  # the first decision
    page.locator("#desk-at-hand h1", has_text="古城南路下凹桥").wait_for()
    page.locator("#desk-due-list li", has_text="首报（书面）").get_by_role("button", name="送签").click()  # the second
    page.locator("#desk-due-list li", has_text="待签发").first.wait_for()
    assert Report.everything.get().state == "signing"
    assert time.monotonic() - began < 30


@pytest.mark.browser
def test_nothing_moves_under_the_pointer_and_what_a_person_does_is_not_rung_for(page, at, acting):
    """While somebody works in a list its rows stand still: what is new waits at the edge with a count until it is taken in."""
    at("12:41")
    page.evaluate(
        """() => {
            window.sounded = [];
            document.addEventListener("anlan:sounded", (event) => window.sounded.push(event.detail.exercise));
        }"""
    )
    page.locator("textarea[name=text]").fill(CALL)
    page.locator("input[name=trapped]").wait_for()
    page.locator("textarea[name=text]").press("Enter")
    row = page.locator("#desk-due-list [data-row]").first
    row.wait_for()
    page.locator("#desk-due-list li", has_text="首报（书面）").wait_for()
    assert page.evaluate("window.sounded") == [], "what the person does is not rung for"

    row.hover()
    before, box = row.get_attribute("id"), row.bounding_box()
    open_incident(acting("zhibanzhang"), text="12时36分八角街道杨庄东街3号院起火，2人被困")
    arrivals = page.locator("[data-arrivals=desk-due-list]:not([hidden])")
    arrivals.wait_for()
    assert "新到" in arrivals.inner_text()
    assert (page.locator("#desk-due-list [data-row]").first.get_attribute("id"), row.bounding_box()) == (before, box)
    assert page.locator("#desk-due-list").get_by_text("杨庄东街").count() == 0
    assert "古城南路下凹桥" in page.locator("#desk-at-hand h1").inner_text()
