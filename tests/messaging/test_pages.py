import io
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from openpyxl import load_workbook

from anlan.kernel.engine.timers import pass_due
from anlan.kernel.reactions import drain
from anlan.messaging import services
from anlan.messaging.models import Call, CallRound
from anlan.places.identity import WORLD_KEY
from anlan.places.models import Person

NOON = datetime(2016, 7, 20, 4, 0, tzinfo=UTC)


@pytest.fixture
def browser(people, exercise):
    """``browser("gucheng")``: signed in and inside the exercise."""

    def make(username):
        client = Client()
        client.force_login(Person.objects.get(username=username))
        session = client.session
        session[WORLD_KEY] = str(exercise.pk)
        session.save()
        return client

    return make


@pytest.fixture
def round_(acting, street, communities):
    return services.start_calls(
        acting("zhibanyuan"), why="暴雨橙色预警", text="请到岗到位", regions=[street(), *communities(2)],
        about=("warning.notice", "w1", "/"),
    )  # fmt: skip


def call_in(region="110107004000"):
    return Call.everything.get(region_id=region)


def test_the_board_shows_the_unanswered_and_is_drawn_in_few_queries(browser, round_, django_assert_max_num_queries):
    page = browser("zhibanyuan")
    page.get(f"/calls/{round_.pk}/")
    with django_assert_max_num_queries(30):
        shown = page.get(f"/calls/{round_.pk}/")
    text = shown.content.decode()
    assert "暴雨橙色预警" in text
    assert "一键催办" in text
    assert "模拟" in text, "a sample person's number is marked"
    assert 'href="tel:' not in text, "nothing can be dialled in an exercise"
    assert "建议值" in text
    assert shown.context["progress"].total == 3


def test_another_street_finds_no_board(browser, round_):
    page = browser("bajiao")
    assert page.get(f"/calls/{round_.pk}/").status_code == 404
    assert page.get(f"/calls/{round_.pk}/proof.xlsx").status_code == 404
    assert page.get(f"/calls/call/{call_in().pk}/").status_code == 404
    assert page.get("/calls/").status_code == 200


def test_the_person_called_sees_the_call_and_answers_with_one_button(browser, round_):
    page = browser("gucheng")
    assert "等您应答" in page.get("/calls/").content.decode()
    assert page.get("/messages/").context["unread"] == 1
    assert "1" in page.get("/messages/bell/").content.decode()
    call = call_in()
    assert "应答" in page.get(f"/calls/call/{call.pk}/").content.decode()
    page.post(f"/loop/messaging.call/{call.pk}/step/answer/", {"note": "已到岗"})
    assert call_in().state == "answered"
    assert call_in().answered_by == "古城街道值班员（示例）"
    assert page.get("/messages/").context["unread"] == 0
    assert page.get(f"/messages/?page={'9' * 30}").status_code == 200


def test_the_desk_records_a_missed_call_and_an_answer(browser, round_):
    page, call = browser("zhibanyuan"), call_in()
    assert page.post(f"/calls/call/{call.pk}/no-answer/", {"who": "古城街道值班员", "note": "占线"}).status_code == 302
    missing = page.post(
        f"/loop/messaging.call/{call.pk}/step/record_answer/", {"how": "phone"}, HTTP_ACCEPT="application/json"
    )
    assert (missing.status_code, missing.json()["field"]) == (422, "answered_by")
    page.post(f"/loop/messaging.call/{call.pk}/step/record_answer/", {"how": "phone", "answered_by": "值班员"})
    text = page.get(f"/calls/call/{call.pk}/").content.decode()
    assert "占线" in text
    assert "无人接听" in text
    assert "已应答" in text


def test_one_press_chases(browser, round_):
    answer = browser("zhibanyuan").post(f"/calls/{round_.pk}/chase/", HTTP_ACCEPT="application/json")
    assert "3" in answer.json()["message"]
    assert browser("gucheng").post(f"/calls/{round_.pk}/chase/").status_code == 403


def test_starting_by_hand_says_what_is_missing_and_keeps_what_was_typed(browser):
    page = browser("zhibanyuan")
    refused = page.post("/calls/new/", {"why": "巡查", "text": "", "street": ["110107004000"]})
    assert refused.status_code == 422
    assert "请填写“叫应内容”" in refused.content.decode()
    assert 'value="巡查"' in refused.content.decode()
    page.post(
        "/calls/new/",
        {"why": "巡查", "text": "请回话", "whom": "communities", "street": ["110107004000"], "urgent": "true"},
    )
    started = CallRound.everything.get(why="巡查")
    assert started.urgent
    assert started.scope == "11/110107/110107004/"
    assert Call.everything.filter(round=started).count() > 10


def test_the_proof_sheet_lists_every_call_with_every_attempt(browser, round_, acting, clock_to):
    services.answer_call(acting("gucheng"), call=call_in(), note="=cmd()")
    clock_to(NOON + timedelta(minutes=10))
    pass_due()
    drain()
    page = browser("zhibanyuan")
    answer = page.get(f"/calls/{round_.pk}/proof.xlsx")
    sheet = load_workbook(io.BytesIO(answer.content)).active
    text = "\n".join(str(c.value) for row in sheet.iter_rows() for c in row if c.value is not None)
    assert "已应答 1 个" in text
    assert "古城街道值班员（示例）" in text
    assert text.count("电话（模拟）") >= 2
    assert "演练" in answer["Content-Disposition"] or "%E6%BC%94%E7%BB%83" in answer["Content-Disposition"]
    paper = page.get(f"/calls/{round_.pk}/proof.docx")
    assert paper.content[:2] == b"PK"
    assert page.get(f"/calls/{round_.pk}/proof.exe").status_code == 404


def test_the_api_tells_and_does_the_same(browser, round_):
    page, call = browser("gucheng"), call_in()
    mine = page.get("/api/v1/messaging/calls/mine").json()
    assert [c["region_name"] for c in mine] == ["古城街道"]
    assert page.get("/api/v1/messaging/inbox").json()[0]["text"].startswith("【演练】")
    done = page.post(f"/api/v1/messaging/calls/{call.pk}/answer", {"note": "到"}, content_type="application/json")
    assert (done.status_code, done.json()["state"]) == (200, "answered")
    assert page.get("/api/v1/messaging/rounds").json()[0]["answered"] == 1
    assert browser("bajiao").get(f"/api/v1/messaging/rounds/{round_.pk}/calls").status_code == 404
    body = {"why": "x", "text": "y", "regions": ["999999"]}
    unknown = browser("zhibanyuan").post("/api/v1/messaging/rounds", body, content_type="application/json")
    assert unknown.status_code == 404
    assert "999999" in unknown.json()["message"]


def test_the_whole_district_is_drawn_in_few_queries(browser, acting, django_assert_max_num_queries):
    from anlan.places.models import Region

    regions = list(Region.objects.filter(path__startswith="11/110107/", level__in=["township", "village"]))
    round_ = services.start_calls(acting("zhibanyuan"), why="暴雨红色预警", text="请应答", regions=regions, urgent=True)
    page = browser("zhibanyuan")
    page.get(f"/calls/{round_.pk}/")
    with django_assert_max_num_queries(20):
        shown = page.get(f"/calls/{round_.pk}/")
    assert shown.context["progress"].total == len(regions)
    text = shown.content.decode()
    assert text.count('id="c-') == 40, "the most pressing of them"
    assert f"另有 {len(regions) - 40} 个未应答" in text
    assert 'data-unfold="110107004000"' in text
    inside = page.get(f"/calls/{round_.pk}/places/110107004000/").content.decode()
    below = Region.objects.filter(path__startswith="11/110107/110107004/", level="village")
    assert inside.count('id="c-') == below.count()
    assert "登记应答" in inside
    assert browser("bajiao").get(f"/calls/{round_.pk}/places/110107004000/").content.decode().count('id="c-') == 0
    assert page.get(f"/calls/{round_.pk}/places/999/").content.decode().count('id="c-') == 0
