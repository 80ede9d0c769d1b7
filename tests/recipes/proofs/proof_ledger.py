"""Proof of docs/recipes/add-a-ledger.md, run in a copy of the product in which the recipe was followed."""

import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook, load_workbook

from anlan.kernel.ledgers import ledger_of, save_row
from anlan.places.identity import context_of
from anlan.registry.models import BroadcastTerminal
from tests.cast import DISTRICT, GUCHENG, HAIDIAN, person, signed_in

KEY = "registry.broadcast_terminal"
LIST, API = f"/ledger/{KEY}/", f"/api/v1/kernel/ledgers/{KEY}"
HORN = {"code": "b1", "name": "古城南街高音喇叭", "scope": "110107004000", "kind": "horn", "reach_m": "300", "households": "420",
        "position": "116.186,39.9035", "accuracy_m": "500"}  # fmt: skip


@pytest.fixture
def bureau(db, settings, tmp_path):
    settings.ATTACHMENT_DIR = str(tmp_path)
    return person("bureau", DISTRICT, "emergency")


@pytest.fixture
def mine(bureau):
    return signed_in(Client(), bureau)


@pytest.fixture
def horn(bureau):
    return save_row(context_of(bureau), ledger_of(KEY), HORN)


def test_proof_it_stands_on_the_rail_with_list_form_filters_and_detail(mine):
    assert "应急广播终端" in mine.get("/map/").content.decode()
    empty = mine.get(LIST).content.decode()
    assert "这里将列出您辖区内的应急广播终端" in empty
    refused = mine.post(LIST + "new/", {**HORN, "reach_m": "很远"})
    assert refused.status_code == 422
    assert 'value="古城南街高音喇叭"' in refused.content.decode()
    address = mine.post(LIST + "new/", HORN).headers["Location"]
    assert "示意位置，误差约 500 米" in mine.get(address).content.decode()
    assert "古城南街高音喇叭" in mine.get(LIST, {"f.kind": "horn", "q": "南街"}).content.decode()
    assert "古城南街高音喇叭" not in mine.get(LIST, {"f.kind": "indoor"}).content.decode()


def test_proof_it_is_on_the_map_and_added_up(mine, horn):
    tile = mine.get(f"/map/tiles/{KEY}/0/0/0.mvt").content
    assert str(horn.pk).encode() in tile
    assert "420 户" in mine.get(f"/map/inspect/{KEY}/{horn.pk}/").content.decode()
    body = json.dumps({"center": [116.186, 39.9035], "radius_m": 300, "layers": [KEY]})
    answer = mine.post("/map/within/", body, content_type="application/json").json()
    assert answer["totals"] == [{"label": "应急广播终端 · 覆盖户数", "value": 420, "unit": "户"}]


def test_proof_three_bad_lines_of_three_hundred_come_back(mine, db):
    book = Workbook()
    book.active.append(["区划", "编号", "终端名称", "类别", "覆盖半径", "最近试响"])
    for i in range(300):
        book.active.append(["110107004000", f"x{i}", f"终端{i}", "音柱", 200 + i, "2016-06-01"])
    book.active["A11"], book.active["D12"], book.active["F13"] = "119999000000", "电视", "去年"
    out = io.BytesIO()
    book.save(out)
    address = mine.post(LIST + "import/", {"file": SimpleUploadedFile("终端.xlsx", out.getvalue())}).headers["Location"]
    assert not BroadcastTerminal.everything.exists()
    mine.post(address)
    assert BroadcastTerminal.everything.count() == 297
    back = load_workbook(io.BytesIO(mine.get(address + "errors.xlsx").content)).active
    bad = [[c.value for c in r] for r in back.iter_rows() if isinstance(r[0].value, int)]
    assert [r[0] for r in bad] == [11, 12, 13]
    assert "119999000000" in bad[0][1]
    out = load_workbook(io.BytesIO(mine.get(LIST + "export.xlsx").content)).active
    assert sum(1 for r in out.iter_rows(values_only=True) if r[2] and str(r[2]).startswith("终端")) == 297


def test_proof_history_and_api_with_its_document(mine, horn):
    changed = mine.patch(f"{API}/{horn.pk}", json.dumps({"reach_m": 280}), content_type="application/json")
    assert changed.json()["reach_m"] == 280
    history = mine.get(f"{API}/{horn.pk}/history").json()
    assert history[0]["changes"] == [{"name": "reach_m", "label": "覆盖半径", "before": "300 米", "after": "280 米"}]
    shape = mine.get("/api/v1/openapi.json").json()["components"]["schemas"]["RegistryBroadcastTerminalIn"]
    assert {"region", "code", "name", "kind", "reach_m", "households", "heard", "position"} <= set(shape["properties"])


def test_proof_scope_holds(horn):
    stranger = signed_in(Client(), person("stranger", HAIDIAN, "emergency"))
    assert stranger.get(horn.get_absolute_url()).status_code == 404
    assert stranger.get(API).json()["count"] == 0
    resident = signed_in(Client(), person("village", GUCHENG, "village"))
    assert resident.get(horn.get_absolute_url()).status_code == 200
    assert resident.post(horn.get_absolute_url() + "edit/", HORN).status_code == 403
