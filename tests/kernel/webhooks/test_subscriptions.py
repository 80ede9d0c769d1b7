"""Who may have what sent where, and who looks at it first."""

from __future__ import annotations

import pytest
from django.test import Client

from anlan.kernel.errors import BadInput, Conflict, NotAllowed, NotFound, Refused
from anlan.kernel.loops import available_steps, transition
from anlan.kernel.loops.stepping import take_step
from anlan.kernel.models import Attempt, AuditEntry, Progress, Subscription
from anlan.kernel.webhooks import queries, services
from anlan.kernel.webhooks.rights import context_of as rights_of
from anlan.kernel.webhooks.rights import may_have
from anlan.kernel.worlds import REAL
from anlan.places.identity import context_of
from anlan.places.models import Holding, Person
from tests.cast import BAJIAO, DISTRICT, GUCHENG, HAIDIAN, person, signed_in

pytestmark = pytest.mark.django_db
FOREIGN = "https://platform.example.org/in"


def test_an_unknown_host_waits_for_an_administrator_who_is_not_its_author(chief, subscribe):
    record, secret = subscribe(chief, FOREIGN)
    assert record.state == "waiting"
    assert secret.startswith("anlan_")
    assert "release" not in {s.name for s in available_steps(chief, record)}
    with pytest.raises(Conflict, match="还没有放行"):
        services.ask_test(chief, record=record)
    admin = context_of(person("admin-one", DISTRICT, "admin"))
    own, _secret = subscribe(admin, FOREIGN)
    with pytest.raises(Refused, match="自己登记的"):
        take_step(admin, own, "release", {"checked": "电话核对"})
    assert take_step(admin, record, "release", {"checked": "电话核对"}).state == "active"


def test_a_listed_host_sends_at_once_and_another_host_is_looked_at_again(chief, subscribe, listed):
    record, _secret = subscribe(chief, "http://127.0.0.1:9/in")
    assert record.state == "active"
    change = {"name": "新名", "subjects": ["warning.notice."], "exercises": True}
    same = services.change_subscription(chief, record=record, url="http://127.0.0.1:9/other", **change)
    assert (same.state, same.subjects, same.exercises) == ("active", ["warning.notice."], True)
    moved = services.change_subscription(chief, record=record, url=FOREIGN, **change)
    assert moved.state == "waiting"
    actions = AuditEntry.objects.filter(object_type="kernel.webhook").order_by("id").values_list("action", flat=True)
    assert [a.rpartition(".")[2] for a in actions] == ["open", "admit", "change", "change", "submit"]


def test_nobody_may_have_sent_what_they_may_not_see(chief, street, subscribe):
    with pytest.raises(NotAllowed):
        subscribe(street, FOREIGN, scope=DISTRICT)
    with pytest.raises(NotAllowed):
        subscribe(street, FOREIGN, scope=BAJIAO)
    grid = context_of(person("grid", GUCHENG, "grid"))
    with pytest.raises(NotAllowed):
        subscribe(grid, FOREIGN, scope=GUCHENG)
    asked = {"name": "x", "url": FOREIGN, "scope": GUCHENG}
    for subjects in (["command.response."], ["kernel.loop."], ["messaging."], ["analysis."], ["nothing.at.all"], []):
        with pytest.raises(BadInput) as refused:
            services.create_subscription(street, subjects=subjects, **asked)
        assert refused.value.field == "subjects"
    assert not Subscription.objects.unscoped("test").exists()


def test_a_subscription_is_seen_in_its_region_only_and_changed_by_its_person_and_the_administrator(
    chief, street, subscribe
):
    record, _secret = subscribe(street, FOREIGN, scope=GUCHENG)
    other = context_of(person("other", BAJIAO, "town"))
    foreign = context_of(person("foreign", HAIDIAN, "admin"))
    for stranger in (other, foreign):
        assert not queries.subscriptions(stranger)
        for verb in (queries.subscription, lambda c, pk: services.renew_secret(c, record=record)):
            with pytest.raises(NotFound):
                verb(stranger, record.pk)
    assert queries.subscription(chief, record.pk) == record
    with pytest.raises(NotAllowed):
        services.renew_secret(chief, record=record)
    before = queries.secret(record)
    admin = context_of(person("admin-one", DISTRICT, "admin"))
    assert services.renew_secret(admin, record=record) != before


def test_rights_are_those_of_the_moment(street, subscribe):
    record, _secret = subscribe(street, FOREIGN, scope=GUCHENG)

    def notice(scope, shared_with=()):
        return {
            "subject": "analysis.signal.raised",
            "scope": scope,
            "shared_with": list(shared_with),
            "world": str(REAL),
        }

    now = rights_of(record.acts_for)
    assert may_have(now, record, notice(GUCHENG))
    assert may_have(now, record, notice(DISTRICT, ["in:110107004"]))
    assert may_have(now, record, notice(DISTRICT, ["in:110107"])), (
        "what is shared with a district is shared with its streets"
    )
    assert not may_have(now, record, notice(BAJIAO))
    assert not may_have(now, record, notice(DISTRICT))
    assert not may_have(now, record, notice(BAJIAO, ["in:110107003"]))
    assert not may_have(now, record, {**notice(GUCHENG), "subject": "command.response.changed"}), "no such right"
    assert not may_have(now, record, {**notice(GUCHENG), "subject": "messaging.phone.rang"}), "nobody offers it"
    Holding.objects.all().delete()
    assert not may_have(rights_of(record.acts_for), record, notice(GUCHENG))
    Person.objects.update(is_active=False)
    assert rights_of(record.acts_for) is None


def test_what_broke_off_goes_on_where_it_stopped_or_from_now_and_may_be_taken_over(chief, street, subscribe, listed):
    record, _secret = subscribe(chief, "http://127.0.0.1:9/in")
    Progress.objects.filter(subscription=record).update(position=3, failing_since=chief.now(), tries=9)
    services.break_off(record.pk, "连续一天没有送到")
    record.refresh_from_db()
    assert (record.state, record.headline) == ("broken", "水务平台（示例）：连续一天没有送到")
    assert record.due_at is not None, "the administrator is told at once"
    take_step(chief, record, "resume", {"since": "left"})
    progress = Progress.objects.get()
    assert (progress.position, progress.failing_since, progress.tries) == (3, None, 0)
    record = transition(chief, record, "pause")
    colleague = context_of(person("colleague", DISTRICT, "hq_office"))
    taken = take_step(colleague, record, "take_over", {})
    assert (taken.state, taken.acts_for) == ("active", colleague.actor.key)
    assert not queries.may_change(chief, taken)


def test_subscriptions_belong_to_the_real_world_whatever_exercise_their_people_are_in(
    chief, subscribe, exercise, listed
):
    training = chief.inside(exercise.pk)
    record, _secret = subscribe(training, "http://127.0.0.1:9/in")
    assert record.world_id == REAL
    assert queries.subscriptions(chief).get() == queries.subscriptions(training).get()
    paused = take_step(training, record, "pause", {})
    assert paused.state_since > exercise.anchor_world, "by the real clock"


def test_pages_register_show_change_and_ask(chief, subscribe, listed):
    browser = signed_in(Client(), Person.objects.get(username="chief"))
    assert "还没有接收方" in browser.get("/webhooks/").content.decode()
    form = {
        "name": "水务平台（示例）",
        "url": "http://10.0.0.1/x",
        "region": "110107000000",
        "subject": ["analysis.signal."],
    }
    refused = browser.post("/webhooks/new/", form)
    assert refused.status_code == 422
    assert "http://10.0.0.1/x" in refused.content.decode(), "what was typed is kept"
    made = browser.post("/webhooks/new/", {**form, "url": "http://127.0.0.1:9/x"}).content.decode()
    record = queries.subscriptions(chief).get()
    assert queries.secret(record) in made
    page = browser.get(f"/webhooks/{record.pk}/").content.decode()
    assert "研判信号" in page
    assert queries.secret(record) not in page
    assert "水务平台（示例）" in browser.get("/webhooks/").content.decode()
    assert browser.post(f"/webhooks/{record.pk}/test/").status_code == 302
    assert "待发送" in browser.get(f"/webhooks/{record.pk}/").content.decode()
    changed = browser.post(
        f"/webhooks/{record.pk}/edit/", {"name": "改名", "url": record.url, "subject": ["warning.notice."]}
    )
    assert changed.status_code == 302
    assert queries.secret(record) not in browser.post(f"/webhooks/{record.pk}/secret/").content.decode(), "another one"
    stranger = signed_in(Client(), person("stranger", HAIDIAN, "admin", "town"))
    for address in ("", "edit/", "secret/"):
        assert stranger.get(f"/webhooks/{record.pk}/{address}").status_code == 404
    for address in ("test/", "again/1/"):
        assert stranger.post(f"/webhooks/{record.pk}/{address}").status_code == 404
    grid = signed_in(Client(), person("grid", GUCHENG, "grid"))
    assert grid.get("/webhooks/").status_code == 403
    assert Client().get("/webhooks/").status_code == 302


def test_the_api_does_the_same(chief, listed):
    browser = signed_in(Client(), Person.objects.get(username="chief"))
    given = {
        "name": "平台（示例）",
        "url": "http://127.0.0.1:9/x",
        "subjects": ["analysis.signal.*"],
        "region": "110107004",
    }
    send = {"content_type": "application/json"}
    made = browser.post("/api/v1/webhooks", given, **send)
    assert made.status_code == 201
    record = made.json()["webhook"]
    assert (record["state"], record["subjects"], made.json()["secret"][:6]) == (
        "active",
        ["analysis.signal.*"],
        "anlan_",
    )
    assert "secret" not in browser.get(f"/api/v1/webhooks/{record['id']}").json()
    assert [w["id"] for w in browser.get("/api/v1/webhooks").json()] == [record["id"]]
    assert "analysis.signal.raised" in str(browser.get("/api/v1/webhooks/offers").json())
    asked = browser.post(f"/api/v1/webhooks/{record['id']}/test")
    assert (asked.status_code, asked.json()["outcome"]) == (202, "asked")
    assert len(browser.get(f"/api/v1/webhooks/{record['id']}/deliveries").json()) == 1
    foreign = browser.post("/api/v1/webhooks", {**given, "region": "110108"}, **send)
    assert foreign.status_code == 403
    wrong = browser.put(f"/api/v1/webhooks/{record['id']}", {**given, "url": "ftp://x"}, **send)
    assert (wrong.status_code, wrong.json()["field"]) == (422, "url")
    stranger = signed_in(Client(), person("stranger", HAIDIAN, "admin", "town"))
    assert stranger.get(f"/api/v1/webhooks/{record['id']}").status_code == 404
    assert stranger.post(f"/api/v1/webhooks/{record['id']}/test").status_code == 404
    assert stranger.get("/api/v1/webhooks").json() == []
    assert Attempt.objects.count() == 1
