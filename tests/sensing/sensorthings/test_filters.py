"""Filters over entities: what each operator and function finds, and what is refused with the place and the mending."""

from __future__ import annotations

import pytest

from anlan.sensing.models import Thing

pytestmark = pytest.mark.django_db

BOTH = ["ex.bajiao", "ex.gucheng"]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("name eq '古城站（示例）'", ["ex.gucheng"]),
        ("name ne '古城站（示例）'", ["ex.bajiao"]),
        ("id eq 'ex.gucheng' or id eq 'ex.bajiao'", BOTH),
        ("not (id eq 'ex.gucheng')", ["ex.bajiao"]),
        ("not id eq 'ex.gucheng' and properties/kind eq 'waterlog'", ["ex.bajiao"]),
        ("properties/region eq '110107004'", ["ex.gucheng"]),
        ("properties/accuracy_m le 50", ["ex.gucheng"]),
        ("properties/accuracy_m gt 50", []),
        ("properties/accuracy_m eq null", ["ex.bajiao"]),
        ("not (properties/accuracy_m gt 50)", BOTH),
        ("properties/accuracy_m ne 50", ["ex.bajiao"]),
        ("properties/accuracy_m mul 2 add 1 eq 101", ["ex.gucheng"]),
        ("properties/accuracy_m div 0 gt 1", []),
        ("properties/accuracy_m mod 7 eq 1", ["ex.gucheng"]),
        ("-properties/accuracy_m lt -49.5", ["ex.gucheng"]),
        ("properties/sample eq false", BOTH),
        ("properties/depth gt 3", ["ex.bajiao"]),
        ("properties/depth eq 'deep'", []),
        ("properties/maker eq 'O''Neil'", ["ex.bajiao"]),
        ("properties/inner/list/0 eq 7", ["ex.bajiao"]),
        ("properties/active eq true", ["ex.bajiao"]),
        ("properties/maker gt 5", []),
        ("substringof('城', name)", ["ex.gucheng"]),
        ("contains(name, '桥')", ["ex.bajiao"]),
        ("startswith(id, 'ex.g')", ["ex.gucheng"]),
        ("endswith(id, 'jiao')", ["ex.bajiao"]),
        ("contains(name, '%')", []),
        ("length(id) eq 10", ["ex.gucheng"]),
        ("(length(id) eq 9) eq true", ["ex.bajiao"]),
        ("length(id) eq 9", ["ex.bajiao"]),
        ("indexof(id, 'gu') eq 3", ["ex.gucheng"]),
        ("substring(id, 3) eq 'gucheng'", ["ex.gucheng"]),
        ("substring(id, 3, 2) eq 'gu'", ["ex.gucheng"]),
        ("toupper(id) eq 'EX.GUCHENG'", ["ex.gucheng"]),
        ("tolower('EX.GUCHENG') eq id", ["ex.gucheng"]),
        ("concat(concat(id, '/'), properties/kind) eq 'ex.gucheng/rain'", ["ex.gucheng"]),
        ("trim('  ex.gucheng ') eq id", ["ex.gucheng"]),
        ("round(2.6) eq 3 and floor(2.6) eq 2 and ceiling(2.1) eq 3", BOTH),
        ("Datastreams/ObservedProperty/id eq 'underpass_depth_cm'", ["ex.bajiao"]),
        ("Datastreams/unitOfMeasurement/symbol eq 'mm'", BOTH),
        ("not (Datastreams/unitOfMeasurement/definition eq 'ucum:cm')", ["ex.gucheng"]),
        ("Datastreams/properties/interval_s lt 3600", ["ex.bajiao"]),
        ("st_within(Locations/location, geography'POLYGON((116.17 39.9,116.19 39.9,116.19 40,116.17 40,116.17 39.9))')", ["ex.gucheng"]),
        ("geo.distance(Locations/location, geography'POINT(116.20 39.90)') lt 0.001", ["ex.bajiao"]),
        ("st_intersects(Locations/location, geography'POINT(116.20 39.90)')", ["ex.bajiao"]),
        ("geo.intersects(Locations/location, geography'POINT(1 1)')", []),
        ("Locations/HistoricalLocations/time gt now()", []),
        ("HistoricalLocations/time le now() add duration'PT1H'", BOTH),
        ("year(HistoricalLocations/time) gt 2000 and month(HistoricalLocations/time) le 12", BOTH),
        ("id eq '''; DROP TABLE sensing_thing; --'", []),
        ("id eq '1'' OR ''1''=''1'", []),
    ],
)  # fmt: skip
def test_a_filter_finds_what_it_says(reader, condition, found):
    Thing.everything.filter(pk="ex.bajiao").update(
        properties={"depth": 4.5, "maker": "O'Neil", "inner": {"list": [7]}, "active": True}
    )
    assert reader.ids("Things", filter=condition, orderby="id") == found


@pytest.mark.parametrize(
    ("set_", "condition", "count"),
    [
        ("Datastreams", "Thing/name eq '古城站（示例）'", 1),
        ("Datastreams", "Thing/properties/kind eq 'waterlog' and ObservedProperty/name eq '小时雨量'", 1),
        ("Datastreams", "unitOfMeasurement/name eq 'centimetre'", 1),
        ("Datastreams", "contains(name, '雨量')", 2),
        ("Datastreams", "st_within(observedArea, geography'POLYGON((116.17 39.8,116.19 39.8,116.19 40,116.17 40,116.17 39.8))')", 1),
        ("Datastreams", "Thing/Locations/id gt 0", 3),
        ("Sensors", "encodingType eq 'text/html'", 3),
        ("Locations", "name eq '古城站（示例）'", 1),
        ("ObservedProperties", "id eq 'rain_mm'", 1),
        ("ObservedProperties", "contains(name, '小时雨量') and properties/unit eq 'mm'", 1),
        ("ObservedProperties", "tolower(id) eq 'nothing'", 0),
        ("FeaturesOfInterest", "st_within(feature, geography'POLYGON((116.17 39.8,116.19 39.8,116.19 40,116.17 40,116.17 39.8))')", 1),
    ],
)  # fmt: skip
def test_filters_reach_over_links(reader, set_, condition, count):
    assert len(reader.value(set_, filter=condition)) == count


@pytest.mark.parametrize(
    ("condition", "word"),
    [
        ("nothing eq 1", "nothing"),
        ("Thing eq 1", "Thing"),
        ("name eq 5", "文字"),
        ("name add 1 eq 2", "add"),
        ("name", "真假"),
        ("year(name) eq 2016", "时间"),
        ("drop(name) eq 1", "drop"),
        ("substring(name) eq 'a'", "substring"),
        ("name eq 'unclosed", "读不懂"),
        ("name eq 2016-07-20T12:00:00", "时区"),
        ("name eq 1e999", "太大"),
        ("(" * 200 + "name eq 'a'", "套得太深"),
        ("(" * 10_000, "最多 4000"),
        ("name eq 'a' or " * 250 + "name eq 'b'", "条件太多"),
        ("not " * 100 + "name eq 'a'", "套得太深"),
        ("st_within(Locations/location, geography'POLYGON((0 0,1 1,1 0,0 1,0 0))')", "相交"),
        ("st_within(Locations/location, geography'POINT(1000 0)')", "不在地球上"),
        ("st_within(Locations/location, geography'NONSENSE')", "读不懂"),
        ("Datastreams/Observations/result gt 5", "Observations"),
        ("Datastreams/name eq HistoricalLocations/time", "一对多"),
        ("(name eq 'a' and id eq 'b') eq true", "条件"),
        ("name eq 'a' extra", "读不懂"),
        ("", "读不懂"),
    ],
)
def test_a_filter_that_cannot_be_is_refused_with_the_reason(reader, condition, word):
    fault = reader.fault("Things", filter=condition)
    assert word in fault["message"] + fault["mend"]
    assert fault["mend"]


@pytest.mark.parametrize(
    "options",
    [{"top": "-1"}, {"top": "x"}, {"skip": "1.5"}, {"count": "yes"}, {"resultFormat": "csv"}, {"resultFormat": "dataArray"}, 
     {"apply": "x"}, {"orderby": "nothing"}, {"orderby": "name sideways"}, {"expand": "Datastreams($top=1"},
     {"expand": "Datastreams($top)"},
     {"expand": ","}, {"skiptoken": "1.2"}, {"filter": "name eq '" + "a" * 1_000_000 + "'"}],
)  # fmt: skip
def test_options_that_cannot_be_are_refused(reader, options):
    assert reader.fault("Things", **options)["field"].startswith("$")


def test_an_order_may_have_several_parts(reader):
    assert reader.ids("Things", orderby="properties/sample,name desc") == ["ex.gucheng", "ex.bajiao"]
    assert reader.ids("ObservedProperties", orderby="id desc", top="1") == [max(reader.ids("ObservedProperties"))]
    assert reader.ids("Things", orderby="properties/accuracy_m desc") == ["ex.gucheng", "ex.bajiao"]
