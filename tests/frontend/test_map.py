"""One map in a real browser: layers, inspector, drawing, live stations."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


@pytest.fixture
def map_page(page, stage):
    page.set_viewport_size({"width": 1600, "height": 900})
    page.goto(stage.url + "/map/")
    page.wait_for_selector("[data-map][data-ready]")
    page.wait_for_function("() => document.querySelector('[data-map]').mountedMap.map.loaded()")
    return page


def at(page, lon, lat):
    """Pixel of a place."""
    return page.evaluate(
        "([lon, lat]) => { const map = document.querySelector('[data-map]').mountedMap.map;"
        "const p = map.project([lon, lat]), r = map.getCanvas().getBoundingClientRect();"
        "return [p.x + r.x, p.y + r.y]; }",
        [lon, lat],
    )


def test_layers_stand_by_stage_with_their_counts_and_are_remembered(map_page):
    expect(map_page.locator(".layers legend")).to_have_text(["感知", "预警", "指挥", "行动", "基础库"])
    expect(map_page.locator("[data-count=many]")).to_have_text("10,000")
    map_page.locator(".layers label", has_text="队伍").click()
    assert (
        map_page.evaluate(
            "document.querySelector('[data-map]').mountedMap.map.getLayoutProperty('l-teams', 'visibility')"
        )
        == "none"
    )
    map_page.reload()
    map_page.wait_for_selector("[data-map][data-ready]")
    expect(map_page.locator(".layers label", has_text="队伍").locator("input")).not_to_be_checked()


def test_a_press_opens_the_inspector_beside_the_map(map_page):
    map_page.mouse.click(*at(map_page, 116.106, 39.944 + 0.0))
    map_page.mouse.click(*at(map_page, 116.108, 39.944))
    expect(map_page.locator("#inspected")).to_have_text("s5")
    canvas, inspector = map_page.locator(".canvas").bounding_box(), map_page.locator(".inspector").bounding_box()
    assert canvas["x"] + canvas["width"] <= inspector["x"] + 1


def test_a_circle_answers_who_and_what_is_inside(map_page, stage):
    map_page.get_by_role("button", name="画圆查询").click()
    x, y = at(map_page, 116.2, 39.9)
    map_page.mouse.move(x, y)
    map_page.mouse.down()
    map_page.mouse.move(x + 90, y, steps=4)
    expect(map_page.locator(".mapbox .hint")).to_contain_text("半径")
    map_page.mouse.up()
    expect(map_page.locator(".inspector")).to_contain_text("12,840")
    expect(map_page.locator(".inspector")).to_contain_text("另有 129 项未列出")
    asked = stage.posts[-1][1]
    assert abs(asked["center"][0] - 116.2) < 0.001
    assert 500 < asked["radius_m"] < 6000
    assert asked["geometry"]["type"] == "Polygon"
    assert "many" not in asked["layers"]


def test_a_crossed_border_is_refused_before_it_is_sent(map_page, stage):
    map_page.get_by_role("button", name="画范围查询").click()
    for lon, lat in [(116.14, 39.90), (116.17, 39.94), (116.17, 39.90), (116.14, 39.94)]:
        map_page.mouse.click(*at(map_page, lon, lat))
    map_page.keyboard.press("Enter")
    expect(map_page.locator(".mapbox .hint")).to_contain_text("边线相互交叉")
    assert stage.posts == []
    map_page.keyboard.press("Backspace")
    map_page.keyboard.press("Enter")
    expect(map_page.locator(".inspector")).to_contain_text("12,840")


def test_a_station_takes_its_new_value_by_itself(map_page, stage):
    expect(map_page.locator("[data-link]")).to_have_attribute("data-state", "open")
    stage.say("sensing.reading.stored", station="r5", value=61.5)
    map_page.wait_for_function(
        "() => document.querySelector('[data-map]').mountedMap.map"
        ".getFeatureState({source: 'l-rain', id: 'r5'}).value === 61.5",
    )


def test_the_night_theme_keeps_layers_and_selection(map_page):
    map_page.evaluate(
        "document.documentElement.dataset.theme = 'night'; document.dispatchEvent(new CustomEvent('anlan:theme'))"
    )
    map_page.wait_for_function(
        "() => document.querySelector('[data-map]').mountedMap.map.getLayer('l-teams') !== undefined"
    )
    assert (
        map_page.evaluate(
            "document.querySelector('[data-map]').mountedMap.map.getPaintProperty('ground', 'background-color')"
        )
        == "#131616"
    )


def test_the_wall_hides_the_tools_and_doubles_the_type(page, stage):
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.goto(stage.url + "/wall/")
    page.wait_for_selector("[data-map][data-ready]")
    expect(page.locator(".layers")).to_be_hidden()
    expect(page.locator(".viewtitle")).to_have_text("雨情")
    assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") == pytest.approx(22.4)
