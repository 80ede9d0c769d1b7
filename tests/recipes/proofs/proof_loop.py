"""Proof of the recipes for a closed loop, for an event and a reaction, and for a map layer."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from anlan.kernel.context import system
from anlan.kernel.engine.timers import pass_due
from anlan.kernel.ledgers import ledger_of, save_row
from anlan.kernel.models import Outbox
from anlan.kernel.reactions import drain
from anlan.messaging.models import Message
from anlan.places.identity import context_of
from anlan.registry.models import BroadcastRepair
from anlan.registry.services import order_repair, report_failure
from tests.cast import DISTRICT, GUCHENG, HAIDIAN, person, signed_in

KEY = "registry.broadcast_repair"
NOON = datetime(2016, 7, 20, 4, 0, tzinfo=UTC)


@pytest.fixture
def street(db, settings, tmp_path):
    settings.ATTACHMENT_DIR = str(tmp_path)
    return person("street", GUCHENG, "town")


@pytest.fixture
def horn(street):
    values = {"code": "b1", "name": "南街喇叭", "scope": "110107004000", "kind": "horn", "reach_m": 300, "households": 420,
              "position": "116.186,39.9035"}  # fmt: skip
    return save_row(system("t"), ledger_of("registry.broadcast_terminal"), values)


@pytest.fixture
def repair(street, horn):
    return order_repair(context_of(street), terminal=horn, fault="无声")


def test_proof_buttons_steps_evidence_and_log(street, repair):
    mine = signed_in(Client(), street)
    page = mine.get(f"/loop/{KEY}/{repair.pk}/").content.decode()
    assert "签收" in page
    assert "报废更换" not in page.split("办理过程")[0], "a button that this person may not press is not there"
    base = f"/loop/{KEY}/{repair.pk}/step/"
    mine.post(base + "accept/")
    refused = mine.post(base + "mend/", {"heard_m": "9000"})
    assert refused.status_code == 422
    assert "不能大于 5000" in refused.content.decode()
    mine.post(base + "mend/", {"heard_m": "280"})
    assert BroadcastRepair.everything.get().state == "mended"
    log = mine.get(f"/api/v1/kernel/loops/{KEY}/{repair.pk}/log").json()
    assert [e["label"] for e in log][:2] == ["修复", "签收"]
    assert log[0]["evidence"][0] == {"name": "heard_m", "label": "试响听到的距离", "value": "280"}


def test_proof_deadlines_and_chasing(street, horn, exercise, clock_to):
    chief = person("bureau", DISTRICT, "emergency")
    repair = order_repair(context_of(street, world=exercise.pk), terminal=horn, fault="无声")
    assert repair.due_at == NOON + timedelta(minutes=60)
    clock_to(NOON + timedelta(minutes=59))
    assert pass_due() == 0
    clock_to(NOON + timedelta(minutes=91))
    assert pass_due() == 1
    assert pass_due() == 1
    told = [r.payload["notify"] for r in Outbox.objects.filter(subject="kernel.deadline.passed").order_by("id")]
    assert told == ["town", "emergency"]
    drain()
    assert Message.objects.visible_to(context_of(chief, world=exercise.pk)).exists() or Message.everything.exists()


def test_proof_api_diagram_and_scope(street, repair):
    mine = signed_in(Client(), street)
    api = f"/api/v1/kernel/loops/{KEY}"
    assert mine.get(api).json()["items"][0]["steps"] == ["accept"]
    shapes = mine.get("/api/v1/openapi.json").json()["components"]["schemas"]
    assert shapes["RegistryBroadcastRepairMendEvidence"]["required"] == ["heard_m"]
    assert "广播终端检修" in mine.get("/loops/").content.decode()
    stranger = signed_in(Client(), person("stranger", HAIDIAN, "town"))
    assert stranger.get(f"{api}/{repair.pk}").status_code == 404


def test_proof_the_reaction_tells_the_street_once(street, horn):
    report_failure(context_of(street), terminal=horn, fault="雷击")
    assert Outbox.objects.filter(subject="registry.terminal.failed").count() == 1
    drain()
    drain()
    said = [m.text for m in Message.everything.all() if "南街喇叭" in m.text and "雷击" in m.text]
    assert len(said) == 1


def test_proof_the_layer_of_areas(street, horn):
    mine = signed_in(Client(), street)
    assert "南街喇叭".encode() in mine.get("/map/tiles/registry.broadcast_area/14/13479/6208.mvt").content
    assert mine.get("/map/count/registry.broadcast_area/").json() == {"count": 1}
    assert "300" in mine.get(f"/map/inspect/registry.broadcast_area/{horn.pk}/").content.decode()
    # 350 m away: outside the circle of 200 m around it, but inside what is heard.
    body = json.dumps({"center": [116.190, 39.9035], "radius_m": 200, "layers": ["registry.broadcast_area"]})
    answer = mine.post("/map/within/", body, content_type="application/json").json()
    assert answer["totals"] == [{"label": "广播覆盖范围 · 覆盖户数", "value": 420, "unit": "户"}]
