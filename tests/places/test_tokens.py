"""Programs come with a token: only where it opens, only for what is theirs, until it ends; each is an actor of its own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from anlan.kernel import clock
from anlan.kernel.context import system
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, Refused
from anlan.kernel.models import AuditEntry
from anlan.places import tokens
from anlan.places.models import AccessToken, Organisation, TokenRefusal
from anlan.sensing.models import Feeder, Journal
from anlan.sensing.services import register_station
from tests.cast import BAJIAO, DISTRICT, GUCHENG, person, signed_in
from tests.racing import at_once, one_won

FEED, STA = "/api/v1/sensing/observations", "/sta/v1.1"


@pytest.fixture
def land(db):
    """Two stations in one street, one in another, and who looks after the platform in the district and in the street."""
    people = {"admin": person("admin", DISTRICT, "admin"), "gucheng": person("gucheng", GUCHENG, "admin"),
              "officer": person("officer", DISTRICT, "duty_officer")}  # fmt: skip
    for code, region in (("g.1", "110107004000"), ("g.2", "110107004000"), ("b.1", "110107003000")):
        register_station(system("test"), code=code, name=code, region=region, properties=["rain_mm"])
    return people


def make(ctx=None, *, organisation="org-gucheng", uses=("sensing.feed",), stations=("g.1",), days=30, **more):
    given = {"name": "网关（示例）", "purpose": "报送雨量", **more}
    return tokens.make_token(
        ctx or system("test"), organisation=Organisation.objects.get(pk=organisation), uses=list(uses),
        expires_at=clock.real_now() + timedelta(days=days), limits={"sensing.feed": stations}, **given,
    )  # fmt: skip


def bearing(secret, **extra):
    return Client(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {secret}"}, **extra)


def send(client, *stations):
    hour = clock.real_now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    rows = [{"station": code, "time": hour.isoformat(), "value": 1.5} for code in stations]
    return client.post(FEED, {"readings": rows}, content_type="application/json")


def test_a_gateway_reports_for_its_own_station_and_for_no_other(land):
    token, secret = make()
    gateway = bearing(secret)
    said = send(gateway, "g.1", "g.2", "b.1").json()
    assert (said["accepted"], [row["index"] for row in said["rejected"]]) == (1, [1, 2])
    assert "不能替测站“g.2”报数" in said["rejected"][0]["reason"]
    assert "没有登记测站“b.1”" in said["rejected"][1]["reason"], "what lies in another street does not exist for it"
    assert send(gateway, "g.1").json()["duplicates"] == 1
    used = AuditEntry.objects.get(action="places.token.used")
    assert (used.actor, used.actor_name, used.scope) == (token.key, "网关（示例）", GUCHENG)

    assert set(Journal.objects.values_list("by", flat=True)) == {token.key}, "what is stored says who reported it"
    kept = AccessToken.everything.get()
    assert kept.last_used_from == "127.0.0.1"
    assert secret not in str(AccessToken.everything.values()) + str(list(AuditEntry.objects.values_list("data")))


def test_a_token_opens_its_own_doors_and_no_page(land):
    _token, feeding = make()
    _token, reading = make(uses=["sensing.read"])
    for method, path in (("get", STA), ("get", "/api/v1/sensing/stations"), ("put", "/api/v1/sensing/feeders"),
                         ("get", "/api/v1/kernel/ledgers"), ("get", "/api/v1/openapi.json")):  # fmt: skip
        assert getattr(bearing(feeding), method)(path).status_code == 403, path
    assert bearing(feeding).get("/tokens/")["Location"].startswith("/signin/"), "pages are for people"
    assert [s["code"] for s in bearing(reading).get("/api/v1/sensing/stations").json()] == ["g.1", "g.2"]
    streams = bearing(reading).get(f"{STA}/Datastreams").json()["value"]
    assert len(streams) == 2
    assert send(bearing(reading), "g.1").status_code == 403
    # By SensorThings too: its own station, and neither another one nor a new one.
    ids = {
        s["@iot.id"]: bearing(reading).get(f"{STA}/Datastreams({s['@iot.id']})/Thing").json()["@iot.id"]
        for s in streams
    }
    hour = (clock.real_now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)).isoformat()
    for pk, code in ids.items():
        body = {"Datastream": {"@iot.id": pk}, "phenomenonTime": hour, "result": 2}
        answer = bearing(feeding).post(f"{STA}/Observations", body, content_type="application/json")
        assert answer.status_code == (201 if code == "g.1" else 400), answer.content.decode()
    new = {"@iot.id": "x.1", "name": "新站", "description": "", "properties": {"region": "110107004000"}}
    assert bearing(feeding).post(f"{STA}/Things", new, content_type="application/json").status_code == 403
    _token, describing = make(uses=["sensing.describe"])
    assert bearing(describing).post(f"{STA}/Things", new, content_type="application/json").status_code == 201
    away = {**new, "@iot.id": "x.2", "properties": {"region": "110107003000"}}
    assert bearing(describing).post(f"{STA}/Things", away, content_type="application/json").status_code in (403, 404)


def test_a_token_goes_before_a_session_and_a_form_still_needs_its_own_seal(land):
    _token, secret = make()
    browser = signed_in(Client(enforce_csrf_checks=True), land["admin"])
    assert send(browser, "g.1").status_code == 403, "a session without the seal of its pages changes nothing"
    said = browser.post(
        FEED, {"readings": []}, content_type="application/json", headers={"Authorization": "Bearer anlan_no"}
    )
    assert said.status_code == 401
    assert send(bearing(secret), "g.1").status_code == 200


def test_an_ended_token_opens_nothing_from_the_next_request_on_and_says_why(land):
    token, secret = make(days=10)
    assert send(bearing(secret), "g.1").status_code == 200
    with clock.fixed(token.expires_at + timedelta(seconds=1)):
        late = send(bearing(secret), "g.1")
        assert (late.status_code, late["WWW-Authenticate"]) == (401, "Bearer")
        assert "已过期" in late.json()["message"]
    with pytest.raises(BadInput):
        tokens.revoke_token(system("test"), token=token, why=" ")
    tokens.revoke_token(system("test"), token=token, why="设备退役")
    assert "已作废" in send(bearing(secret), "g.1").json()["message"]
    with pytest.raises(Conflict):
        tokens.revoke_token(system("test"), token=token, why="设备退役")
    assert list(TokenRefusal.objects.order_by("id").values_list("why", flat=True)) == ["expired", "revoked"]
    assert AuditEntry.objects.filter(action="places.token.refused", actor=token.key).count() == 2
    _other, secret = make()
    Organisation.objects.filter(pk="org-gucheng").update(retired_at=clock.real_now())
    assert send(bearing(secret), "g.1").status_code == 401


def test_who_knocks_with_wrong_tokens_has_to_wait_and_a_right_one_from_there_still_opens(land, monkeypatch):
    monkeypatch.setattr(tokens, "ADDRESS_LIMIT", 3)
    _token, secret = make()
    start = clock.real_now()
    with clock.fixed(start):
        for wrong in ("", "x", "anlan_" + "a" * 43):
            assert bearing(wrong, REMOTE_ADDR="203.0.113.9").get(STA).status_code == 401
        waits = bearing("y", REMOTE_ADDR="203.0.113.9").get(STA)
        assert (waits.status_code, waits["Retry-After"]) == (429, "901")
        assert bearing("y", REMOTE_ADDR="203.0.113.10").get(STA).status_code == 401
        assert send(bearing(secret, REMOTE_ADDR="203.0.113.9"), "g.1").status_code == 200
        assert AuditEntry.objects.filter(action="places.token.refused").count() == 4, (
            "what goes on for ever fills nothing"
        )
    with clock.fixed(start + tokens.WINDOW + timedelta(seconds=1)):
        assert bearing("y", REMOTE_ADDR="203.0.113.9").get(STA).status_code == 401


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"), ({"purpose": ""}, "purpose"), ({"uses": []}, "uses"), ({"uses": ["sensing.everything"]}, "uses"),
        ({"days": -1}, "expires_at"), ({"days": 4000}, "expires_at"), ({"stations": []}, "limit.sensing.feed"),
        ({"stations": ["no.such"]}, "limit.sensing.feed"), ({"stations": ["b.1"]}, "limit.sensing.feed"),
    ],
)  # fmt: skip
def test_a_token_that_says_too_little_or_reaches_too_far_is_not_made(land, change, field):
    with pytest.raises(BadInput) as refused:
        make(**change)
    assert refused.value.field == field
    assert not AccessToken.everything.exists()
    assert not Feeder.objects.exists()


def test_tokens_are_made_and_ended_on_a_page_by_administrators_of_the_region(land):
    page = signed_in(Client(), land["gucheng"])
    until = f"{clock.real_now() + timedelta(days=90):%Y-%m-%d}"
    typed = {"name": "网关（示例）", "purpose": "报送雨量", "organisation": "org-gucheng", "use": ["sensing.feed", "sensing.read"],
             "limit.sensing.feed": "g.1、g.2", "until": until}  # fmt: skip
    assert page.post("/tokens/new/", {**typed, "until": "明年"}).status_code == 422
    given = page.post("/tokens/new/", typed).content.decode()
    secret = given.split("data-secret>")[1].split("<")[0]
    assert send(bearing(secret), "g.1", "g.2").json()["accepted"] == 2
    token = AccessToken.everything.get()
    shown = page.get(f"/tokens/{token.pk}/").content.decode()
    assert "g.1、g.2" in shown
    assert secret not in shown
    assert "网关（示例）" in page.get("/tokens/").content.decode()
    assert "快到期" not in page.get("/tokens/").content.decode()
    # Another street's administrator sees nothing of it and can make none here; an officer of duty sees no page of tokens.
    stranger = signed_in(Client(), person("bajiao", BAJIAO, "admin"))
    assert "网关（示例）" not in stranger.get("/tokens/").content.decode()
    assert stranger.get(f"/tokens/{token.pk}/").status_code == 404
    assert stranger.post(f"/tokens/{token.pk}/revoke/", {"why": "x"}).status_code == 404
    assert stranger.post("/tokens/new/", typed).status_code in (403, 422)
    assert signed_in(Client(), land["officer"]).get("/tokens/").status_code == 403
    assert page.post(f"/tokens/{token.pk}/revoke/", {"why": ""}).status_code == 422
    assert page.post(f"/tokens/{token.pk}/revoke/", {"why": "设备退役"}).status_code == 302
    assert "设备退役" in page.get("/tokens/?state=over").content.decode()
    assert send(bearing(secret), "g.1").status_code == 401


def test_an_exercise_makes_no_tokens(land, exercise):
    with pytest.raises(Refused, match="演练"):
        make(system("test", world=exercise.pk))


def test_nobody_without_the_right_makes_one(land, somebody):
    with pytest.raises(NotAllowed):
        make(somebody("duty_officer", DISTRICT, permissions={"sensing.station.change"}))


@pytest.mark.django_db(transaction=True)
def test_of_two_who_end_a_token_at_the_same_moment_one_does(land):
    token, _secret = make()
    _won, lost = one_won(at_once(*[lambda: tokens.revoke_token(system("test"), token=token, why="外泄")] * 2))
    assert isinstance(lost, Conflict)
