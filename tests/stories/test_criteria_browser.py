"""Two people change a criterion on the screen: one types into the table and tries it, the other releases it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.test import Client

from anlan.kernel.context import system
from anlan.sensing.services import accept_readings, register_station
from tests.browsing import chromium, patient
from tests.cast import DISTRICT, person, settle

pytestmark = [pytest.mark.story, pytest.mark.browser]

STORM = datetime(2026, 7, 1, 4, tzinfo=UTC)


@pytest.fixture
def desk(running, monkeypatch):
    """``desk(name, role)``: the browser of somebody who is signed in."""
    settle()
    register_station(system("test"), code="t.gc", name="古城", region="110107004000", properties=["rain_mm"])
    rows = [
        {"station": "t.gc", "time": STORM + i * timedelta(hours=1), "value": v} for i, v in enumerate((5, 15, 20, 5, 0))
    ]
    accept_readings(system("test"), rows, history=True)
    people = {"zhang": "duty_chief", "li": "duty_leader"}
    cookies = {}
    for name, role in people.items():
        client = Client()
        client.force_login(person(name, DISTRICT, role))
        cookies[name] = client.cookies[settings.SESSION_COOKIE_NAME].value
    running.web()
    running.engine()
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with chromium() as browser:

        def desk(name):
            context = patient(browser.new_context(locale="zh-CN", viewport={"width": 1440, "height": 900}))
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookies[name], "url": running.url}])
            page = context.new_page()
            page.goto(f"{running.url}/criteria/")
            return page

        yield desk


def cell(page, key, name):
    return page.locator(f'tr[data-key="{key}"] input[data-cell="{name}"]')


def test_typed_tried_and_released_by_another(desk):
    page = desk("zhang")
    page.get_by_role("button", name="起草修改").click()
    page.locator("[data-sheet]").wait_for()
    # Typed with the keyboard: a bad value first, then a good one in the row above.
    cell(page, "rainstorm|red|", "value").fill("很多")
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.closest('tr').dataset.key") == "rainstorm|orange|"
    page.keyboard.type("35")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.closest('tr').dataset.key") == "rainstorm|red|"
    page.get_by_role("button", name="保存").click()
    page.locator('[data-field="rainstorm|red|:value"][data-fault]', has_text="不是数字").wait_for()
    cell(page, "rainstorm|red|", "value").fill("100")
    # A block pasted from a spreadsheet fills the cells beside and below.
    page.evaluate(
        """key => {
          const from = document.querySelector(`tr[data-key="${key}"] input[data-cell="value"]`);
          const data = new DataTransfer();
          data.setData("text/plain", "45\\t5\\n35\\t5\\n");
          from.focus();
          from.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }""",
        "rainstorm|yellow|",
    )
    assert cell(page, "rainstorm|orange|", "margin").input_value() == "5"
    page.get_by_role("button", name="保存").click()
    page.locator("#changes ins", has_text="45").wait_for()
    page.locator("#try input[name=since]").fill("2026-07-01 00:00")
    page.locator("#try input[name=until]").fill("2026-07-02 00:00")
    page.locator("#try").get_by_role("button", name="试算").click()
    page.locator("#trial tr[data-change=new]", has_text="橙色").first.wait_for()
    page.get_by_role("button", name="送审").first.click()
    page.locator("dialog[open] textarea").fill("本区排水能力低")
    page.locator("dialog[open]").get_by_role("button", name="送审").click()
    page.get_by_text("待发布").first.wait_for()
    assert page.get_by_role("button", name="发布").count() == 0
    address = page.url.split("?")[0].split("#")[0]

    other = desk("li")
    other.goto(address)
    other.get_by_role("button", name="发布").first.click()
    other.locator("dialog[open] textarea").fill("已核对试算")
    other.locator("dialog[open]").get_by_role("button", name="发布", exact=True).click()
    other.get_by_text("在用", exact=True).first.wait_for()
    other.goto(address.split("/criteria/")[0] + "/criteria/")
    other.locator("#c-rainstorm .chip", has_text="本地第 1 版").wait_for()
    assert "35" in other.locator('tr[data-key="rainstorm|orange|"]').inner_text()
    other.goto(address.split("/criteria/")[0] + "/criteria/?at=2026-01-01 08:00")
    assert "50" in other.locator('tr[data-key="rainstorm|orange|"]').inner_text()
