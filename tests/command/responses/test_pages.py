"""The pages and the API as different people see them."""

from __future__ import annotations

import pytest
from django.test import Client

from anlan.command.models import Order, Task
from anlan.decision.models import Proposal
from anlan.places.models import Person


@pytest.fixture
def browser(district, exercise):
    def open_as(username):
        client = Client()
        client.force_login(Person.objects.get(username=username))
        return client

    return open_as


@pytest.fixture
def response(approve_level):
    return approve_level("III", "20 11:00", "20 11:10")


def text_of(client, url, status=200):
    answer = client.get(url)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


def test_the_proposal_page_says_what_why_and_what_would_happen(rain, house, browser):
    rain("20 11:00", mm24=106)
    url = Proposal.objects.in_world(house).get().get_absolute_url()
    shown = text_of(browser("fuzhihui"), url)
    for words in (
        "启动防汛III级应急响应",
        "24小时雨量",
        "≥ 100 mm，面积占比 ≥ 30%",
        "106 mm（100% 面积）",
        "不详",
        "建议值",
        "排涝泵车和泵站开启",
    ):
        assert words in shown
    assert 'name="expected_hours"' in shown
    assert 'name="checked"' not in shown
    for username in ("zhibanyuan", "fangbanzhuren"):
        assert 'name="expected_hours"' not in text_of(browser(username), url)
    assert browser("gucheng").get(url).status_code in (403, 404)
    assert "启动防汛III级应急响应" in text_of(browser("zhibanyuan"), "/proposals/")
    assert "启动防汛III级应急响应" in text_of(browser("fuzhihui"), "/")


def test_approving_on_the_page_starts_the_response(rain, house, browser):
    from anlan.kernel.reactions import drain

    rain("20 11:00", mm24=106)
    found = Proposal.objects.in_world(house).get()
    url = f"/loop/decision.proposal/{found.pk}/step/approve/"
    given = {"matter": "启动防汛三级响应", "expected_hours": "24", "measures": "上岗"}
    assert browser("zhibanyuan").post(url, given).status_code == 403
    refused = browser("fuzhihui").post(url, {**given, "measures": ""}, headers={"accept": "application/json"})
    assert (refused.status_code, refused.json()["field"]) == (422, "measures")
    assert browser("fuzhihui").post(url, given).status_code == 302
    drain()
    assert Order.objects.in_world(house).get().elements["measures"] == "上岗"
    again = browser("zhihuizhang").post(url, given, headers={"accept": "application/json"})
    assert again.status_code == 409


def test_the_board_shows_members_and_cards_and_a_department_its_own_row(response, browser):
    whole = text_of(browser("fangban"), response.get_absolute_url())
    for words in ("区水务局", "公安分局", "古城街道", "排涝泵车和泵站开启", "下达指令"):
        assert words in whole
    own = text_of(browser("shuiwu"), response.get_absolute_url())
    assert "区水务局" in own
    assert "公安分局" not in own
    assert "下达指令" not in own
    assert browser("gucheng.shuji").get(response.get_absolute_url()).status_code == 404


def test_one_press_on_the_board_chases(response, browser, clock_to):
    from tests.decision.conftest import at

    clock_to(at("20 11:30"))
    url = f"{response.get_absolute_url()}chase/"
    said = browser("fangban").post(url, headers={"accept": "application/json"}).json()["message"]
    assert "已催办" in said
    assert browser("shuiwu").post(url).status_code == 403


def test_a_big_board_sends_a_line_a_member_and_the_cells_of_a_row_when_it_is_opened(
    response, house, browser, clock_to, django_assert_max_num_queries
):
    from anlan.kernel.web import nav
    from tests.decision.conftest import at

    def asked(url):
        client.get(url)
        nav._COUNTED.clear()
        with django_assert_max_num_queries(25) as queries:
            answer = client.get(url)
        return answer.content.decode(), len(queries)

    client, url = browser("fangban"), response.get_absolute_url()
    small, queries_small = asked(url)
    assert "data-unfold=" not in small
    row = f"{url}members/sjs.water/"
    cells = client.get(row).content.decode().count('class="cell"')
    for task in Task.objects.in_world(house).filter(response=response):
        for card in range(8):
            task.pk, task._state.adding, task.card = None, True, f"{task.card[:40]}-{card}"
            task.pk = Task._meta.pk.get_default()
            task.save(force_insert=True)
    clock_to(at("20 12:30"))
    big, queries_big = asked(url)
    assert queries_big <= queries_small
    assert 'data-unfold="sjs.water"' in big
    assert big.count('class="cell"') == 12, "the latest of all members stand above"
    opened = client.get(row).content.decode()
    assert opened.count('class="cell"') == 9 * cells
    assert "/tasks/" in opened
    assert browser("shuiwu").get(row).content.decode().count('class="cell"') == 9 * cells
    assert browser("shuiwu").get(f"{url}members/sjs.utility/").content.decode().count('class="cell"') == 0
    assert browser("gucheng.shuji").get(row).status_code == 404


def test_an_assignee_works_through_the_task_page(response, house, browser):
    pump = Task.objects.in_world(house).get(card="f_pump")
    client = browser("chengguan")
    assert "排涝泵车和泵站开启" in text_of(client, "/tasks/")
    assert "签收" in text_of(client, pump.get_absolute_url())
    assert client.post(f"/loop/command.task/{pump.pk}/step/acknowledge/", {"note": ""}).status_code == 302
    assert client.post(f"/loop/command.task/{pump.pk}/step/report/", {"text": "到位", "pumps": "4"}).status_code == 302
    shown = text_of(client, pump.get_absolute_url())
    assert "到位" in shown
    assert browser("shuiwu").get(pump.get_absolute_url()).status_code == 404


def test_the_order_comes_as_a_paper_with_the_mark_of_the_exercise(response, house, browser):
    import io

    import docx

    order = Order.objects.in_world(house).get()
    answer = browser("shuiwu").get(f"/orders/{order.pk}.docx")
    assert answer.status_code == 200
    paper = docx.Document(io.BytesIO(answer.content))
    words = "\n".join(
        [p.text for p in paper.paragraphs] + [c.text for t in paper.tables for r in t.rows for c in r.cells]
    )
    for wanted in (
        "演练",
        "响应事项",
        "响应级别",
        "预计期限",
        "24小时",
        "处置措施",
        "24小时雨量",
        "排涝泵车和泵站开启",
    ):
        assert wanted in words
    assert browser("gucheng.shuji").get(f"/orders/{order.pk}.docx").status_code == 404


def test_lowering_on_the_board_is_an_order_from_the_commander_and_a_request_from_the_duty_room(
    response, house, browser
):
    url = f"{response.get_absolute_url()}change/?kind=lower"
    asked = browser("zhibanzhang").post(
        url, {"level": "IV", "reason": "雨势减弱"}, headers={"accept": "application/json"}
    )
    assert asked.json()["redirect"].startswith("/proposals/")
    signed = browser("zhihuizhang").post(
        url, {"level": "IV", "reason": "险情受控"}, headers={"accept": "application/json"}
    )
    assert signed.json()["redirect"] == response.get_absolute_url()
    states = list(Proposal.objects.in_world(house).order_by("opened_at", "id").values_list("kind", "state"))
    assert states == [("start", "approved"), ("lower", "approved")]
    refused = browser("shuiwu").post(url, {"level": "IV", "reason": "不想做"}, headers={"accept": "application/json"})
    assert refused.status_code == 403


def test_an_end_without_verification_is_refused(response, browser):
    url = f"{response.get_absolute_url()}change/?kind=end"
    refused = browser("fuzhihui").post(url, {"reason": "雨停", "checked": " "}, headers={"accept": "application/json"})
    assert (refused.status_code, refused.json()["field"]) == (422, "checked")


def test_a_task_by_hand_from_the_form(response, house, browser):
    client = browser("fangban")
    assert "承担单位" in text_of(client, f"/tasks/new/?response={response.pk}")
    given = {
        "text": "巡查左堤",
        "due_at": "2016-07-20 12:30",
        "organisations": ["sjs.water"],
        "response": str(response.pk),
    }
    wrong = client.post("/tasks/new/", {**given, "due_at": "明天"})
    assert wrong.status_code == 422
    assert "巡查左堤" in wrong.content.decode()
    assert client.post("/tasks/new/", given).status_code == 302
    assert "巡查左堤" in text_of(browser("shuiwu"), "/tasks/")


def test_asking_by_hand_keeps_what_was_typed(browser, district):
    client = browser("zhibanyuan")
    assert "防汛" in text_of(client, "/proposals/ask/")
    wrong = client.post("/proposals/ask/", {"hazard": "flood", "kind": "start", "level": "", "reason": "重大活动"})
    assert wrong.status_code == 422
    assert "重大活动" in wrong.content.decode()
    made = client.post("/proposals/ask/", {"hazard": "flood", "kind": "start", "level": "IV", "reason": "重大活动"})
    assert made.status_code == 302
    assert "重大活动" in text_of(client, made["Location"])


@pytest.mark.parametrize(
    "url", ["/responses/", "/tasks/", "/proposals/?state=all", "/plans/", "/facts/", "/tasks/?view=all"]
)
def test_every_list_opens(response, browser, url):
    text_of(browser("zhihuizhang"), url)


def test_a_plan_can_be_read(browser, district):
    from anlan.decision.models import PlanVersion

    row = PlanVersion.objects.unscoped("test").get(key="flood")
    shown = text_of(browser("gucheng.shuji"), row.get_absolute_url())
    assert "24小时雨量 ≥ 100 mm，面积占比 ≥ 30%" in shown


def test_the_api_answers_within_the_persons_scope(response, house, browser):
    client = browser("shuiwu")
    (one,) = client.get("/api/v1/command/responses").json()
    assert (one["level"], one["state"]) == ("III", "active")
    mine = client.get("/api/v1/command/tasks").json()
    assert {t["organisation"] for t in mine} == {"sjs.water"}
    foreign = Task.objects.in_world(house).get(card="f_pump")
    assert client.get(f"/api/v1/command/tasks/{foreign.pk}").status_code == 404
    assert client.get("/api/v1/decision/proposals").json() == []
    duty = browser("zhibanyuan").get("/api/v1/decision/proposals?state=all").json()
    assert [p["level"] for p in duty] == ["III"]
    refused = browser("zhibanyuan").post(
        "/api/v1/decision/proposals", {"region": "110107", "hazard": "flood", "kind": "raise", "level": "V", "reason": "x"},
        content_type="application/json",
    )  # fmt: skip
    assert refused.status_code == 422
