"""Roads and waters under the map, from the operator's own file."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from anlan.kernel.errors import NotFound
from anlan.kernel.models import AuditEntry
from anlan.places.base_map.door import main
from anlan.places.base_map.reading import Unreadable, read_lines
from anlan.places.base_map.tiles import base_layers, base_tile
from anlan.places.models import BaseLine, BaseMapSource
from tests.cast import DISTRICT, person, signed_in
from tests.kernel.layers.test_layers import address

OSM = """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6">
 <node id="1" lat="39.905" lon="116.18"/><node id="2" lat="39.906" lon="116.19"/>
 <node id="3" lat="39.91" lon="116.185"/><node id="4" lat="39.92" lon="116.185"/>
 <way id="10"><nd ref="1"/><nd ref="2"/><tag k="highway" v="primary"/><tag k="name" v="石景山路"/></way>
 <way id="11"><nd ref="3"/><nd ref="4"/><tag k="waterway" v="river"/><tag k="name" v="永定河"/></way>
 <way id="12"><nd ref="1"/><nd ref="3"/><tag k="power" v="line"/></way>
 <way id="13"><nd ref="1"/><nd ref="4"/><tag k="highway" v="service"/></way>
</osm>
"""


def feature(points, **properties):
    return {"type": "Feature", "properties": properties, "geometry": {"type": "LineString", "coordinates": points}}


def geojson(path, *features, crs=None):
    body = {"type": "FeatureCollection", "features": list(features)}
    if crs:
        body["crs"] = {"type": "name", "properties": {"name": crs}}
    path.write_text(json.dumps(body), encoding="utf-8")
    return path


@pytest.fixture
def osm(tmp_path):
    path = tmp_path / "部分.osm"
    path.write_text(OSM, encoding="utf-8")
    return path


def take(path, name="路网", *more):
    return main(["import", str(path), "--name", name, "--attribution", "© 示例数据, ODbL 1.0", *more])


def test_openstreetmap_gives_roads_and_waters_and_passes_the_rest_over(osm):
    found = read_lines(osm)
    assert [(li.kind, li.rank, li.name) for li in found.lines] == [
        ("road", 2, "石景山路"), ("water", 1, "永定河"), ("road", 4, ""),
    ]  # fmt: skip
    assert found.passed_over == 1
    assert found.refused == []


@pytest.mark.django_db
def test_what_was_imported_lies_under_everybodys_map(osm, capsys):
    bureau = person("bureau", DISTRICT, "emergency")
    page = signed_in(Client(), bureau).get("/map/")
    assert "map/base/{z}" not in page.content.decode()
    assert base_layers() == []
    assert take(osm) == 0
    assert json.loads(capsys.readouterr().out)["lines"] == 3
    page = signed_in(Client(), bureau).get("/map/").content.decode()
    assert "/map/base/{z}/{x}/{y}.mvt?v=" in page
    assert "ODbL 1.0" in page
    z, x, y = address(14, 116.185, 39.906)
    near = signed_in(Client(), bureau).get(f"/map/base/{z}/{x}/{y}.mvt")
    assert near.status_code == 200
    assert "石景山路".encode() in near.content
    far = base_tile(*address(9, 116.185, 39.906))
    assert "石景山路".encode() in far
    assert base_tile(*address(5, 116.185, 39.906)) == b""
    assert base_tile(*address(14, 121.0, 31.0)) == b""
    assert Client().get(f"/map/base/{z}/{x}/{y}.mvt").status_code == 302
    assert AuditEntry.objects.filter(action="places.base_map.import").count() == 1
    with pytest.raises(NotFound):
        base_tile(3, 8, 0)


@pytest.mark.django_db
def test_the_same_name_replaces_and_remove_takes_away(osm, tmp_path, capsys):
    assert take(osm) == 0
    before = base_layers()[0]["url"]
    one = geojson(tmp_path / "one.geojson", feature([[116.1, 39.9], [116.2, 39.9]], kind="road", rank=1, name="新路"))
    assert take(one) == 0
    assert list(BaseLine.objects.values_list("name", flat=True)) == ["新路"]
    assert [layer["id"] for layer in base_layers()] == ["road"]
    assert main(["remove", "--name", "没有的"]) == 2
    assert "路网" in capsys.readouterr().err
    assert main(["remove", "--name", "路网"]) == 0
    assert BaseLine.objects.count() == 0
    assert before.startswith("/map/base/")


@pytest.mark.django_db
def test_a_bad_line_is_named_and_the_rest_goes_in(tmp_path, capsys):
    path = geojson(
        tmp_path / "mixed.geojson",
        feature([[116.1, 39.9], [116.2, 39.9]], highway="trunk", name="好路"),
        feature([[39.9, 116.1], [39.8, 116.2]], highway="trunk", name="纬度在前"),
        feature([[116.1, 39.9], [116.1, 39.9]], highway="trunk", name="一点"),
        {
            "type": "Feature",
            "properties": {"highway": "trunk"},
            "geometry": {"type": "Point", "coordinates": [116, 39]},
        },
        {"type": "Feature", "properties": {"highway": "trunk"}, "geometry": None},
    )
    assert take(path) == 0
    said = capsys.readouterr().err
    assert "feature 2 left out: a coordinate lies outside" in said
    assert "feature 3 left out" in said
    assert BaseMapSource.objects.get().refused_count == 4
    assert list(BaseLine.objects.values_list("name", flat=True)) == ["好路"]


@pytest.mark.django_db
def test_files_that_cannot_be_used_change_nothing(osm, tmp_path, capsys):
    assert take(osm) == 0
    text = tmp_path / "notes.txt"
    text.write_text("这不是地图", encoding="utf-8")
    line = feature([[12900000.0, 4800000.0], [12900100.0, 4800000.0]], highway="trunk")
    metres = geojson(tmp_path / "metres.geojson", line, crs="urn:ogc:def:crs:EPSG::3857")
    nothing = geojson(tmp_path / "nothing.geojson", feature([[116.1, 39.9], [116.2, 39.9]], power="line"))
    for path, word in (
        (text, "not a map file"),
        (metres, "ogr2ogr"),
        (nothing, "highway="),
        (tmp_path / "no.osm", "not a file"),
    ):
        assert take(path) == 2
        assert word in capsys.readouterr().err
    assert take(osm, "路网", "--within", "999999") == 2
    assert BaseLine.objects.count() == 3
    with pytest.raises(Unreadable):
        read_lines(osm, datum="bd09")


def test_the_national_datum_is_converted(tmp_path):
    path = geojson(tmp_path / "gcj.geojson", feature([[116.19, 39.91], [116.2, 39.91]], highway="trunk"))
    (plain,), (moved,) = read_lines(path).lines, read_lines(path, datum="gcj02").lines
    metres = (plain.shape.coords[0][0] - moved.shape.coords[0][0]) * 85_000
    assert 300 < metres < 700


def test_a_real_extract_is_read(shared):
    found = read_lines(shared / "data/03_osm/beijing_haidian.osm.pbf", box=(116.31, 39.99, 116.33, 40.01))
    roads = {line.name for line in found.lines if line.kind == "road"}
    assert {"清华路", "中关村北二街"} <= roads
    assert not found.refused
