"""One person, two tabs, two worlds: no press of a button lands in the wrong one, and the band is never missing or wrong."""

import pytest
from django.conf import settings
from django.test import Client

from anlan.command.models import Incoming
from anlan.kernel.context import system
from anlan.kernel.exercises import end_world, open_world
from anlan.kernel.worlds import REAL
from tests.browsing import chromium, patient
from tests.cast import DISTRICT, person
from tests.storming import at

pytestmark = [pytest.mark.story, pytest.mark.browser]


@pytest.fixture
def tabs(running, monkeypatch):
    """``tabs()``: one more tab of the same duty officer, on the desk."""
    client = Client()
    client.force_login(person("duty", DISTRICT, "duty_officer"))
    running.web()
    running.engine()
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with chromium() as browser:
        context = patient(browser.new_context(locale="zh-CN"))
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": running.url}])

        def open_tab(path="/desk/"):
            tab = context.new_page()
            tab.goto(f"{running.url}{path}")
            tab.locator("[data-link][data-state=open]").wait_for()
            return tab

        yield open_tab


def world_of(tab):
    """What the page says: the world it carries, whether it has the band, whether its title has the mark."""
    carried = tab.evaluate("document.querySelector('meta[name=world]').content")
    return carried, tab.locator(".band").count() == 1, tab.title().startswith("【演练】")


def choose(tab, world):
    tab.goto(tab.url.split("/", 3)[0] + "//" + tab.url.split("/", 3)[2] + "/me/")
    tab.locator(f"button[name=world][value='{world}']").click()
    tab.locator("form[action='/world/'] .chip").wait_for()


def test_what_is_typed_in_one_tab_never_lands_in_the_world_of_the_other(tabs):
    typing, calm = tabs(), tabs()
    assert world_of(typing) == world_of(calm) == (str(REAL), False, False)
    typing.locator("textarea[name=text]").fill("古城地道桥下积水，两车被困")
    world = open_world(system("test"), title="汛期演练", scope=DISTRICT, starts_at=at("20 12:00"))
    # The tab in which nothing is typed opens itself anew; the other one says so and keeps what was typed.
    calm.locator(".band").wait_for()
    assert world_of(calm) == (str(world.pk), True, True)
    typing.locator("dialog.elsewhere", has_text="您已进入演练").wait_for()
    assert typing.input_value("textarea[name=text]") == "古城地道桥下积水，两车被困"
    typing.locator("dialog.elsewhere button", has_text="先看已填内容").click()
    with typing.expect_response("**/desk/**") as answered:
        typing.locator("[data-submit]").first.click()
    assert answered.value.status == 409
    assert not Incoming.everything.exists()

    typing.reload()
    assert world_of(typing) == (str(world.pk), True, True)
    choose(calm, REAL)
    assert world_of(calm) == (str(REAL), False, False)
    typing.locator(".band").wait_for(state="detached")
    assert world_of(typing) == (str(REAL), False, False)

    choose(calm, world.pk)
    typing.locator(".band").wait_for()
    end_world(system("test"), world.pk)
    for tab in (typing, calm):
        tab.locator(".band").wait_for(state="detached")
        assert world_of(tab) == (str(REAL), False, False)
