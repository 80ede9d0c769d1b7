"""The phone in a real browser: without a network nothing is lost, and nothing is sent twice."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.running import until

pytestmark = pytest.mark.browser

#: A photo larger than 2 MB, made in the browser: noise does not compress.
BIG_PHOTO = """async () => {
  const canvas = document.createElement('canvas'); canvas.width = 2400; canvas.height = 1800;
  const c = canvas.getContext('2d'); const image = c.createImageData(2400, 1800);
  for (let i = 0; i < image.data.length; i += 65536)
    crypto.getRandomValues(new Uint8Array(image.data.buffer, i, Math.min(65536, image.data.length - i)));
  for (let i = 3; i < image.data.length; i += 4) image.data[i] = 255;
  c.putImageData(image, 0, 0);
  const blob = await new Promise(done => canvas.toBlob(done, 'image/jpeg', 0.98));
  const files = new DataTransfer(); files.items.add(new File([blob], 'big.jpg', {type: 'image/jpeg'}));
  const input = document.querySelector('input[type=file]'); input.files = files.files;
  input.dispatchEvent(new Event('change')); return blob.size; }"""


DRAFT_KEPT = """() => new Promise((done) => { const asked = indexedDB.open("anlan-phone"); asked.onsuccess = () => {
  const all = asked.result.transaction("kept").objectStore("kept").getAllKeys();
  all.onsuccess = () => done(all.result.some((key) => String(key).startsWith("draft:"))); }; })"""


@pytest.fixture
def phone(page, stage):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(stage.url + "/phone/")
    expect(page.locator(".big")).to_have_count(4)
    expect(page.locator(".big").nth(3)).to_contain_text("未查看")
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    return page


def once_sent(page):
    """Wait, after what happens inside, until the platform has taken an item."""
    return page.expect_response(lambda answer: answer.url.endswith("/phone/sync/") and answer.ok)


def report(page, words):
    page.get_by_text("报情况").click()
    page.get_by_text("积水", exact=True).click()
    page.fill("textarea[name=text]", words)
    page.get_by_role("button", name="报送").click()


def test_a_report_takes_three_presses_and_unknown_people_are_null(phone, stage):
    with once_sent(phone):
        report(phone, "下凹桥积水")
    expect(phone.locator(".unsent")).to_have_text(re.compile(r"0\s*条未送达"))
    assert len(stage.synced) == 1
    item = next(iter(stage.synced.values()))
    assert item["kind"] == "report"
    assert item["data"]["trapped"] is None
    assert item["data"]["position"]["source"] == "device"
    assert item["data"]["position"]["accuracy_m"] == 35


def test_what_was_begun_in_an_exercise_stays_there_when_the_exercise_ends(phone, stage):
    stage.phone = {"world": "exercise-1", "exercise": "汛期演练"}
    phone.reload()
    expect(phone.locator(".band")).to_contain_text("汛期演练")
    phone.get_by_text("报情况").click()
    phone.get_by_text("积水", exact=True).click()
    phone.fill("textarea[name=text]", "演练中的积水")
    stage.phone = {"world": "real", "exercise": ""}
    phone.evaluate("dispatchEvent(new Event('online'))")
    expect(phone.locator(".phonesaid")).to_contain_text("仍送到原来那边")
    expect(phone.locator(".band")).to_contain_text("汛期演练")
    with once_sent(phone):
        phone.get_by_role("button", name="报送").click()
    assert next(iter(stage.synced.values()))["world"] == "exercise-1"
    expect(phone.locator(".band")).to_have_count(0)


def test_without_a_network_it_is_kept_counted_and_sent_once_later(phone, stage, context):
    context.set_offline(True)
    report(phone, "断网时的积水")
    expect(phone.locator(".unsent")).to_have_text(re.compile(r"1\s*条未送达"))
    phone.reload()
    expect(phone.locator(".big")).to_have_count(4)
    expect(phone.locator(".unsent")).to_have_text(re.compile(r"1\s*条未送达"))
    expect(phone.locator(".phonebar")).to_contain_text("无网络，照常可用")
    assert stage.synced == {}
    context.set_offline(False)
    expect(phone.locator(".unsent")).to_have_text(re.compile(r"0\s*条未送达"))
    assert len(stage.synced) == 1
    assert next(iter(stage.synced.values()))["data"]["text"] == "断网时的积水"


def test_a_busy_platform_gets_the_same_id_again(phone, stage):
    stage.sync_status = 503
    with phone.expect_response(lambda answer: answer.status == 503):
        report(phone, "积水")
    expect(phone.locator(".unsent")).to_have_text(re.compile(r"1\s*条未送达"))
    with once_sent(phone):
        stage.sync_status = 200
    expect(phone.locator(".unsent")).to_have_text(re.compile(r"0\s*条未送达"))
    ids = {item["id"] for path, item in stage.posts if path == "/phone/sync/"}
    assert len(ids) == 1
    assert len(stage.posts) >= 2


def test_what_is_refused_stays_with_its_reason(phone, stage):
    stage.sync_status = 422
    report(phone, "积水")
    phone.locator(".unsent").click()
    expect(phone.locator(".rows")).to_contain_text("平台正忙")
    expect(phone.locator(".rows")).to_contain_text("积水")
    phone.on("dialog", lambda asked: asked.accept())
    phone.get_by_role("button", name="撤回").click()
    expect(phone.locator(".unsent")).to_have_text(re.compile(r"0\s*条未送达"))
    assert stage.synced == {}


def test_a_refused_report_is_put_right_and_sent_anew(phone, stage):
    stage.sync_status = 422
    report(phone, "写错的积水")
    phone.locator(".unsent").click()
    phone.get_by_role("button", name="修改后重报").click()
    expect(phone.locator("textarea[name=text]")).to_have_value("写错的积水")
    stage.sync_status = 200
    phone.fill("textarea[name=text]", "改好的积水")
    with once_sent(phone):
        phone.get_by_role("button", name="报送").click()
    expect(phone.locator(".unsent")).to_have_text(re.compile(r"0\s*条未送达"))
    assert [item["data"]["text"] for item in stage.synced.values()] == ["改好的积水"]


def test_a_refused_step_of_a_task_is_read_put_right_and_sent_anew(phone, stage):
    stage.sync_status = 422
    phone.get_by_text("我的任务").click()
    phone.get_by_role("button", name="反馈").click()
    phone.fill("form input[name=depth]", "400")
    phone.locator("form button.send").click()
    expect(phone.get_by_text("有一条被退回")).to_be_visible()
    phone.get_by_text("有一条被退回").click()
    expect(phone.locator(".rows")).to_contain_text("平台正忙")
    expect(phone.locator(".rows")).to_contain_text("400")
    phone.get_by_role("button", name="修改后重报").click()
    expect(phone.locator("form input[name=depth]")).to_have_value("400")
    phone.fill("form input[name=depth]", "40")
    stage.sync_status = 200
    with once_sent(phone):
        phone.get_by_role("button", name="改好，重新报送").click()
    expect(phone.locator(".unsent")).to_have_text(re.compile(r"0\s*条未送达"))
    assert [item["data"]["evidence"] for item in stage.synced.values()] == [{"depth": 40}]


def test_a_report_half_typed_is_there_again_after_the_phone_was_closed(phone, stage):
    phone.get_by_text("报情况").click()
    phone.fill("textarea[name=text]", "写到一半")
    phone.get_by_text("‹ 返回").click()
    expect(phone.get_by_text("有一条没报完")).to_be_visible()
    until(lambda: phone.evaluate(DRAFT_KEPT), what="the draft on the device")
    phone.reload()
    phone.get_by_text("有一条没报完").click()
    expect(phone.locator("textarea[name=text]")).to_have_value("写到一半")
    with once_sent(phone):
        phone.get_by_role("button", name="报送").click()
    expect(phone.locator(".unsent")).to_have_text(re.compile(r"0\s*条未送达"))
    expect(phone.locator(".big").first).not_to_contain_text("有一条没报完")


def test_a_big_photo_is_made_small_before_it_is_kept(phone, stage):
    phone.get_by_text("报情况").click()
    original = phone.evaluate(BIG_PHOTO)
    assert original > 2 * 1024 * 1024
    expect(phone.locator(".attachments li")).to_have_count(1)
    with once_sent(phone):
        phone.get_by_role("button", name="报送").click()
    expect(phone.locator(".unsent")).to_have_text(re.compile(r"0\s*条未送达"))
    assert 0 < next(iter(stage.synced.values()))["sizes"]["file00"] <= 2 * 1024 * 1024


def test_dragging_the_map_corrects_the_place(phone, stage):
    phone.get_by_text("报情况").click()
    expect(phone.locator(".pinmap[data-placed]")).to_be_visible()
    phone.locator(".pinmap").scroll_into_view_if_needed()
    box = phone.locator(".pinmap").bounding_box()
    phone.mouse.move(box["x"] + 100, box["y"] + 80)
    phone.mouse.down()
    phone.mouse.move(box["x"] + 40, box["y"] + 80, steps=4)
    phone.mouse.up()
    expect(phone.locator("#phone")).to_contain_text("已手动定位")
    phone.fill("textarea[name=text]", "x")
    with once_sent(phone):
        phone.get_by_role("button", name="报送").click()
    expect(phone.locator(".unsent")).to_have_text(re.compile(r"0\s*条未送达"))
    position = next(iter(stage.synced.values()))["data"]["position"]
    assert position["source"] == "hand"
    assert position["accuracy_m"] is None
    assert position["lon"] > 116.19


def test_a_task_is_accepted_and_a_call_answered_without_a_network(phone, stage, context):
    context.set_offline(True)
    phone.get_by_text("我的任务").click()
    phone.get_by_role("button", name="接收").click()
    expect(phone.get_by_text("已办“接收”，待送达")).to_be_visible()
    phone.get_by_text("‹ 返回").click()
    phone.get_by_text("叫应回执").click()
    phone.get_by_role("button", name="收到，我在岗").click()
    expect(phone.locator(".unsent")).to_have_text(re.compile(r"2\s*条未送达"))
    context.set_offline(False)
    expect(phone.locator(".unsent")).to_have_text(re.compile(r"0\s*条未送达"))
    assert {(i["kind"], i["data"].get("step")) for i in stage.synced.values()} == {("task", "accept"), ("answer", None)}
