"""What belongs to another region does not exist: for every scoped model, ledger, loop and layer, and every way to it.

New ones join by being declared. The stranger here may do anything at all in a region of their own.
"""

from __future__ import annotations

import json
import math

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from anlan.kernel.errors import NotFound
from anlan.kernel.layers import layers, tile, within
from anlan.kernel.layers.within import read_area
from anlan.kernel.ledgers import ledgers
from anlan.kernel.live.hub import Listener
from anlan.kernel.loops import loops, model_of
from anlan.places.permissions import permissions_by_role
from tests.cast import GUCHENG, HAIDIAN, person, signed_in
from tests.contracts.specimens import LAT, LON, Maker, foreigner, owner, scoped_models

MODELS = {m._meta.label_lower: m for m in scoped_models()}


@pytest.fixture
def make(db, settings, tmp_path):
    settings.ATTACHMENT_DIR = str(tmp_path)
    return Maker()


@pytest.fixture
def stranger(make):
    """A browser of somebody who holds every role of the product, in another region."""
    return signed_in(Client(), person("stranger", HAIDIAN, *sorted(permissions_by_role())))


@pytest.fixture
def resident(make):
    """The same person of this region: shows that the specimens would be found."""
    return signed_in(Client(), person("resident", GUCHENG, *sorted(permissions_by_role())))


@pytest.mark.parametrize("label", MODELS)
def test_rows_of_another_region_do_not_exist(label, make):
    model = MODELS[label]
    row = make.one(model)
    assert model.objects.visible_to(owner()).filter(pk=row.pk).exists()
    assert not model.objects.visible_to(foreigner()).exists()
    with pytest.raises(NotFound):
        model.objects.get_visible(foreigner(), pk=row.pk)


@pytest.mark.parametrize("label", [label for label, m in MODELS.items() if m.worldly])
def test_rows_of_another_world_do_not_exist(label, make, exercise):
    model = MODELS[label]
    make.one(model)
    assert not model.objects.visible_to(owner(world=exercise.pk)).exists()


@pytest.mark.parametrize("label", [label for label in MODELS if not label.startswith("sample.")])
def test_the_right_to_see_is_given_to_somebody(label):
    permission = MODELS[label].view_permission
    assert permission, f"{label} names no view_permission"
    assert any(permission in held for held in permissions_by_role().values()), f"nobody holds {permission}"


@pytest.mark.parametrize("key", ledgers())
def test_a_ledger_shows_writes_and_gives_out_nothing_foreign(key, make, stranger, resident):
    ledger = ledgers()[key]
    row = make.one(ledger.model)
    name = str(getattr(row, ledger.name_field))
    page, one, api = f"/ledger/{key}/", f"/ledger/{key}/{row.pk}/", f"/api/v1/kernel/ledgers/{key}"
    assert name in resident.get(page).content.decode()
    assert name not in stranger.get(page).content.decode()
    assert resident.get(one).status_code == 200
    for address in (one, f"{one}edit/", f"{api}/{row.pk}", f"{api}/{row.pk}/history", f"/map/inspect/{key}/{row.pk}/"):
        assert stranger.get(address).status_code == 404, address
    for address in (
        f"{one}edit/",
        f"{one}retire/",
        f"{one}restore/",
        f"/attach/{key}/{row.pk}/",
        f"{api}/{row.pk}/restore",
    ):
        assert stranger.post(address, {"why": "x"}).status_code == 404, address
    assert stranger.patch(f"{api}/{row.pk}", b"{}", content_type="application/json").status_code == 404
    assert stranger.post(f"{page}bulk/retire/", {"id": [str(row.pk)], "why": "x"}).status_code == 422
    # A stranger is somebody too: of the ledgers of people, the own rows are there.
    assert str(row.pk) not in {item["id"] for item in stranger.get(api).json()["items"]}
    assert name not in stranger.get(f"{page}export.csv").content.decode("utf-8-sig")
    row.refresh_from_db()
    assert row.retired_at is None


@pytest.mark.parametrize("key", ledgers())
def test_a_spreadsheet_brings_nothing_into_another_region(key, make, stranger):
    ledger = ledgers()[key]
    row = make.one(ledger.model)
    from anlan.kernel.ledgers.sheets import columns_of

    columns = columns_of(ledger)
    from anlan.kernel.ledgers.sheets import _cell
    from anlan.kernel.ledgers.showing import Shower
    from anlan.kernel.spreadsheet import write_csv

    shower = Shower(ledger, [row])
    cells = [_cell(shower, ledger.field(c.name), getattr(row, c.name)) for c in columns]
    content = write_csv(columns, [cells])
    seen = stranger.post(f"/api/v1/kernel/ledgers/{key}/import", {"file": SimpleUploadedFile("a.csv", content)})
    counts = seen.json()["counts"]
    assert (counts["new"], counts["changed"], counts["unchanged"]) == (0, 0, 0)
    before = ledger.model.everything.count()
    stranger.post(f"/api/v1/kernel/ledgers/{key}/import/{seen.json()['id']}")
    assert ledger.model.everything.count() == before


@pytest.mark.parametrize("key", loops())
def test_a_loop_shows_and_moves_nothing_foreign(key, make, stranger):
    record = make.one(model_of(key))
    page, api = f"/loop/{key}/{record.pk}/", f"/api/v1/kernel/loops/{key}"
    for address in (page, f"{page}log/", f"{api}/{record.pk}", f"{api}/{record.pk}/log"):
        assert stranger.get(address).status_code == 404, address
    assert str(record.pk) not in stranger.get(f"/loop/{key}/?state=all").content.decode()
    assert stranger.get(f"{api}?state=all").json()["count"] == 0
    for step in loops()[key].steps:
        assert stranger.get(f"{page}step/{step.name}/").status_code == 404
        assert stranger.post(f"{page}step/{step.name}/").status_code == 404
        if not step.automatic:
            answer = stranger.post(f"{api}/{record.pk}/{step.name}", b"{}", content_type="application/json")
            assert answer.status_code == 404
    assert stranger.post(f"/attach/{key}/{record.pk}/", {"file": SimpleUploadedFile("a.txt", b"x")}).status_code == 404
    assert model_of(key).everything.get(pk=record.pk).state == loops()[key].initial


@pytest.mark.parametrize("key", layers())
def test_a_layer_draws_and_counts_nothing_foreign(key, make, stranger):
    layer = layers()[key]
    row = make.one(layer.rows(owner(), {}).model)
    assert not layer.rows(foreigner(), {}).exists()
    z = 14
    x = int((LON + 180) / 360 * 2**z)
    y = int((1 - math.asinh(math.tan(math.radians(LAT))) / math.pi) / 2 * 2**z)
    assert tile(foreigner(), layer, z, x, y) == b""
    assert tile(foreigner(), layer, 0, 0, 0) == b""
    assert stranger.get(f"/map/tiles/{key}/{z}/{x}/{y}.mvt").content == b""
    assert stranger.get(f"/map/count/{key}/").json() == {"count": 0}
    assert stranger.get(f"/map/inspect/{key}/{row.pk}/").status_code == 404
    area = read_area({"center": [LON, LAT], "radius_m": 1000})
    assert within(foreigner(), area, only=[key])["groups"] == []


def test_within_by_request_finds_nothing_foreign(make, stranger):
    for layer in layers().values():
        make.one(layer.rows(owner(), {}).model)
    body = json.dumps({"center": [LON, LAT], "radius_m": 1000})
    assert stranger.post("/map/within/", body, content_type="application/json").json()["groups"] == []


def test_the_live_stream_carries_nothing_foreign():
    notice = {
        "subject": "kernel.ledger.changed",
        "world": str(owner().world),
        "scope": GUCHENG,
        "shared_with": [],
        "live": {},
    }
    assert Listener(owner(), ()).wants(notice)
    assert not Listener(foreigner(), ()).wants(notice)
    assert Listener(foreigner(), ()).wants({**notice, "shared_with": ["org:foreign"]})
