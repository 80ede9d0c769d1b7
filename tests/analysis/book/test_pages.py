"""The pages of the book: typed cells, the sheet out and in, the trial, a second person, what was in force when."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from openpyxl import load_workbook

from anlan.analysis.models import CriteriaVersion, Maintenance, StationLevel, Trial
from anlan.analysis.tasks import run_trial
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
    assert "等待试算" in chief.get(f"/criteria/{draft.pk}/?show=changed").content.decode()
    run_trial(trial=str(Trial.objects.get().pk))
    page = chief.get(f"/criteria/{draft.pk}/?show=changed").content.decode()
    assert '<strong data-count="new">1</strong>' in page
    assert "等待试算" not in page
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


def test_a_station_gets_its_own_rows_in_the_table_and_gives_them_back(browser):
    chief = browser("zhang")
    draft = draft_of(chief)
    own = f"/criteria/{draft.pk}/own/"
    assert send(chief, own, criterion="rainstorm", station="t.gucheng").status_code == 200
    assert send(chief, own, criterion="rainstorm", station="t.gucheng").status_code == 422, "once"
    assert send(chief, own, criterion="rainstorm", station="t.elsewhere").status_code == 422
    page = chief.get(f"/criteria/{draft.pk}/?show=changed").content.decode()
    assert "只对测站 t.gucheng" in page
    assert 'data-key="rainstorm|orange||t.gucheng"' in page
    bad = typed(chief, draft, "rainstorm|orange||t.gucheng", value="很多")
    assert bad.json()["details"]["faults"][0]["field"] == "rainstorm|orange||t.gucheng:value"
    assert typed(chief, draft, "rainstorm|orange||t.gucheng", value="30").status_code == 200
    draft.refresh_from_db()
    form = draft.content["stations"]["t.gucheng"]["rainstorm"]
    assert {lv["level"]: lv["when"]["value"] for lv in form["levels"]}["orange"] == 30
    assert draft.content["criteria"] == {}, "the region keeps what ships"
    sheet = load_workbook(io.BytesIO(chief.get(f"/criteria/{draft.pk}/sheet.xlsx").content)).active
    keys = {
        cell
        for row in sheet.iter_rows(values_only=True)
        for cell in row
        if isinstance(cell, str) and "t.gucheng" in cell
    }
    assert "rainstorm|orange||t.gucheng" in keys
    shape = f"/criteria/{draft.pk}/shape/"
    assert send(chief, shape, key="rainstorm|||t.gucheng", action="off").status_code == 422
    assert send(chief, shape, key="rainstorm|||t.gucheng", action="reset").status_code == 200
    draft.refresh_from_db()
    assert draft.content == {"criteria": {}, "off": [], "stations": {}}


def test_a_new_criterion_is_written_level_by_level_and_a_bad_field_is_named(browser):
    chief = browser("zhang")
    draft = draft_of(chief)
    new = f"/criteria/{draft.pk}/new/"
    given = {
        "id": "own.tunnel", "zh": "隧道雨量", "scheme": "warning", "hazard": "rainstorm", "source": "区防办会商纪要",
        "var_2": "小时雨量", "fn_2": "累计", "window_2": "30分钟", "op_2": "≥", "value_2": "20",
        "var_4": "小时雨量", "fn_4": "累计", "window_4": "1小时", "op_4": "≥", "value_4": "50", "op_1": "≥", "op_3": "≥",
    }  # fmt: skip

    def refused(**changes):
        answer = send(chief, new, **{**given, **changes})
        assert answer.status_code == 422
        return answer.json()["field"]

    assert refused(value_2="很多") == "value_2"
    assert refused(var_4="没有的量") == "var_4"
    assert refused(id="随便") == "id"
    assert refused(id="rainstorm") == "id", "taken"
    assert refused(hazard="x") == "hazard"
    assert refused(value_2="", value_4="") == "value_1"
    assert refused(source=" ") == "source"
    assert send(chief, new, **given).status_code == 200
    draft.refresh_from_db()
    body = draft.content["criteria"]["own.tunnel"]
    assert [(lv["level"], lv["when"]["value"]) for lv in body["levels"]] == [("yellow", 20), ("red", 50)]
    assert body["levels"][0]["when"]["window_min"] == 30
    assert "隧道雨量" in chief.get(f"/criteria/{draft.pk}/?show=changed").content.decode()
    assert typed(chief, draft, "own.tunnel|red|", value="45").status_code == 200
    tried = send(chief, f"/criteria/{draft.pk}/try/", since="2026-07-01 00:00", until="2026-07-02 00:00")
    assert tried.status_code == 200
    assert send(browser("sun", GUCHENG, "town"), new, **given).status_code == 403


def test_who_looks_at_the_cells_sees_them_closed_once_the_version_was_handed_in(browser):
    chief = browser("zhang")
    draft = draft_of(chief)
    assert typed(chief, draft, "rainstorm|orange|", value="35").status_code == 200
    assert (
        send(chief, f"/criteria/{draft.pk}/try/", since="2026-07-01 00:00", until="2026-07-02 00:00").status_code == 200
    )
    run_trial(trial=str(Trial.objects.get().pk))
    page = chief.get(f"/criteria/{draft.pk}/").content.decode()
    region = page[page.index('id="criteria-sheet"') :]
    assert f'data-live-match="record={draft.pk},step=submit|return|release|discard|withdraw|supersede"' in region[:600]
    assert "data-cell=" in region
    assert '<form id="cells" data-keep' in region, "what is typed survives a refresh while it can still be saved"
    assert send(chief, f"/loop/analysis.criteria/{draft.pk}/step/submit/", why="排水能力低").status_code == 200
    region = chief.get(f"/criteria/{draft.pk}/").content.decode()
    region = region[region.index('id="criteria-sheet"') :]
    assert "data-cell=" not in region
    assert "新增判据" not in region


def test_cells_speak_the_language_of_the_page_and_take_both(browser):
    from django.utils.translation import override

    from anlan.analysis.book.bodies import shipped_bodies
    from anlan.analysis.book.table import put_cells, rows_of

    body = shipped_bodies()["rainstorm"]
    with override("en"):
        cells = next(r for r in rows_of(body) if r.level == "red")
        assert (cells.level_zh, cells.cells["fn"], cells.cells["window"]) == ("red", "sum", "3 h")
        assert put_cells(body, "red", "", cells.cells) == body, "what is shown changes nothing"
        english = put_cells(body, "red", "", {"window": "30 min", "op": "range", "value": "20～30"})
        chinese = put_cells(body, "red", "", {"window": "30分钟", "op": "范围", "value": "20～30"})
    assert english == chinese
    with override("en"):
        for one in shipped_bodies().values():
            for row in rows_of(one):
                assert put_cells(one, row.level, row.path, row.cells) == one
    with override("zh-hans"):
        red = next(r for r in rows_of(body) if r.level == "red")
    assert (red.level_zh, red.cells["fn"], red.cells["window"]) == ("红色", "累计", "3小时")
    for one in shipped_bodies().values():
        with override("zh-hans"):
            said = {row.key: row for row in rows_of(one)}
        # A spreadsheet that went out in Chinese comes back into an English page.
        with override("en"):
            for row in said.values():
                assert put_cells(one, row.level, row.path, row.cells) == one
