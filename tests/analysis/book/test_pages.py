"""The pages of the book: typed cells, the sheet out and in, the trial, a second person, what was in force when."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from openpyxl import load_workbook

from anlan.analysis.models import CriteriaVersion, Maintenance, StationLevel
from anlan.kernel.context import system
from anlan.sensing.services import accept_readings, register_station
from tests.cast import DISTRICT, GUCHENG, HAIDIAN, person, settle, signed_in

STORM = datetime(2026, 7, 1, 4, tzinfo=UTC)


@pytest.fixture
def land(db):
    settle()
    register_station(
        system("test"),
        code="t.gucheng",
        name="古城",
        region="110107004000",
        properties=["rain_mm"],
        lon=116.2,
        lat=39.9,
    )
    rows = [
        {"station": "t.gucheng", "time": STORM + i * timedelta(hours=1), "value": v}
        for i, v in enumerate((5, 15, 20, 5, 0))
    ]
    accept_readings(system("test"), rows, history=True)


@pytest.fixture
def browser(land):
    from django.test import Client

    made = {}

    def browser(name, path=DISTRICT, role="duty_chief"):
        if name not in made:
            made[name] = signed_in(Client(), person(name, path, role))
        return made[name]

    return browser


def send(client, url, **given):
    return client.post(url, given, headers={"Accept": "application/json"})


def draft_of(client):
    assert send(client, "/criteria/draft/", region="110107000000").status_code == 200
    return CriteriaVersion.everything.get(state="draft")


def typed(client, draft, key, **cells):
    return send(client, f"/criteria/{draft.pk}/cells/", rows=json.dumps([{"key": key, "cells": cells}]))


def test_from_the_table_in_force_to_a_version_that_another_person_releases(browser):
    chief, leader = browser("zhang"), browser("li", role="duty_leader")
    page = chief.get("/criteria/").content.decode()
    assert "起草修改" in page
    assert "暴雨" in page
    assert "第16号" in page
    assert "建议值" in page
    assert "起草修改" not in leader.get("/criteria/").content.decode()
    draft = draft_of(chief)
    assert typed(chief, draft, "rainstorm|orange|", value="35", margin="5").status_code == 200
    bad = typed(chief, draft, "rainstorm|orange|", value="很多")
    assert (bad.status_code, bad.json()["details"]["faults"][0]["field"]) == (422, "rainstorm|orange|:value")
    tried = send(chief, f"/criteria/{draft.pk}/try/", since="2026-07-01 00:00", until="2026-07-02 00:00")
    assert tried.status_code == 200
    page = chief.get(f"/criteria/{draft.pk}/?show=changed").content.decode()
    assert '<strong data-count="new">1</strong>' in page
    assert "国家规定的标准已按本地改动" in page
    assert "<del>50</del>" in page
    assert "<ins>35</ins>" in page
    assert send(chief, f"/loop/analysis.criteria/{draft.pk}/step/submit/", why="排水能力低").status_code == 200
    assert send(chief, f"/loop/analysis.criteria/{draft.pk}/step/release/", checked="好").status_code == 403
    assert send(leader, f"/loop/analysis.criteria/{draft.pk}/step/release/", checked="已核对").status_code == 200
    now = chief.get("/criteria/").content.decode()
    assert "本地第 1 版" in now
    assert "本地第 1 版" not in chief.get("/criteria/?at=2026-01-01 08:00").content.decode()
    assert "<ins>35</ins>" in chief.get("/criteria/history/").content.decode()


def test_the_sheet_goes_out_is_changed_and_comes_back(browser):
    chief = browser("zhang")
    draft = draft_of(chief)
    book = load_workbook(io.BytesIO(chief.get(f"/criteria/{draft.pk}/sheet.xlsx").content))
    sheet = book.active
    heading = next(i for i, row in enumerate(sheet.iter_rows(values_only=True), 1) if "行号" in row)
    names = [cell.value for cell in sheet[heading]]
    lines = {row[names.index("行号")].value: row for row in sheet.iter_rows(min_row=heading + 1) if row[0].value}
    lines["rainstorm|red|"][names.index("阈值")].value = 90
    lines["rainstorm|blue|"][names.index("时段")].value = "三个世纪"
    out = io.BytesIO()
    book.save(out)
    out.seek(0)
    out.name = "criteria.xlsx"
    answer = send(chief, f"/criteria/{draft.pk}/sheet/", file=out)
    assert [f["field"] for f in answer.json()["details"]["faults"]] == ["rainstorm|blue|:window"]
    draft.refresh_from_db()
    assert list(draft.content["criteria"]) == ["rainstorm"]
    assert draft.content["criteria"]["rainstorm"]["levels"][-1]["when"]["value"] == 90


def test_rows_are_added_and_taken_away_and_a_criterion_is_switched_off_and_back(browser):
    chief = browser("zhang")
    draft = draft_of(chief)
    shape = f"/criteria/{draft.pk}/shape/"
    assert send(chief, shape, key="rainstorm|red|", action="any").status_code == 200
    assert typed(chief, draft, "rainstorm|red|any.1", window="30分钟", value="60").status_code == 200
    draft.refresh_from_db()
    red = draft.content["criteria"]["rainstorm"]["levels"][-1]["when"]
    assert [(p.get("window_h"), p.get("window_min"), p["value"]) for p in red["any"]] == [
        (3, None, 100),
        (None, 30, 60),
    ]
    assert send(chief, shape, key="rainstorm|red|any.0", action="remove").status_code == 200
    assert send(chief, shape, key="gale||", action="off").status_code == 200
    draft.refresh_from_db()
    assert draft.content["off"] == ["gale"]
    assert send(chief, shape, key="gale||", action="reset").status_code == 200
    assert send(chief, shape, key="rainstorm||", action="reset").status_code == 200
    draft.refresh_from_db()
    assert draft.content == {"criteria": {}, "off": [], "stations": {}}
    assert send(chief, shape, key="rainstorm|red|any.7", action="remove").status_code == 422
    assert send(chief, shape, key="x", action="off").status_code == 422
    assert send(chief, f"/criteria/{draft.pk}/cells/", rows="[[").status_code == 422


def test_other_regions_and_roles_are_kept_out(browser):
    draft = draft_of(browser("zhang"))
    elsewhere = browser("zhao", HAIDIAN)
    assert elsewhere.get(f"/criteria/{draft.pk}/").status_code == 404
    assert typed(elsewhere, draft, "rainstorm|red|", value="1").status_code == 404
    assert elsewhere.get("/criteria/?region=110107").status_code == 404
    street = browser("sun", GUCHENG, "town")
    assert typed(street, draft, "rainstorm|red|", value="1").status_code == 403
    assert street.get("/criteria/").status_code == 200
    assert browser("zhang").get("/criteria/").status_code == 200


def test_a_stations_levels_and_maintenance_are_kept_on_its_page(browser):
    chief = browser("zhang")
    assert (
        send(
            chief, "/criteria/stations/t.gucheng/level/", name="prepare_3h_mm", value="60", source="调查评价"
        ).status_code
        == 200
    )
    assert (
        send(chief, "/criteria/stations/t.gucheng/level/", name="prepare_3h_mm", value="六十", source="x").status_code
        == 422
    )
    until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    since = datetime.now(UTC).isoformat()
    given = {"since": since, "until": until, "why": "更换翻斗"}
    assert send(chief, "/criteria/stations/t.gucheng/maintenance/", **given).status_code == 200
    page = chief.get("/criteria/stations/t.gucheng/").content.decode()
    assert "更换翻斗" in page
    assert "调查评价" in page
    assert (
        send(chief, "/criteria/stations/t.gucheng/maintenance/", ended=str(Maintenance.everything.get().pk)).status_code
        == 200
    )
    assert StationLevel.everything.get().value == 60
    assert browser("zhao", HAIDIAN).get("/criteria/stations/t.gucheng/").status_code == 404
