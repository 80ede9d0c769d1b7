"""Warning pages and API, as people of the district see them."""

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from anlan.kernel.context import Context
from anlan.kernel.layers import marks_between
from anlan.kernel.models import Outbox
from anlan.kernel.reactions import drain
from anlan.places.identity import context_of
from anlan.places.models import Person
from anlan.warning.cap.compose import compose_cap
from anlan.warning.models import Notice, WarningIntake

from .test_receiving import TEXT, feed, message, people, take  # noqa: F401


@pytest.fixture
def browser(people):  # noqa: F811
    def sign_in(username):
        client = Client()
        client.force_login(Person.objects.get(username=username))
        return client

    return sign_in


@pytest.fixture
def notice(feed):  # noqa: F811
    found = take(feed, message()).notice
    drain()
    return found


def test_pages_show_the_warning_to_the_district_and_its_streets(browser, notice):
    for name in ("zhibanyuan", "gucheng", "gucheng.shuji", "shuiwu"):
        page = browser(name)
        listed = page.get("/warnings/").content.decode()
        assert "暴雨橙色预警信号" in listed
        assert "橙色" in listed
        one = page.get(notice.get_absolute_url()).content.decode()
        assert "防御指南" in one or "应采取的措施" in one
    assert Client().get("/warnings/").status_code == 302


def test_the_duty_officer_confirms_by_one_press(browser, notice):
    page = browser("zhibanyuan")
    assert "签收" in page.get(notice.get_absolute_url()).content.decode()
    assert "签收</button>" not in browser("gucheng").get(notice.get_absolute_url()).content.decode()
    page.post(f"/loop/warning.notice/{notice.pk}/step/acknowledge/", {"note": "已阅"})
    assert Notice.objects.unscoped("test").get().state == "in_force"


def test_a_pasted_text_is_taken_in_and_what_is_refused_keeps_what_was_typed(browser, feed):  # noqa: F811
    page = browser("zhibanyuan")
    answer = page.post("/warnings/receive/", {"text": TEXT, "source": "传真"})
    assert answer.status_code == 302
    assert answer.url.startswith("/warnings/")
    refused = page.post("/warnings/receive/", {"text": "可能下雨（演练）"})
    assert refused.status_code == 422
    assert "可能下雨（演练）" in refused.content.decode()
    log = page.get("/warnings/?tab=log").content.decode()
    assert "未接收" in log
    assert "已接收" in log
    assert browser("gucheng").get("/warnings/?tab=log").status_code == 404
    assert browser("gucheng").post("/warnings/receive/", {"text": TEXT}).status_code == 403


def test_a_file_is_taken_in_and_its_raw_bytes_come_back(browser, feed):  # noqa: F811
    page = browser("zhibanyuan")
    data = compose_cap(message())
    answer = page.post("/warnings/receive/", {"file": SimpleUploadedFile("w.xml", data)})
    assert answer.status_code == 302
    row = WarningIntake.objects.unscoped("test").get()
    raw = page.get(f"/warnings/intake/{row.pk}/raw")
    assert raw.content == data
    assert "attachment" in raw["Content-Disposition"]
    assert browser("gucheng").get(f"/warnings/intake/{row.pk}/raw").status_code == 403


def test_the_api_takes_a_message_in_once_and_says_what_is_wrong(browser, feed):  # noqa: F811
    api = browser("qixiang")

    def post(body):
        return api.post("/api/v1/warning/messages", body, content_type="application/xml")

    first, second = post(compose_cap(message())), post(compose_cap(message()))
    assert (first.status_code, first.json()["outcome"]) == (200, "accepted")
    assert (second.status_code, second.json()["outcome"]) == (200, "duplicate")
    bad = post(b"<alert/>")
    assert bad.status_code == 422
    assert bad.json()["faults"]
    listed = api.get("/api/v1/warning/warnings").json()
    assert [w["color"] for w in listed] == ["orange"]
    assert listed[0]["regions"] == ["11"]
    one = api.get(f"/api/v1/warning/warnings/{listed[0]['id']}")
    assert one.json()["hazard"] == "rainstorm"
    assert (
        browser("gucheng").post("/api/v1/warning/messages", b"<alert/>", content_type="application/xml").status_code
        == 403
    )


def test_the_warned_area_is_on_the_map(browser, notice):
    layers = browser("zhibanyuan").get("/map/layers.json")
    assert "warning.area" in layers.content.decode()
    tile = browser("zhibanyuan").get("/map/tiles/warning.area/6/52/24.mvt")
    assert tile.status_code == 200
    assert b"orange" in tile.content


def test_a_warning_stands_on_the_time_slider_of_those_who_may_see_it(notice):
    ctx = context_of(Person.objects.get(username="zhibanyuan"), world=notice.world_id)
    sent, hour = notice.sent_at, timedelta(hours=1)
    marks = marks_between(ctx, sent - hour, sent + hour)
    assert [(m["kind"], m["label"], m["url"]) for m in marks] == [
        ("warning", notice.headline, notice.get_absolute_url())
    ]
    assert marks_between(ctx, sent + hour, sent + 2 * hour) == []
    assert marks_between(Context(ctx.actor, world=notice.world_id), sent - hour, sent + hour) == []


def test_the_live_notice_reaches_only_those_concerned(notice):
    row = Outbox.objects.get(subject="warning.notice.received")
    assert (row.scope, row.shared_with) == ("11/110107/", ["in:11"])
    assert json.loads(json.dumps(row.live))["color"] == "orange"
