"""The officer's eyes, in a real browser: a level line says its clause, isohyets stand on the map, the player runs through the day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from anlan.kernel.context import system
from anlan.kernel.models import World
from anlan.kernel.reactions import drain
from anlan.places.demonstration import load_people
from anlan.places.models import Person
from anlan.places.seeding import load_regions
from anlan.sensing.seeding import load_stations
from anlan.sensing.services import accept_readings
from tests.browsing import chromium, patient

pytestmark = pytest.mark.browser

PASSWORD = "pass-for-this-page"
NOON = datetime(2016, 7, 20, 4, tzinfo=UTC)
GAUGES = {"uci.gucheng": 28, "uci.wanliu": 16, "uci.guanyuan": 3, "uci.tiantan": 1}
MAP = "document.querySelector('[data-map]').mountedMap.map"
SHOWN = "() => document.querySelector('[data-frame]')?.dataset.at"


@pytest.fixture
def web(running):
    """Five hours of rain that a duty officer looks at, in an exercise whose clock stands at noon."""
    load_regions()
    load_people()
    load_stations()
    person = Person.objects.get(username="zhibanyuan")
    person.set_password(PASSWORD)
    person.save(update_fields=["password"])
    world = World.objects.create(
        title="演练", kind="exercise", scope="11/110107/", anchor_real=NOON, anchor_world=NOON, rate=0
    )
    accept_readings(system("feed", world=world.pk), [
        {"station": code, "time": NOON - timedelta(hours=h), "value": most + 4 - h}
        for code, most in GAUGES.items() for h in range(5)
    ])  # fmt: skip
    drain()
    running.env["ANLAN_DEMO"] = "1"
    running.web()
    return running


def sign_in(browser, web, **more):
    context = patient(browser.new_context(locale="zh-CN", **more))
    errors = []
    context.on("weberror", lambda error: errors.append(str(error.error)))
    page = context.new_page()
    page.goto(f"{web.url}/signin/")
    page.fill("#username", "zhibanyuan")
    page.fill("#password", PASSWORD)
    page.click("button.main")
    page.wait_for_url(f"{web.url}/")
    return page, errors


def test_an_officer_reads_a_station_and_plays_the_day(web):
    with chromium() as browser:
        desk, desk_errors = sign_in(browser, web, viewport={"width": 1366, "height": 768})
        reads_the_clause_of_a_line(desk, web)
        sees_isohyets_and_plays(desk, web)
        assert desk_errors == []
        phone, phone_errors = sign_in(
            browser, web, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
        )
        taps_a_line(phone, web)
        assert phone_errors == []


def reads_the_clause_of_a_line(page, web):
    page.goto(f"{web.url}/stations/uci.gucheng/")
    page.wait_for_function("() => document.querySelector('[data-chart]')?.mountedChart")
    basis = page.locator(".chartbasis output")
    expect(basis).to_contain_text("点或指到标准线")
    at = line_at(page, 50)
    page.mouse.move(at["x"], at["y"] + 40)
    page.mouse.move(at["x"], at["y"])
    expect(basis).to_contain_text("达到暴雨橙色标准")
    expect(basis).to_contain_text("第16号")
    # By keyboard too.
    page.get_by_role("button", name="上面一条标准线").focus()
    page.keyboard.press("Enter")
    expect(basis).to_contain_text("达到暴雨红色标准")
    expect(page.locator("#around")).to_contain_text("海淀万柳站")


def taps_a_line(page, web):
    """With a finger, which need not hit the line exactly."""
    page.goto(f"{web.url}/stations/uci.gucheng/")
    page.wait_for_function("() => document.querySelector('[data-chart]')?.mountedChart")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("[data-chart] canvas").first.evaluate("canvas => canvas.scrollIntoView({block: 'center'})")
    at = line_at(page, 50)
    page.touchscreen.tap(at["x"], at["y"] + 8)
    expect(page.locator(".chartbasis output")).to_contain_text("达到暴雨橙色标准")
    expect(page.locator(".chartbasis output")).to_contain_text("第16号")


def sees_isohyets_and_plays(page, web):
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/map/" in request.url else None)
    page.goto(f"{web.url}/map/")
    page.wait_for_selector("[data-map][data-ready]")
    expect(page.locator(".player")).to_be_hidden()
    page.locator(".layers label", has_text="等雨量面").click()
    page.wait_for_function(f"() => ({SHOWN})() && {MAP}.getLayer('f-analysis.isohyets-areas') !== undefined")
    note = page.locator("[data-frame] .note").first
    expect(note).to_contain_text("由 4 个站插值")
    assert page.evaluate(f"{MAP}.getLayoutProperty('l-sensing.station', 'visibility')") == "none"
    # Bands have the colours of the legend, and none of a warning level.
    colours = page.evaluate(f"JSON.stringify({MAP}.getPaintProperty('f-analysis.isohyets-areas', 'fill-color'))")
    for level in ("blue", "yellow", "orange", "red"):
        token = page.evaluate(f"getComputedStyle(document.documentElement).getPropertyValue('--level-{level}').trim()")
        assert token
        assert token not in colours
    page.get_by_label("累计时段").select_option("3")
    page.wait_for_function("() => document.querySelector('[data-frame]').dataset.choice === '3'")

    # Back by keyboard, hour by hour; then it plays to the end by itself and stops there.
    page.get_by_label("累计时段").select_option("1")
    page.get_by_role("button", name="退一小时").click()
    page.wait_for_function(f"() => ({SHOWN})().startsWith('2016-07-20T03')")
    page.locator(".slider input[type=range]").focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_function(f"() => ({SHOWN})().startsWith('2016-07-20T02')")
    page.get_by_label("播放速度").select_option("400")
    asked.clear()
    page.locator(".slider input[type=range]").focus()
    page.keyboard.press(" ")
    expect(page.locator(".player")).to_have_attribute("data-playing", "")
    page.wait_for_function(
        f"() => ({SHOWN})().startsWith('2016-07-20T04') && !document.querySelector('.player').hasAttribute('data-playing')"
    )
    frames = [url for url in asked if "/map/frames/" in url]
    # 03:00 was kept from before; 04:00 was asked for once.
    assert len(frames) == len(set(frames))
    assert len(frames) <= 2


def line_at(page, value):
    """Where a level line lies in the window: right of the middle, away from its words."""
    return page.evaluate(
        "(value) => { const box = document.querySelector('[data-chart]'); const canvas = box.querySelector('canvas');"
        " const r = canvas.getBoundingClientRect(); const y = box.mountedChart.convertToPixel({yAxisIndex: 0}, value);"
        " return {x: r.x + r.width * 0.7, y: r.y + y}; }",
        value,
    )
