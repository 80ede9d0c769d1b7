"""The shell in a real browser: clocks, live updates, keys, forms that keep what was typed."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from . import samples

pytestmark = pytest.mark.browser


def test_overdue_counts_up_and_stands_first(page, stage):
    page.goto(stage.url + "/home/")
    first = page.locator("#todo li").first
    expect(first).to_have_attribute("data-phase", "late")
    expect(first.locator(".clock")).to_have_text(re.compile(r"超时\s*03:1\d"))
    expect(page.locator("#todo li").nth(2).locator(".clock")).to_have_text(re.compile(r"剩\s*1[34]:\d\d"))


def test_the_clock_of_an_exercise_runs_at_its_own_pace(page, stage):
    stage.context = {"exercise": {"title": "2016·7·20 暴雨"}, "clock": {"rate": 600}}
    page.goto(stage.url + "/home/")
    expect(page.locator(".band")).to_contain_text("演练")
    expect(page).to_have_title(re.compile("【演练】"))
    expect(page.locator("[data-world-rate]")).to_have_text("600×")
    expect(page.locator(".worldclock [data-part=time]")).to_have_text(re.compile(r"1[3-9]:|2\d:"))


def test_a_notice_with_a_new_pace_stops_the_clock(page, stage):
    stage.context = {"exercise": {"title": "x"}, "clock": {"rate": 60}}
    page.goto(stage.url + "/home/")
    expect(page.locator("[data-link]")).to_have_attribute("data-state", "open")
    stage.say(
        "kernel.world.paced", anchor_world="2016-07-20T15:00:00+08:00", anchor_real="2026-01-01T00:00:00+00:00", rate=0
    )
    expect(page.locator(".worldclock [data-part=time]")).to_have_text("15:00:00")
    expect(page.locator("[data-world-rate]")).to_have_text("已暂停")


def test_a_change_arrives_without_reloading_and_the_typed_text_stays(page, stage):
    page.goto(stage.url + "/todo/")
    expect(page.locator("[data-link]")).to_have_attribute("data-state", "open")
    page.fill("#note", "写了一半")
    page.locator("h1, .topbar").first.click()
    page.mouse.move(700, 20)
    kept = page.locator("#todo-2").element_handle()
    stage.todo = [{"id": 99, "text": "新派任务", "url": "/style/", "due": samples.after(2)}, *samples.TODO]
    stage.say("command.task.sent", record=99)
    expect(page.locator("#todo-99")).to_be_visible()
    assert page.input_value("#note") == "写了一半"
    assert kept.evaluate("e => e.isConnected")


def test_nothing_moves_under_the_cursor_while_it_works(page, stage):
    page.goto(stage.url + "/todo/")
    expect(page.locator("[data-link]")).to_have_attribute("data-state", "open")
    page.locator("#todo-3").hover()
    before = page.locator("#todo-3").bounding_box()
    stage.todo = [{"id": 99, "text": "新派任务", "url": "/style/", "due": samples.after(2)}, *samples.TODO]
    stage.say("command.task.sent", record=99)
    expect(page.get_by_text("1 条新变化")).to_be_visible()
    assert page.locator("#todo-3").bounding_box() == before
    page.get_by_text("1 条新变化").click()
    expect(page.locator("#todo-99")).to_be_visible()


def test_after_a_lost_line_it_resumes_from_the_last_position(page, stage):
    page.goto(stage.url + "/home/")
    link = page.locator("[data-link]")
    expect(link).to_have_attribute("data-state", "open")
    stage.say("command.task.sent", record=1)
    stage.cut = True
    stage.drop_lines()
    expect(link).to_have_attribute("data-state", "lost")
    expect(link).to_contain_text("连接中断")
    stage.todo = [{"id": 77, "text": "断线时派的任务", "url": "/style/", "due": samples.after(2)}]
    stage.say("command.task.sent", record=77)
    stage.cut = False
    expect(link).to_have_attribute("data-state", "open")
    expect(page.locator("#todo-77")).to_be_visible()
    assert stage.resumed_from[-1] == "1"


def test_a_refused_form_keeps_everything_and_names_the_field(page, stage):
    page.goto(stage.url + "/style/")
    page.get_by_role("button", name="反馈…").click()
    dialog = page.locator("dialog[open]")
    dialog.locator("textarea").fill("现场说明")
    dialog.get_by_role("button", name="反馈", exact=True).click()
    expect(dialog.locator("[data-field=depth] .fault")).to_have_text("请填写“积水深度”")
    expect(dialog.locator("textarea")).to_have_value("现场说明")
    expect(dialog.locator("[name=depth]")).to_be_focused()


def test_the_desk_by_keyboard_alone(page, stage):
    page.goto(stage.url + "/desk/")
    page.wait_for_selector("[data-desk][data-mounted]")
    rows = page.locator("[data-list] [data-row]")
    expect(rows.first).to_have_attribute("aria-current", "true")
    page.keyboard.press("j")
    expect(rows.nth(1)).to_have_attribute("aria-current", "true")
    page.keyboard.press("k")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert stage.posts[0][0] == "/act/"
    page.wait_for_selector("[data-desk][data-mounted]")
    page.keyboard.press("n")
    page.keyboard.type("12时40分古城街道下凹桥积水，两车被困")
    expect(page.locator(".echo mark")).to_have_count(4)
    trapped = page.locator("[data-recognised] [name=trapped]")
    expect(trapped).to_have_value("")
    expect(trapped).to_have_attribute("placeholder", "未知")
    page.locator("[data-recognised] [name=place]").fill("古城桥")
    page.locator("textarea[name=text]").press("End")
    with page.expect_response("**/desk/parse/"):
        page.keyboard.type("。")
    expect(page.locator("[data-recognised] [name=place]")).to_have_value("古城桥")
    # The toast of the first row may still stand, and a line is recognised whenever it rests.
    with page.expect_response(lambda answer: answer.request.method == "POST" and "/parse/" not in answer.url):
        page.keyboard.press("Enter")
    expect(page.locator(".toasts")).to_contain_text("已办")
    sent = [fields for path, fields in stage.posts if path != "/desk/parse/"][-1]
    assert (sent["place"], sent["trapped"]) == ("古城桥", "")


def test_search_opens_by_ctrl_k_and_goes_by_enter(page, stage):
    page.goto(stage.url + "/home/")
    page.keyboard.press("Control+k")
    page.keyboard.type("八角")
    expect(page.locator(".palette [role=option]").first).to_contain_text("古城街道 八角")
    page.keyboard.press("Enter")
    page.wait_for_url("**/style/")


def test_the_night_is_kept_and_never_flashes_white(page, stage):
    page.goto(stage.url + "/home/")
    page.locator(".rail [data-open=preferences]").click()
    page.get_by_text("夜间").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "night")
    page.goto(stage.url + "/desk/", wait_until="commit")
    page.wait_for_selector("body", state="attached")
    assert page.evaluate("document.documentElement.dataset.theme") == "night"


def test_columns_are_chosen_and_remembered(page, stage):
    page.goto(stage.url + "/style/")
    expect(page.get_by_role("columnheader", name="备注")).to_be_hidden()
    page.get_by_text("列 ▾").click()
    page.locator("[data-columns]").get_by_label("备注").check()
    expect(page.get_by_role("columnheader", name="备注")).to_be_visible()
    page.reload()
    expect(page.get_by_role("columnheader", name="备注")).to_be_visible()


def test_no_page_asks_another_host(page, stage):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in ("/home/", "/desk/", "/map/", "/phone/", "/signin/", "/style/"):
        page.goto(stage.url + path)
        page.wait_for_load_state("load")
    assert [u for u in asked if not u.startswith((stage.url, "blob:", "data:"))] == []


@pytest.mark.parametrize("size", [(1920, 1080), (1366, 768), (390, 844)])
@pytest.mark.parametrize("path", ["/home/", "/desk/", "/style/", "/board/", "/calls/", "/signin/"])
def test_nothing_is_wider_than_the_screen(page, stage, path, size):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(stage.url + path)
    page.wait_for_load_state("load")
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_a_demonstration_account_is_filled_in_by_a_press(page, stage):
    page.goto(stage.url + "/signin/")
    page.get_by_text("街道值班").click()
    expect(page.locator("#username")).to_have_value("gucheng")
    expect(page.locator("#password")).to_have_value("stage-only")


def test_only_the_choice_of_light_and_dark_is_kept_in_the_browser(page, stage):
    page.goto(stage.url + "/todo/")
    page.fill("#note", "不该被记住的字")
    page.locator("#note").blur()
    assert page.evaluate("localStorage.getItem('anlan.theme')") is None
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    page.evaluate("localStorage.setItem('anlan.theme', 'anything')")
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    assert page.evaluate("localStorage.getItem('anlan.theme')") is None


def test_the_pages_of_a_stage_are_reached_and_left_by_keys(page, stage):
    page.goto(stage.url + "/home/")
    link = page.locator(".rail ul > li > a[aria-haspopup]").first
    link.focus()
    expect(page.locator(".flyout:visible")).to_have_count(1)
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.closest('.flyout') !== null")
    page.keyboard.press("Escape")
    expect(page.locator(".flyout:visible")).to_have_count(0)
    assert link.evaluate("e => e === document.activeElement")


@pytest.mark.parametrize("size", [(1366, 768), (1366, 560), (390, 844)])
def test_every_page_of_a_long_stage_is_in_reach(page, stage, size):
    """Thirty-four pages under one stage: none stands outside the window, or only as far as the list scrolls."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(stage.url + "/home/")
    item = page.locator(".rail ul > li", has=page.locator("a[href='/desk/']"))
    item.locator(":scope > a").click() if size[0] < 720 else item.hover()
    list_ = item.locator(".flyout")
    expect(list_).to_be_visible()
    box = list_.bounding_box()
    assert box["x"] >= 0
    assert box["y"] >= 0
    assert box["x"] + box["width"] <= size[0]
    assert box["y"] + box["height"] <= size[1]
    assert list_.evaluate("e => e.scrollTop === 0 && getComputedStyle(e).overflowY === 'auto'")
    assert list_.locator("strong").all_text_contents() == ["指挥", "值守", "名册与规定"]
    assert list_.locator("a").count() == 34
