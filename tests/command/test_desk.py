import json

import pytest
from django.test import Client

from anlan.command import incoming as queue
from anlan.command.models import Incident, Report, ReportClock
from anlan.command.services import open_incident
from anlan.kernel.models import World
from anlan.places.models import Person

from .conftest import CALL


@pytest.fixture
def browser(people, exercise):
    def make(username):
        client = Client(headers={"accept": "text/html"})
        client.force_login(Person.objects.get(username=username))
        session = client.session
        session["anlan_world"] = str(exercise.pk)
        session.save()
        return client

    return make


JSON = {"accept": "application/json"}


def test_the_line_is_recognised_and_two_cars_are_not_two_people(browser, at):
    at("12:41")
    found = browser("zhibanyuan").post("/desk/parse/", {"text": CALL}, headers=JSON).json()
    fields = {f["name"]: f for f in found["fields"]}
    assert fields["trapped"]["value"] is None
    assert fields["cars"]["value"] == 2
    assert fields["time"]["shown"] == "2016-07-20 12:35"
    assert fields["place"]["shown"] == "古城街道古城南路下凹桥"
    assert CALL[slice(*fields["place"]["spans"][0])] == "古城南路下凹桥"
    assert found["duplicates"] == []
    assert "人数未知" in found["needed"][0]


def test_from_a_pasted_sentence_to_a_report_waiting_for_signature_in_two_decisions(browser, at, exercise):
    at("12:41")
    desk = browser("zhibanyuan")
    opened = desk.post("/desk/open/", {"text": CALL, "place": "古城街道古城南路下凹桥", "trapped": ""}, headers=JSON)
    assert opened.status_code == 200
    assert "首报已拟好" in opened.json()["message"]
    report = Report.everything.get(world=exercise)
    assert desk.post(f"/loop/command.report/{report.pk}/step/submit/", headers=JSON).status_code == 200
    report.refresh_from_db()
    assert report.state == "signing"
    page = browser("daiban").get("/desk/").content.decode()
    assert "签发" in page
    assert "古城街道古城南路下凹桥" in page


def test_the_desk_shows_what_is_due_with_its_clock_and_the_incident_at_hand(browser, call):
    page = browser("zhibanyuan").get("/desk/")
    words = page.content.decode()
    assert page.status_code == 200
    assert "首报（电话）" in words
    assert "市政府总值班室" in words
    assert "2016-07-20T13:11:00+08:00" in words
    assert "级别待定" in words
    assert "较宽，未采用：" in words
    assert "送签" in words
    for part in ("waiting", "due", "at-hand"):
        assert browser("zhibanyuan").get(f"/desk/{part}/").status_code == 200


def test_a_second_call_about_the_same_is_suggested_and_joins_by_one_press(browser, call, at):
    at("12:50")
    desk, text = browser("zhibanyuan"), "12时48分市民来电：古城南路下凹桥积水约80厘米，2辆车被困"
    similar = desk.post("/desk/parse/", {"text": text}, headers=JSON).json()["duplicates"]
    assert similar[0]["label"] == call.title
    assert "地点相同" in similar[0]["reason"]
    assert desk.post(similar[0]["merge_url"], {"text": text}, headers=JSON).status_code == 200
    call.refresh_from_db()
    assert call.facts["water_depth_cm"] == 80
    assert Incident.everything.count() == 1


def test_what_waits_is_joined_to_the_incident_in_hand_after_every_refresh(browser, call, acting, at):
    at("12:50")
    desk = browser("zhibanyuan")
    other = open_incident(acting("zhibanyuan"), text="12时45分八角街道来电：杨庄路路口交通事故，人数不详")
    queue.receive(acting("gucheng"), text="桥下水更深了", source="古城街道", scope="11/110107/110107004/")
    for one in (call, other):
        desk.get(f"/desk/at-hand/?incident={one.pk}")
        assert f"/desk/join/{one.pk}/" in desk.get("/desk/waiting/").content.decode()


def test_a_waiting_report_is_checked_in_the_form_and_becomes_an_incident_once(browser, acting, at):
    at("12:41")
    ctx, street = acting("gucheng"), "11/110107/110107004/"
    waiting = queue.receive(ctx, text=CALL, source="古城街道", scope=street, facts={"injured": 1, "trapped": None})
    desk, sent = browser("zhibanyuan"), {"text": CALL, "incoming": str(waiting.pk)}
    shown = desk.get("/desk/", {"take": str(waiting.pk)}).content.decode()
    assert f'name="incoming" value="{waiting.pk}"' in shown
    assert CALL in shown
    found = desk.post("/desk/parse/", sent, headers=JSON).json()["fields"]
    assert {f["name"]: f["shown"] for f in found}["injured"] == "1", "who was counted on the spot stands in the form"
    corrected = {**sent, "injured": "", "trapped": "2"}
    assert desk.post("/desk/open/", corrected, headers=JSON).status_code == 200
    incident = Incident.everything.get()
    assert (incident.facts["injured"], incident.facts["trapped"]) == (None, 2), "an emptied count is unknown again"
    waiting.refresh_from_db()
    assert (waiting.state, waiting.incident) == ("registered", incident)
    second = desk.post("/desk/open/", corrected, headers=JSON)
    assert (second.status_code, Incident.everything.count()) == (409, 1)
    assert "已立事件" in second.json()["message"]


def test_telephone_reports_of_a_stage_are_recorded_together_and_unreached_ones_run_on(browser, call):
    clocks = ReportClock.everything.filter(incident=call, form="phone", closed_at=None)
    reached = clocks.get(recipient="city_gov")
    answer = browser("zhibanyuan").post(
        f"/incidents/{call.pk}/reported/first/phone/", {f"to-{reached.pk}": "市值班员（示例）"}, headers=JSON
    )
    assert answer.status_code == 200
    assert set(clocks.values_list("recipient", flat=True)) == {"city_emergency", "city_party"}
    assert browser("zhibanyuan").post(f"/incidents/{call.pk}/reported/first/phone/", headers=JSON).status_code == 422
    asked = browser("zhibanyuan").get(f"/incidents/{call.pk}/reported/first/phone/").content.decode()
    assert 'action="/incidents/' in asked
    assert f'name="to-{reached.pk}"' not in asked, "only those that nobody was told yet"
    assert "接收人" in asked


def test_the_room_reads_as_a_story_and_prints(browser, call):
    client = browser("zhibanyuan")
    client.post(
        f"/incidents/{call.pk}/followup/",
        {"text": "消防到场，救出1人", "rescued": "1", "source": "古城街道"},
        headers=JSON,
    )
    words = client.get(f"/incidents/{call.pk}/").content.decode()
    order = [
        words.index(part)
        for part in ("接报：12时35分古城街道来电", "首报时限开始计时", "补充情况（古城街道）：消防到场")
    ]
    assert order == sorted(order)
    assert client.get(f"/incidents/{call.pk}/?print=1").status_code == 200


def test_a_foreign_person_finds_nothing_at_any_address(browser, call):
    report = Report.everything.get(incident=call)
    for who in ("bajiao", "shuiwu"):
        client = browser(who)
        assert client.get(f"/incidents/{call.pk}/").status_code == 404
        assert client.get(f"/api/v1/command/incidents/{call.pk}").status_code == 404
        assert client.get(f"/api/v1/command/incidents/{call.pk}/timeline").status_code == 404
        assert client.post(f"/incidents/{call.pk}/followup/", {"text": "x"}).status_code == 404
        assert client.get(f"/reports/{report.pk}/").status_code in (403, 404)
        assert client.get(f"/reports/{report.pk}/paper.docx").status_code == 404
        assert call.title not in client.get("/incidents/").content.decode()
    assert browser("gucheng").get(f"/incidents/{call.pk}/").status_code == 200
    assert browser("gucheng").get(f"/reports/{report.pk}/paper.docx").status_code == 404


def test_the_real_world_knows_nothing_of_the_exercise(browser, call):
    client = browser("zhibanyuan")
    session = client.session
    session["anlan_world"] = str(World.objects.get(kind="real").pk)
    session.save()
    assert client.get(f"/incidents/{call.pk}/").status_code == 404


def test_a_wrong_correction_is_refused_at_its_field_and_nothing_is_opened(browser, at):
    at("12:41")
    answer = browser("zhibanyuan").post("/desk/open/", {"text": CALL, "trapped": "好几个"}, headers=JSON)
    assert answer.status_code == 422
    assert answer.json()["field"] == "trapped"
    assert answer.json()["mend"]
    assert not Incident.everything.exists()


def test_the_list_pages_by_key_and_finds_by_words(browser, acting, at):
    from anlan.command.services import open_incident

    at("12:41")
    ctx = acting("zhibanyuan")
    for n in range(3):
        open_incident(ctx, text=f"八角街道杨庄东街{n + 1}号院进水")
    client = browser("zhibanyuan")
    first = client.get("/api/v1/command/incidents?limit=2").json()
    rest = client.get("/api/v1/command/incidents", {"limit": 2, "before": first["before"]}).json()
    assert [len(first["items"]), len(rest["items"]), rest["before"]] == [2, 1, ""]
    assert not {i["id"] for i in first["items"]} & {i["id"] for i in rest["items"]}
    page = client.get("/incidents/?q=2号院").content.decode()
    assert "2号院" in page
    assert "3号院" not in page
    assert client.get("/incidents/?before=rubbish").status_code == 422


def test_the_api_opens_follows_up_and_reports(browser, at):
    at("12:41")
    client = browser("zhibanyuan")
    made = client.post("/api/v1/command/incidents", json.dumps({"text": CALL}), content_type="application/json")
    assert made.status_code == 201
    assert made.json()["facts"]["trapped"] is None
    pk = made.json()["id"]
    more = client.post(
        f"/api/v1/command/incidents/{pk}/figures",
        json.dumps({"facts": {"deaths": 0, "missing": 0}}),
        content_type="application/json",
    )
    assert more.json()["grade"] == "一般"
    clocks = client.get(f"/api/v1/command/incidents/{pk}/clocks").json()
    assert all(c["clause"] for c in clocks)
    assert any(c["supersedes"] for c in clocks)
    assert client.get(f"/api/v1/command/incidents/{pk}/reports").json()[0]["state"] == "drafted"


def test_a_task_by_hand_reaches_its_organisation(browser, call):
    client = browser("zhibanyuan")
    page = client.get("/desk/").content.decode()
    assert "派任务" in page
    given = client.post(
        f"/incidents/{call.pk}/task/",
        {"organisations": "sjs.st.gucheng", "text": "设警戒带，劝离围观", "minutes": "20"},
        headers=JSON,
    )
    assert given.status_code == 200
    assert "设警戒带" in client.get(f"/incidents/{call.pk}/").content.decode()


def test_hostile_words_stay_words_on_every_page(browser, acting, at):
    """What anybody can say on the telephone or type on a phone is read by the whole duty room."""
    at("12:50")
    words = "古城南路下凹桥积水<script>alert(1)</script><img src=x onerror=alert(2)>"
    duty = acting("zhibanyuan")
    queue.receive(duty, text=words, source=words[:110], channel="phone", scope=duty.grants[0].path)
    client = browser("zhibanyuan")
    assert client.post("/desk/open/", {"text": words}, headers=JSON).status_code == 200
    incident = Incident.objects.in_world(duty).get()
    for address in ("/desk/", "/incidents/", f"/incidents/{incident.pk}/", f"/incidents/{incident.pk}/?print=1", "/"):
        page = client.get(address).content.decode()
        assert "<script>alert" not in page, address
        assert "<img src=x" not in page, address
    assert "&lt;script&gt;alert" in client.get(f"/incidents/{incident.pk}/").content.decode()
