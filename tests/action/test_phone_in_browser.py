"""The phone against the real server: calls answered, tasks stepped, what comes back is never lost."""

import re

import pytest
from playwright.sync_api import expect

from anlan.action.models import PhoneItem
from anlan.command.models import Incoming, Task
from anlan.command.responses.services import issue_tasks
from anlan.kernel.loops import transition
from anlan.messaging.models import Call
from anlan.messaging.services import start_calls
from anlan.places.identity import context_of
from anlan.places.models import Person, Region
from anlan.review.demonstration import seed
from tests.browsing import chromium, patient
from tests.running import until

pytestmark = [pytest.mark.browser, pytest.mark.story]
PASSWORD = "pass-for-this-phone"


@pytest.fixture
def duty(running):
    """The duty officer of the seeded district, whose web process runs."""
    seed()
    street = Person.objects.get(username="gucheng")
    street.set_password(PASSWORD)
    street.save(update_fields=["password"])
    running.env["ANLAN_DEMO"] = "1"
    running.web()
    return context_of(Person.objects.get(username="zhibanyuan"))


@pytest.fixture
def phone(duty, running):
    with chromium() as browser:
        context = patient(browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN"))
        page = context.new_page()
        page.goto(f"{running.url}/signin/?next=/phone/")
        page.fill("#username", "gucheng")
        page.fill("#password", PASSWORD)
        page.click("button.main")
        expect(page.locator(".big")).to_have_count(4)
        yield page


def unsent(phone, n):
    expect(phone.locator(".unsent")).to_have_text(re.compile(rf"{n}\s*条未送达"))


def state(task):
    return Task.everything.get(pk=task.pk).state


def test_a_street_answers_its_call_does_its_task_and_what_is_refused_goes_to_the_duty_room(duty, phone):
    street = Region.objects.get(name="古城街道")
    start_calls(duty, why="暴雨橙色预警", text="请到岗到位", regions=[street])
    first, second = (
        issue_tasks(duty, text=text, organisations=["sjs.st.gucheng"], minutes=60)[0]
        for text in ("封控下凹桥", "清点低洼院落")
    )
    phone.reload()

    phone.get_by_text("叫应回执").click()
    phone.get_by_placeholder("备注（可不填）").fill("已通知到户")
    phone.get_by_role("button", name="收到，我在岗").click()
    until(lambda: Call.everything.get(region=street).state == "answered", what="the answered call")
    unsent(phone, 0)

    phone.get_by_text("‹ 返回").click()
    phone.get_by_text("我的任务").click()
    card = phone.locator("article", has_text="封控下凹桥")
    card.get_by_role("button", name="签收").click()
    until(lambda: state(first) == "acknowledged", what="the acknowledged task")
    card.get_by_role("button", name="办结").click()
    card.locator("form textarea").first.fill("已封控，无人被困")
    card.locator("form button.send").click()
    until(lambda: state(first) == "done", what="the finished task")

    # Cancelled meanwhile: what the street writes about it without a network comes back, and is not lost.
    card = phone.locator("article", has_text="清点低洼院落")
    phone.context.set_offline(True)
    card.get_by_role("button", name="不能承担").click()
    card.locator("form textarea").first.fill("院落已进水，人手不足")
    card.locator("form button.send").click()
    unsent(phone, 1)
    transition(context_of(Person.objects.get(username="zhibanzhang")), second, "cancel", evidence={"reason": "改派"})
    phone.context.set_offline(False)
    phone.locator(".unsent").click()
    phone.get_by_role("button", name="修改后重报").wait_for()
    expect(phone.locator(".rows")).to_contain_text("院落已进水，人手不足")
    assert not PhoneItem.objects.filter(kind="task", answer__record=str(second.pk)).exists()
    phone.get_by_role("button", name="修改后重报").click()
    expect(phone.locator("form textarea").first).to_have_value("院落已进水，人手不足")
    phone.get_by_role("button", name="转成情况上报").click()
    expect(phone.locator("textarea[name=text]")).to_have_value(re.compile("院落已进水"))
    phone.get_by_role("button", name="报送").click()
    until(lambda: Incoming.everything.filter(text__contains="院落已进水").exists(), what="the report in the duty room")
    unsent(phone, 0)
    assert state(second) == "cancelled"
