"""Two seats at the map of one incident, with real processes and real browsers: what one draws the other sees; asked, printed."""

import pytest
from django.conf import settings
from django.test import Client

from anlan.command.map import plotting
from anlan.command.models import PlotMark
from anlan.places.models import Person
from tests.browsing import chromium, patient


@pytest.mark.browser
def test_what_one_seat_draws_the_other_sees_and_may_take_off(people, exercise, running, monkeypatch, at, acting, call):
    running.web()
    running.engine()
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    at("12:45")
    plotting.draw(
        acting("zhibanyuan"), incident=call, symbol="post", label="桥东指挥部",
        geometry={"type": "Point", "coordinates": [call.position.x + 0.002, call.position.y]},
    )  # fmt: skip
    with chromium() as browser:

        def seat(username, path=f"/incidents/{call.pk}/map/"):
            client = Client()
            client.force_login(Person.objects.get(username=username))
            session = client.session
            session["anlan_world"] = str(exercise.pk)
            session.save()
            size = {"width": 1366, "height": 768}
            context = patient(browser.new_context(viewport=size, locale="zh-CN", timezone_id="Asia/Shanghai"))
            cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": running.url}])
            shown = context.new_page()
            shown.goto(f"{running.url}{path}")
            shown.locator("[data-map][data-ready=true]").wait_for()
            shown.locator("[data-link][data-state=open]").wait_for()
            return shown

        one, other = seat("zhibanyuan"), seat("zhibanzhang")
        wall = seat("daiban", "/wall/incidents/")
        assert one.locator("[data-plots]").get_attribute("data-plots") == "桥东指挥部"
        one.locator("[data-moment]").wait_for()
        # An area, corner by corner.
        one.get_by_role("button", name="标绘").click()
        one.get_by_role("button", name="选符号").click()
        one.get_by_role("searchbox", name="找符号").fill("危险区")
        one.locator("[data-sign=danger_area]").click()
        one.get_by_role("textbox", name="标注").fill("积水范围")
        box = one.locator(".mapbox .canvas").bounding_box()
        for x, y in ((0.4, 0.5), (0.6, 0.5), (0.5, 0.7)):
            one.mouse.click(box["x"] + box["width"] * x, box["y"] + box["height"] * y)
        one.get_by_role("button", name="画完").click()
        other.locator("[data-plots='桥东指挥部|积水范围']").wait_for()
        wall.locator("[data-plots='桥东指挥部|积水范围']").wait_for()
        mark = PlotMark.objects.unscoped("the test looks").get(label="积水范围")
        assert len(mark.geometry.coords[0]) == 4
        # The other takes it off; it goes from the first seat too.
        plotting.remove(acting("zhibanzhang"), incident=call, mark=mark.pk)
        one.locator("[data-plots='桥东指挥部']").wait_for()
        other.locator("[data-plots='桥东指挥部']").wait_for()
        # What lies within 3 km: one press, a picked thing leads to a task form that knows it.
        one.keyboard.press("Escape")
        one.get_by_role("button", name="3 公里内").click()
        one.locator(".inspector h2", has_text="范围内").wait_for()
        one.locator(".inspector input[data-pick]").first.check()
        link = one.get_by_role("link", name="给所选的派任务").get_attribute("href")
        assert f"incident={call.pk}" in link
        assert "text=" in link
        # On paper: what is handed to the printer.
        told = "document.body.dataset.printed = document.querySelector('.mapsheet').textContent"
        one.evaluate(f"() => {{ window.print = () => {{ {told} }} }}")
        one.locator(".tools").get_by_role("button", name="打印").click()
        one.locator("body[data-printed]").wait_for(state="attached")
        sheet = one.locator("body").get_attribute("data-printed")
        assert call.title in sheet
        assert "演练" in sheet
        assert "现场指挥部" in sheet, "the legend names what is drawn"
