"""In a real browser: a storm comes up on the open list by itself and is acknowledged once; a gauge that stands alone is judged false."""

from __future__ import annotations

from datetime import timedelta

import pytest

from anlan.analysis.models import Signal, SignalEvent
from anlan.kernel.context import system
from anlan.places.demonstration import load_people
from anlan.places.models import Person
from anlan.places.seeding import load_regions
from anlan.sensing.services import accept_readings, register_station
from tests.browsing import chromium, patient
from tests.running import until

pytestmark = [pytest.mark.story, pytest.mark.browser]

PASSWORD = "pass-for-this-story"
STATIONS = {"s.a": (116.18, 39.91), "s.b": (116.20, 39.91), "s.c": (116.19, 39.92)}


@pytest.fixture
def stage(running, settings, tmp_path):
    settings.DEMO, settings.VAR_DIR = True, str(tmp_path)
    load_regions()
    load_people()
    for code, (lon, lat) in STATIONS.items():
        register_station(
            system("seed"),
            code=code,
            name=f"{code}站（示例）",
            region="110107",
            properties=["rain_mm"],
            lon=lon,
            lat=lat,
        )
    duty = Person.objects.get(username="zhibanyuan")
    duty.set_password(PASSWORD)
    duty.save(update_fields=["password"])
    running.env["ANLAN_DEMO"] = "1"
    running.web()
    running.engine()
    return running


def rain(back, *amounts):
    """Rain of the whole hour that ended `back` hours ago at the three stations."""
    ctx = system("feed")
    hour = ctx.now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=back)
    rows = [{"station": c, "time": hour, "value": v} for c, v in zip(STATIONS, amounts, strict=True)]
    accept_readings(ctx, rows)


def open_now(**by):
    return Signal.objects.in_world(system("test")).open().filter(**by)


def test_a_lone_gauge_is_judged_false_and_a_storm_is_acknowledged_once_on_a_page_that_follows(stage):
    with chromium() as browser:
        page = patient(browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")).new_page()
        page.goto(f"{stage.url}/signin/")
        page.fill("#username", "zhibanyuan")
        page.fill("#password", PASSWORD)
        page.click("button.main")
        page.wait_for_url(f"{stage.url}/")
        page.goto(f"{stage.url}/signals/")
        page.get_by_text("没有研判信号").wait_for()

        rain(2, 60, 0, 0)
        page.locator("#signals").get_by_text("? 疑似误报 1 处").first.wait_for()
        signal = open_now(criterion="rainstorm").get()
        page.goto(f"{stage.url}/signals/{signal.pk}/")
        page.get_by_text("没有一个与本站相符").first.wait_for()
        page.get_by_role("button", name="判为误报").first.click()
        page.locator("dialog[open] textarea").fill("雨量筒被人为注水")
        page.locator("dialog[open] footer button.main").click()
        page.locator("#signal").get_by_text("雨量筒被人为注水").first.wait_for()
        until(lambda: not open_now(criterion="rainstorm").exists())

        page.goto(f"{stage.url}/signals/")
        rain(1, 2, 70, 66)
        page.locator("#signals").get_by_text("待确认 2 处").first.wait_for()
        page.locator("#signals").get_by_text("邻站支持").first.wait_for()
        event = SignalEvent.objects.in_world(system("test")).get(hazard="rainstorm", scheme="warning")
        card = page.locator(f"#e-{event.pk}")
        card.get_by_role("button", name="确认整个事件").click()
        card.get_by_text("已确认").first.wait_for()
        assert set(open_now(criterion="rainstorm").values_list("state", flat=True)) == {"acknowledged"}
        page.goto(f"{stage.url}/criteria/quality/")
        page.get_by_text("仅 1 次，只供参考").first.wait_for()

        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(f"{stage.url}/signals/")
        page.locator(f"#e-{event.pk}").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
