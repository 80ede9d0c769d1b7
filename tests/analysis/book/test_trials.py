"""A trial runs beside the pages: asked for once, watched, cancelled, begun anew when it was killed; a draft has its limits."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from anlan.analysis import services
from anlan.analysis.book import trial as trying
from anlan.analysis.book.bodies import MOST_CORNERS, BadBody, read_body, shipped_bodies
from anlan.analysis.models import CriteriaVersion, Trial
from anlan.analysis.services import criteria
from anlan.analysis.tasks import run_trial
from anlan.kernel.errors import BadInput, Conflict, NotFound, Refused
from anlan.places.identity import context_of
from anlan.places.models import Person
from anlan.sensing.services import accept_readings, register_station
from tests.cast import DISTRICT, HAIDIAN, person, settle, signed_in
from tests.racing import at_once, one_won

STORM = datetime(2026, 7, 1, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
SPAN = {"since": STORM - HOUR, "until": STORM + 12 * HOUR}


@pytest.fixture
def chief(db):
    from anlan.kernel.context import system

    settle()
    for code in ("t.1", "t.2", "t.3"):
        register_station(system("test"), code=code, name=code, region="110107004000", properties=["rain_mm"])
        rows = [{"station": code, "time": STORM + i * HOUR, "value": v} for i, v in enumerate((5, 15, 20, 5, 0))]
        accept_readings(system("test"), rows, history=True)
    return context_of(person("zhang", DISTRICT, "duty_chief"))


@pytest.fixture
def draft(chief):
    draft = services.open_draft(chief, region=settle()[DISTRICT])
    row = {"criterion": "rainstorm", "level": "orange", "path": "", "cells": {"value": "35"}}
    return services.edit_cells(chief, version=draft, rows=[row])[0]


def test_a_trial_that_is_asked_for_runs_as_a_job_and_is_found_with_the_draft(chief, draft):
    trial = services.ask_trial(chief, version=draft, **SPAN)
    assert ProcrastinateJob.objects.get(task_name="anlan.analysis.tasks.run_trial", args={"trial": str(trial.pk)})
    draft.refresh_from_db()
    assert (draft.state, draft.trial) == ("draft", {})
    run_trial(trial=str(trial.pk))
    draft.refresh_from_db()
    trial.refresh_from_db()
    assert (draft.state, draft.trial["counts"]["new"]) == ("tried", 3)
    assert (trial.state, trial.done, trial.total) == ("done", 3, 3)
    before = draft.trial
    run_trial(trial=str(trial.pk))
    draft.refresh_from_db()
    assert draft.trial == before, "a job that comes twice does nothing the second time"


def test_a_cancelled_trial_keeps_nothing_and_one_that_was_killed_begins_anew(chief, draft, monkeypatch):
    monkeypatch.setattr(trying, "AT_ONCE", 1)
    trial = services.ask_trial(chief, version=draft, **SPAN)
    # Killed under way: what it had noted stays behind, the job comes again.
    Trial.objects.filter(pk=trial.pk).update(state="running", run=1, done=2, total=3)
    seen = []

    def cancelled_after_two(_book, _thing, *args):
        seen.append(Trial.objects.values_list("run", "done", "total").get())
        if len(seen) == 2:
            services.cancel_trial(chief, version=draft)
        return compared(_book, _thing, *args)

    compared = trying._compared
    monkeypatch.setattr(trying, "_compared", cancelled_after_two)
    run_trial(trial=str(trial.pk))
    assert seen == [(2, 0, 3), (2, 1, 3)], "it stops with the station in hand"
    trial.refresh_from_db()
    draft.refresh_from_db()
    assert (trial.state, draft.state) == ("cancelled", "draft")
    with pytest.raises(NotFound):
        services.cancel_trial(chief, version=draft)
    monkeypatch.setattr(trying, "_compared", compared)
    run_trial(trial=str(services.ask_trial(chief, version=draft, **SPAN).pk))
    draft.refresh_from_db()
    assert draft.state == "tried"


def test_a_trial_that_comes_to_nothing_says_why_and_another_may_be_asked_for(chief, draft, monkeypatch):
    def ask():
        return services.ask_trial(chief, version=CriteriaVersion.objects.get_visible(chief, pk=draft.pk), **SPAN)

    def said(trial):
        run_trial(trial=str(trial.pk))
        trial.refresh_from_db()
        assert trial.state == "failed"
        return trial.why

    with pytest.raises(BadInput):
        services.ask_trial(chief, version=draft, since=STORM, until=STORM)
    changed, compared = [], trying._compared

    def edited_meanwhile(*args):
        if not changed:
            changed.append(1)
            row = {"criterion": "rainstorm", "level": "red", "path": "", "cells": {"value": "90"}}
            services.edit_cells(chief, version=draft, rows=[row])
        return compared(*args)

    monkeypatch.setattr(trying, "_compared", edited_meanwhile)
    assert "又改了" in said(ask())
    monkeypatch.setattr(trying, "_compared", lambda *_args: 1 / 0)
    assert "平台出错" in said(ask())
    Person.objects.update(is_active=False)
    assert "不能登录" in said(ask())


def test_its_progress_is_seen_on_the_page_and_by_the_api_and_by_nobody_elsewhere(chief, draft):
    page = signed_in(Client(), Person.objects.get(username="zhang"))
    api = f"/api/v1/analysis/criteria/versions/{draft.pk}/trial"
    body = {name: at.isoformat() for name, at in SPAN.items()}
    assert page.get(api).status_code == 404, "none was asked for"
    asked = page.post(api, json.dumps(body), content_type="application/json")
    assert (asked.status_code, asked.json()["state"]) == (202, "waiting")
    assert page.post(api, json.dumps(body), content_type="application/json").status_code == 409
    part = page.get(f"/criteria/{draft.pk}/trial/").content.decode()
    assert 'hx-trigger="every 2s"' in part
    elsewhere = signed_in(Client(), person("zhao", HAIDIAN, "duty_chief"))
    assert elsewhere.get(f"/criteria/{draft.pk}/trial/").status_code == 404
    assert elsewhere.get(api).status_code == 404
    assert elsewhere.post(f"/criteria/{draft.pk}/try/cancel/").status_code == 404
    assert page.delete(api).json()["state"] == "cancelled"
    part = page.get(f"/criteria/{draft.pk}/trial/").content.decode()
    assert "已取消" in part
    assert "every 2s" not in part, "what is over asks for nothing any more"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_ask_at_the_same_moment_one_trial_comes(chief, draft):
    _won, lost = one_won(at_once(*[lambda: services.ask_trial(chief, version=draft, **SPAN)] * 2))
    assert isinstance(lost, Conflict)
    assert Trial.objects.count() == 1


def test_a_draft_has_so_many_criteria_of_its_own_and_no_more(chief, draft, monkeypatch):
    monkeypatch.setattr(criteria, "MOST_CRITERIA", 2)
    monkeypatch.setattr(criteria, "MOST_FORMS", 1)
    own = {**shipped_bodies()["rainstorm"], "id": "own.rain"}
    draft = services.put_body(chief, version=draft, body=own)
    draft = services.put_body(chief, version=draft, body={**own, "zh": "改名"})
    with pytest.raises(Refused, match="最多 2 条"):
        services.put_body(chief, version=draft, body={**own, "id": "own.more"})
    draft = services.put_body(chief, version=draft, body=own, station="t.1")
    with pytest.raises(Refused, match="合计最多 1 条"):
        services.put_body(chief, version=draft, body=own, station="t.2")


def nested(depth):
    leaf = {"var": "rain_mm", "fn": "sum", "window_h": 3, "op": ">=", "value": 50, "unit": "mm"}
    for _level in range(depth):
        leaf = {"not": leaf}
    return leaf


@pytest.mark.parametrize(
    "when",
    [nested(5000), {"any": [nested(0)] * 5000}, {"all": [{"any": [nested(1)] * 20}] * 20}],
    ids=["deep", "wide", "both"],
)
def test_a_condition_without_end_is_refused_before_it_is_read(when):
    body = {**shipped_bodies()["rainstorm"], "id": "own.rain", "levels": [{"level": "red", "when": when}]}
    with pytest.raises(BadBody, match="条件太大"):
        read_body(body)


def test_an_outline_with_too_many_corners_is_refused():
    ring = [[116 + i * 1e-6, 39 + (i % 2) * 1e-7] for i in range(MOST_CORNERS)]
    body = {**shipped_bodies()["rainstorm"], "id": "own.rain"}
    with pytest.raises(BadBody, match="最多"):
        read_body({**body, "place": {"polygon": {"type": "Polygon", "coordinates": [[*ring, [117, 40], ring[0]]]}}})
