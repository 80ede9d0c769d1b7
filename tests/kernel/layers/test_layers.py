"""Tiles, counts, inspector and "who and what is inside"."""

import json
import math

import pytest
from django.contrib.gis.geos import Point
from django.test import Client

from anlan.kernel.clock import real_now
from anlan.kernel.context import system
from anlan.kernel.errors import BadInput
from anlan.kernel.layers import layer_of, tile, within
from anlan.kernel.layers.within import read_area
from anlan.kernel.ledgers import ledger_of, save_row
from anlan.places.identity import context_of
from anlan.registry.models import Team
from bench.tile_content import things_in
from tests.cast import BAJIAO, DISTRICT, GUCHENG, HAIDIAN, person, signed_in

LON, LAT = 116.1875, 39.911


def address(z, lon=LON, lat=LAT):
    n = 2**z
    x = int((lon + 180) / 360 * n)
    y = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * n)
    return z, x, y


@pytest.fixture
def bureau(db):
    return person("bureau", DISTRICT, "emergency")


@pytest.fixture
def street(db):
    return person("street", BAJIAO, "town")


@pytest.fixture
def team(bureau):
    values = {
        "code": "t1",
        "name": "古城应急中队",
        "scope": "110107004000",
        "kind": "T3",
        "people": 28,
        "position": f"{LON},{LAT}",
        "accuracy_m": 500,
    }
    return save_row(context_of(bureau), ledger_of("registry.team"), values)


def test_a_tile_carries_what_the_map_needs_and_no_more(bureau, team):
    content = tile(context_of(bureau), layer_of("registry.team"), *address(14))
    assert str(team.pk).encode() in content
    assert "古城应急中队".encode() in content
    assert b"accuracy_m" in content
    assert tile(context_of(bureau), layer_of("registry.team"), *address(14, lon=117.0)) == b""


def test_a_foreign_thing_is_in_no_tile_count_or_list(street, team):
    ctx = context_of(street)
    assert tile(ctx, layer_of("registry.team"), *address(14)) == b""
    mine = signed_in(Client(), street)
    assert mine.get("/map/count/registry.team/").json() == {"count": 0}
    assert mine.get(f"/map/inspect/registry.team/{team.pk}/").status_code == 404
    answer = mine.post(
        "/map/within/", json.dumps({"center": [LON, LAT], "radius_m": 500}), content_type="application/json"
    )
    assert answer.json()["groups"] == []


def test_a_tile_is_private_and_sent_again_only_when_it_differs(bureau, team):
    mine = signed_in(Client(), bureau)
    z, x, y = address(14)
    url = f"/map/tiles/registry.team/{z}/{x}/{y}.mvt"
    first = mine.get(url)
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert mine.get(url, HTTP_IF_NONE_MATCH=first.headers["ETag"]).status_code == 304
    save_row(context_of(bureau), ledger_of("registry.team"), {"name": "改名"}, team)
    assert mine.get(url, HTTP_IF_NONE_MATCH=first.headers["ETag"]).status_code == 200
    assert Client().get(url).status_code == 302
    assert mine.get("/map/tiles/registry.team/3/99/0.mvt").status_code == 404
    assert mine.get("/map/tiles/registry.nothing/3/0/0.mvt").status_code == 404


def test_a_crowd_is_counted_by_cells(bureau):
    from django.contrib.gis.geos import Point

    rows = [
        Team(
            code=f"n{i}",
            name=f"队{i}",
            kind="T4",
            scope=GUCHENG,
            updated_at=real_now(),
            position=Point(LON + i % 50 * 1e-4, LAT + i // 50 * 1e-4, srid=4326),
        )
        for i in range(500)
    ]
    Team.objects.bulk_create(rows)
    ctx, layer = context_of(bureau), layer_of("registry.team")
    low = tile(ctx, layer, *address(9))
    assert b"point_count" in low
    assert len(low) < 3000
    assert b"point_count" not in tile(ctx, layer, *address(14))


def test_conditions_of_the_ledger_hold_in_its_tiles(bureau, team):
    mine = signed_in(Client(), bureau)
    z, x, y = address(14)
    url = f"/map/tiles/registry.team/{z}/{x}/{y}.mvt"
    assert mine.get(url + "?f.kind=T3").content
    assert not mine.get(url + "?f.kind=T1").content


def test_a_circle_answers_with_totals_and_lists_nearest_first(bureau, team):
    ledger = ledger_of("registry.team")
    save_row(
        context_of(bureau),
        ledger,
        {
            "code": "t2",
            "name": "近队",
            "scope": "110107004000",
            "kind": "T4",
            "people": 5,
            "position": f"{LON + 0.001},{LAT}",
        },
    )
    answer = within(context_of(bureau), read_area({"center": [LON + 0.001, LAT], "radius_m": 200}))
    (group,) = answer["groups"]
    assert (group["total"], [i["label"] for i in group["items"]]) == (2, ["近队", "古城应急中队"])
    assert answer["totals"] == [{"label": "救援队伍 · 人数", "value": 33, "unit": "人"}]
    assert "85 米" in group["items"][1]["detail"]
    assert answer["area_km2"] == pytest.approx(math.pi * 0.04, abs=1e-3)
    assert (
        within(context_of(bureau), read_area({"center": [LON + 0.001, LAT], "radius_m": 50}))["groups"][0]["total"] == 1
    )


def test_a_drawn_shape_answers_too(bureau, team):
    d = 0.01
    ring = [[LON - d, LAT - d], [LON + d, LAT - d], [LON + d, LAT + d], [LON - d, LAT + d]]
    answer = within(context_of(bureau), read_area({"geometry": {"type": "Polygon", "coordinates": [ring]}}))
    assert answer["groups"][0]["total"] == 1
    assert answer["area_km2"] == pytest.approx(1.708 * 2.22, rel=0.01)
    assert within(context_of(bureau), read_area({"polygon": ring}), only=["registry.shelter"])["groups"] == []


@pytest.mark.parametrize(
    ("drawing", "said"),
    [
        ({}, "没有画出范围"),
        ({"polygon": [[0, 0], [1, 1], [1, 0], [0, 1]]}, "交叉"),
        ({"polygon": [[0, 0], [1, 1]]}, "三个"),
        ({"polygon": [[i / 1000, 0] for i in range(600)]}, "600 个角"),
        ({"polygon": [[200, 0], [1, 1], [1, 0]]}, "经纬度"),
        ({"polygon": "everything"}, "没有画出范围"),
        ({"center": [116, 39], "radius_m": -1}, "半径"),
        ({"center": [116, 39], "radius_m": 1e9}, "半径"),
        ({"center": None, "radius_m": 5}, "经纬度"),
        ({"circle": {"lon": 116, "radius_m": 5}}, "经纬度"),
    ],
)
def test_what_is_no_drawing_is_refused_in_words(drawing, said):
    with pytest.raises(BadInput, match=said):
        read_area(drawing)


def test_hostile_bodies_are_refused(bureau):
    mine = signed_in(Client(), bureau)
    for body in (
        b"",
        b"[]",
        b"{",
        b"\xff\xfe",
        b"{" + b" " * 300_000 + b"}",
        b'{"center":[1,2],"radius_m":3,"layers":5}',
    ):
        assert mine.post("/map/within/", body, content_type="application/json").status_code == 422


def test_the_inspector_and_the_page(bureau, team):
    mine = signed_in(Client(), bureau)
    assert "28 人" in mine.get(f"/map/inspect/registry.team/{team.pk}/").content.decode()
    assert mine.get("/map/inspect/registry.team/nonsense/").status_code == 404
    page = mine.get("/map/").content.decode()
    assert '"/map/tiles/registry.team/{z}/{x}/{y}.mvt"' in page
    assert "wall" in mine.get("/wall/?seconds=30").content.decode()
    groups = mine.get("/map/layers.json").json()["groups"]
    counts = {la["id"]: la["count"] for g in groups for la in g["layers"]}
    assert counts["registry.team"] == 1
    outlines = mine.get("/map/base/outlines.geojson")
    assert outlines.json()["type"] == "FeatureCollection"
    assert mine.get("/map/base/outlines.geojson", HTTP_IF_NONE_MATCH=outlines.headers["ETag"]).status_code == 304


def test_what_is_shared_is_on_the_map_of_those_it_is_shared_with(db):
    from anlan.registry.models import Station

    ledger = ledger_of("registry.station")
    values = {"code": "s", "name": "海淀雨量站", "scope": "110108000000", "kind": "rain", "position": f"{LON},{LAT}"}
    duty, other = person("duty", DISTRICT, "duty_officer"), person("other", HAIDIAN, "duty_officer")
    save_row(system("test"), ledger, values, shared_with=["in:110107"])
    assert Station.objects.visible_to(context_of(other)).count() == 1
    assert tile(context_of(duty), layer_of("registry.station"), *address(14))


def test_cells_count_each_thing_once_and_single_things_keep_their_name(bureau):
    """Many points low down: a tile that shows cells shows as many things as lie in it."""
    rows = [
        Team(code=f"m{i}", name="山上孤队" if i == 0 else f"队{i}", kind="T3", scope=GUCHENG, updated_at=real_now(),
             position=Point(LON - 0.05 if i == 0 else LON + i % 20 * 1e-5, LAT, srid=4326))
        for i in range(301)
    ]  # fmt: skip
    Team.objects.bulk_create(rows)
    shown = things_in(tile(context_of(bureau), layer_of("registry.team"), *address(10)))
    assert sum(thing.count for thing in shown) == 301
    assert [(thing.name, thing.count) for thing in shown if thing.count == 1] == [("山上孤队", 1)]


def test_a_drawing_of_a_million_points_is_refused_with_the_words_that_mend_it(bureau):
    mine = signed_in(Client(), bureau)
    body = '{"polygon": [' + ",".join(["[116.1,39.9]"] * 1_000_000) + "]}"
    answer = mine.post("/map/within/", body, "application/json", headers={"accept": "application/json"})
    assert answer.status_code == 422
    assert "最多 500 个角" in answer.json()["message"]
    nested = mine.post("/map/within/", "[" * 100_000, "application/json", headers={"accept": "application/json"})
    assert nested.status_code == 422
