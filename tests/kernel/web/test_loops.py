"""Every loop on the web: buttons, forms that keep what was typed, the log, the API, the diagram."""

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from anlan.kernel.context import system
from anlan.kernel.engine.timers import pass_due
from anlan.kernel.loops import ASSIGNEE, Evidence, Loop, Rung, State, Step, loops, open_record, transition
from anlan.kernel.loops.stepping import _SERVICES, step_service
from anlan.kernel.models import Attachment, AuditEntry
from anlan.kernel.web.drawing import drawn, layered
from anlan.kernel.web.steps import actions
from anlan.places.identity import context_of
from tests.cast import GUCHENG, HAIDIAN, person, signed_in
from tests.sample.models import ERRAND, Errand

KEY = "sample.errand"
NOON = datetime(2016, 7, 20, 4, 0, tzinfo=UTC)


@pytest.fixture
def clerk(db, settings, tmp_path):
    settings.ATTACHMENT_DIR = str(tmp_path)
    return person("clerk", GUCHENG, "town", organisation="street")


@pytest.fixture
def errand(clerk):
    return open_record(
        system("t"), Errand, title="关闸", scope=GUCHENG, owner_keys=["org:street"], shared_with=["org:street"]
    )


@pytest.fixture
def mine(clerk):
    return signed_in(Client(), clerk)


def step_url(errand, step):
    return f"/loop/{KEY}/{errand.pk}/step/{step}/"


def test_buttons_in_the_form_that_pages_expect(clerk, errand):
    (accept,) = actions(context_of(clerk), errand)
    assert (accept["label"], accept["method"], accept["main"], accept["url"]) == (
        "签收",
        "post",
        True,
        step_url(errand, "accept"),
    )
    transition(context_of(clerk), errand, "accept")
    finish = actions(context_of(clerk), errand)[0]
    assert [(f["name"], f["kind"], f["required"]) for f in finish["evidence"]] == [
        ("people", "int", True),
        ("note", "text", False),
    ]


def test_a_press_goes_through_the_loop_and_leads_back(mine, errand):
    answer = mine.post(step_url(errand, "accept"), {"next": "/loops/"})
    assert answer.headers["Location"] == "/loops/"
    assert Errand.everything.get().state == "accepted"
    again = mine.post(step_url(errand, "accept"), HTTP_ACCEPT="application/json")
    assert (again.status_code, again.json()["error"]) == (409, "conflict")
    assert "办理中" in again.json()["message"]


def test_leading_elsewhere_is_not_done(mine, errand):
    answer = mine.post(step_url(errand, "accept"), {"next": "//evil.example/"})
    assert answer.headers["Location"] == f"/loop/{KEY}/{errand.pk}/"


def test_a_refused_form_keeps_what_was_typed(mine, clerk, errand):
    transition(context_of(clerk), errand, "accept")
    answer = mine.post(step_url(errand, "finish"), {"people": "三个", "note": "已处置"}, HTTP_HX_REQUEST="true")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="三个"' in page
    assert 'value="已处置"' in page
    assert "请填数字" in page
    assert "<html" not in page
    full = mine.post(step_url(errand, "finish"), {"people": "101"})
    assert full.status_code == 400
    assert "一百" in full.content.decode()
    assert 'value="101"' in full.content.decode(), "what the room refuses keeps what was typed too"
    answer = mine.post(step_url(errand, "finish"), {"people": "三个"}, HTTP_ACCEPT="application/json")
    assert answer.json()["details"]["faults"][0]["field"] == "people"


def test_the_form_of_a_step_alone_and_in_a_page(mine, clerk, errand):
    transition(context_of(clerk), errand, "accept")
    assert "<html" in mine.get(step_url(errand, "finish")).content.decode()
    assert "<html" not in mine.get(step_url(errand, "finish"), HTTP_HX_REQUEST="true").content.decode()
    assert mine.get(step_url(errand, "nonsense")).status_code == 404


def test_strangers_find_nothing_and_onlookers_may_not(errand):
    stranger = signed_in(Client(), person("stranger", HAIDIAN, "town"))
    for address in ("", "log/", "step/accept/"):
        assert stranger.get(f"/loop/{KEY}/{errand.pk}/{address}").status_code == 404
    assert stranger.post(step_url(errand, "accept")).status_code == 404
    assert stranger.get(f"/api/v1/kernel/loops/{KEY}/{errand.pk}").status_code == 404
    assert stranger.get(f"/api/v1/kernel/loops/{KEY}/{errand.pk}/log").status_code == 404
    assert stranger.post(f"/api/v1/kernel/loops/{KEY}/{errand.pk}/accept").status_code == 404
    assert stranger.get(f"/api/v1/kernel/loops/{KEY}?state=all").json()["count"] == 0
    assert "关闸" not in stranger.get(f"/loop/{KEY}/?state=all").content.decode()


def test_the_log_tells_who_when_by_both_clocks_and_with_what_proof(clerk, exercise, clock_to):
    world = exercise.pk
    errand = open_record(
        system("t", world=world),
        Errand,
        title="关闸",
        scope=GUCHENG,
        owner_keys=["org:street"],
        shared_with=["org:street"],
    )
    ctx = context_of(clerk, world=world)
    transition(ctx, errand, "accept", promised_at=NOON + timedelta(minutes=5))
    clock_to(NOON + timedelta(minutes=30))
    assert pass_due()
    transition(context_of(clerk, world=world, simulated=True), errand, "finish", evidence={"people": 3})
    client = signed_in(Client(), clerk)
    session = client.session
    session["anlan_world"] = str(world)
    session.save()
    log = client.get(f"/api/v1/kernel/loops/{KEY}/{errand.pk}/log").json()
    assert [e["label"] for e in log] == ["办结", "超时", "签收", "差事"]
    assert log[0]["evidence"][0] == {"name": "people", "label": "人数", "value": "3"}
    assert (log[0]["simulated"], log[2]["post"]) == (True, "clerk岗")
    assert log[1]["at"].startswith("2016-07-20")
    assert not log[1]["recorded_at"].startswith("2016")
    page = client.get(f"/loop/{KEY}/{errand.pk}/log/").content.decode()
    assert "模拟" in page
    assert "实际时间" in page


def test_a_room_may_put_its_own_service_behind_a_button(mine, errand):
    def promise(ctx, record, evidence):
        return transition(ctx, record, "accept", promised_at=NOON)

    step_service(KEY, "accept")(promise)
    try:
        mine.post(step_url(errand, "accept"))
    finally:
        _SERVICES.pop((KEY, "accept"))
    assert Errand.everything.get().promised_at == NOON


def test_a_photo_comes_in_with_the_step_or_not_at_all(mine, clerk, errand, monkeypatch):
    photo = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(photo, "JPEG")
    step = Step("shoot", "拍照", ("sent",), "sent", may=(ASSIGNEE,), keeps_clock=True,
                evidence=(Evidence("photo", "照片", "photo"), Evidence("depth", "水深", "int")))  # fmt: skip
    monkeypatch.setattr(Errand, "loop", Loop(**{**vars(ERRAND), "steps": (*ERRAND.steps, step)}))
    bad = mine.post(
        step_url(errand, "shoot"),
        {"photo": SimpleUploadedFile("a.jpg", photo.getvalue())},
        HTTP_ACCEPT="application/json",
    )
    assert bad.status_code == 422
    assert not Attachment.everything.exists(), "a refused step leaves no photo behind"
    mine.post(step_url(errand, "shoot"), {"photo": SimpleUploadedFile("a.jpg", photo.getvalue()), "depth": "27"})
    kept = Attachment.everything.get()
    assert AuditEntry.objects.get(action="sample.errand.shoot").data["evidence"]["photo"] == [str(kept.pk)]


def test_a_photo_that_may_be_left_out_is_left_out_as_a_browser_does_it(mine, errand, monkeypatch):
    step = Step("look", "查看", ("sent",), "sent", may=(ASSIGNEE,), keeps_clock=True,
                evidence=(Evidence("photo", "照片", "photo", required=False), Evidence("depth", "水深", "int")))  # fmt: skip
    monkeypatch.setattr(Errand, "loop", Loop(**{**vars(ERRAND), "steps": (*ERRAND.steps, step)}))
    taken = mine.post(step_url(errand, "look"), {"photo": "", "depth": "27"}, HTTP_ACCEPT="application/json")
    assert taken.status_code == 200, taken.content.decode()


def test_the_api_takes_steps_and_names_those_left(mine, errand):
    base = f"/api/v1/kernel/loops/{KEY}/{errand.pk}"
    assert mine.get(base).json()["steps"] == ["accept"]
    assert mine.post(f"{base}/accept").json()["state"] == "accepted"
    bad = mine.post(f"{base}/finish", json.dumps({"people": -1}), content_type="application/json")
    assert (bad.status_code, bad.json()["field"]) == (422, "people")
    assert mine.post(f"{base}/finish", json.dumps({"people": 2}), content_type="application/json").json()["closed_at"]
    assert mine.get(f"/api/v1/kernel/loops/{KEY}").json()["count"] == 0


def test_the_document_shows_each_step_with_its_evidence():
    from anlan.config.api import api

    shapes = api.get_openapi_schema()["components"]["schemas"]
    assert shapes["SampleErrandFinishEvidence"]["required"] == ["people"]


def test_the_pages_of_all_loops(mine, errand):
    page = mine.get("/loops/").content.decode()
    assert page.count('<svg class="loopdrawing"') == len(loops())
    assert "关闸" in mine.get(f"/loop/{KEY}/").content.decode()
    assert "关闸" in mine.get(f"/loop/{KEY}/{errand.pk}/").content.decode()
    assert mine.get("/loop/no.such/").status_code == 404
    for odd in ("?state=x'--", "?page=-1", "?page=99999999999999999999", "?page=²"):
        assert mine.get(f"/loop/{KEY}/{odd}").status_code == 200


def test_a_drawing_has_every_state_and_every_step_and_no_two_boxes_on_each_other():
    for loop in loops().values():
        assert sorted(n for column in layered(loop) for n in column) == sorted(s.name for s in loop.states)
        svg = drawn(loop, here=loop.initial)
        for state in loop.states:
            assert f">{state.label}<" in svg


def test_words_in_a_drawing_cannot_become_markup():
    states = (State("a", "<b>甲", owner="x", within=1, escalate=(Rung("y"),)), State("z", "终", final=True))
    loop = Loop(
        key="t.y", title="<script>", states=states, steps=(Step("s", "走&", ("a",), "z", may=("x",)),), initial="a"
    )
    svg = drawn(loop)
    assert "<script>" not in svg
    assert "&lt;b&gt;甲" in svg
