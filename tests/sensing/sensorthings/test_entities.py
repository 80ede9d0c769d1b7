"""Entities read exactly as the standard writes them, and only by whoever may see them."""

from __future__ import annotations

import pytest

from anlan.sensing.models import HistoricalLocation

from .conftest import ROOT, Asker

pytestmark = pytest.mark.django_db


def test_nobody_reads_without_signing_in(land, client):
    status, content = Asker(client).get("Things")
    assert status == 401
    assert content["message"]
    assert content["mend"]


def test_the_root_lists_the_sets_and_only_what_is_really_there(reader):
    _status, content = reader.get("")
    assert content["value"][0] == {"name": "Things", "url": f"{ROOT}/Things"}
    assert [one["name"] for one in content["value"]] == [
        "Things", "Locations", "HistoricalLocations", "Datastreams", "Sensors", "ObservedProperties", "FeaturesOfInterest",
        "Observations",
    ]  # fmt: skip
    declared = content["serverSettings"]["conformance"]
    assert "http://www.opengis.net/spec/iot_sensing/1.1/req/data-array/data-array" in declared
    assert not any("multi-datastream" in one or "mqtt" in one or "batch" in one for one in declared)
    for one in content["value"]:
        assert reader.get(one["name"])[0] == 200


def test_a_thing_reads_exactly(reader):
    assert reader.get("Things('ex.gucheng')") == (200, {
        "@iot.id": "ex.gucheng",
        "@iot.selfLink": f"{ROOT}/Things('ex.gucheng')",
        "name": "古城站（示例）",
        "description": "古城站（示例）",
        "properties": {"kind": "rain", "region": "110107004", "sample": False, "county": "石景山区", "accuracy_m": 50},
        "Locations@iot.navigationLink": f"{ROOT}/Things('ex.gucheng')/Locations",
        "HistoricalLocations@iot.navigationLink": f"{ROOT}/Things('ex.gucheng')/HistoricalLocations",
        "Datastreams@iot.navigationLink": f"{ROOT}/Things('ex.gucheng')/Datastreams",
    })  # fmt: skip


def test_a_datastream_reads_exactly(reader, land):
    own = f"{ROOT}/Datastreams({land.rain})"
    assert reader.get(f"Datastreams({land.rain})") == (200, {
        "@iot.id": land.rain,
        "@iot.selfLink": own,
        "name": "古城站（示例） 小时雨量",
        "description": "小时雨量（mm），每 3600 秒的累计量，时间为时段终点",
        "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
        "unitOfMeasurement": {"name": "millimetre", "symbol": "mm", "definition": "ucum:mm"},
        "observedArea": {"type": "Point", "coordinates": [116.18, 39.91]},
        "properties": {
            "property": "rain_mm", "least": 0.0, "most": 500.0, "interval_s": 3600, "period_s": 3600, "standing": "trusted",
        },
        "Thing@iot.navigationLink": f"{own}/Thing",
        "Sensor@iot.navigationLink": f"{own}/Sensor",
        "ObservedProperty@iot.navigationLink": f"{own}/ObservedProperty",
        "Observations@iot.navigationLink": f"{own}/Observations",
    })  # fmt: skip


def test_what_belongs_to_others_is_absent_everywhere(reader, land):
    assert reader.ids("Things") == ["ex.bajiao", "ex.gucheng"]
    assert land.foreign not in reader.ids("Datastreams")
    place = HistoricalLocation.objects.get(thing="ex.haidian").pk
    for address in (
        "Things('ex.haidian')", f"Datastreams({land.foreign})", f"Sensors({land.foreign})", "FeaturesOfInterest('ex.haidian')",
        f"Locations({place})", f"HistoricalLocations({place})", "Things('ex.haidian')/Datastreams",
        f"Datastreams({land.foreign})/Observations", "Things('nowhere')", f"Things('ex.gucheng')/Datastreams({land.depth})",
    ):  # fmt: skip
        reader.fault(address, 404)


@pytest.mark.parametrize(
    "address",
    ["Nothings", "Things(1", "Things('a", "Things('ex.gucheng')/Nothing", "Datastreams('text')", "Things/Datastreams",
     "Datastreams(99999999999999999999)", "Things('ex.gucheng')/name/more", "Things('%00')", "a/b/c/d/e/f/g/h/i/j",
     "Observations('1-2')", "Observations('x')",
     "Things('ex.gucheng')/$value"],
)  # fmt: skip
def test_what_is_no_address_is_not_found(reader, address):
    reader.fault(address, 404)


def test_everything_that_is_linked_is_reached(reader, land):
    assert reader.get(f"Datastreams({land.rain})/Thing")[1]["@iot.id"] == "ex.gucheng"
    assert reader.get(f"Datastreams({land.rain})/ObservedProperty")[1] == {
        "@iot.id": "rain_mm",
        "@iot.selfLink": f"{ROOT}/ObservedProperties('rain_mm')",
        "name": "小时雨量",
        "description": "小时雨量（mm），每 3600 秒的累计量，时间为时段终点",
        "definition": "urn:anlan:property:rain_mm",
        "properties": {"unit": "mm", "least": 0, "most": 500, "period_s": 3600},
        "Datastreams@iot.navigationLink": f"{ROOT}/ObservedProperties('rain_mm')/Datastreams",
    }
    assert reader.get(f"Datastreams({land.rain})/Sensor")[1]["@iot.id"] == land.rain
    assert reader.ids("ObservedProperties('rain_mm')/Datastreams", orderby="id") == sorted(
        [land.rain, land.rain_bajiao]
    )
    assert reader.ids(f"Sensors({land.rain})/Datastreams") == [land.rain]
    (place,) = reader.value("Things('ex.gucheng')/Locations")
    assert place["location"] == {"type": "Point", "coordinates": [116.18, 39.91]}
    assert reader.ids(f"Locations({place['@iot.id']})/Things") == ["ex.gucheng"]
    assert reader.ids(f"HistoricalLocations({place['@iot.id']})/Locations") == [place["@iot.id"]]
    assert reader.get(f"HistoricalLocations({place['@iot.id']})/Thing")[1]["@iot.id"] == "ex.gucheng"
    assert reader.get("FeaturesOfInterest('ex.gucheng')")[1]["feature"] == {
        "type": "Point",
        "coordinates": [116.18, 39.91],
    }


def test_properties_and_references_are_given_alone(reader, land):
    assert reader.get("Things('ex.gucheng')/name") == (200, {"name": "古城站（示例）"})
    _status, answer = reader.get("Things('ex.gucheng')/name/$value")
    assert answer.content.decode() == "古城站（示例）"
    assert reader.get("Things('ex.gucheng')/properties/kind")[1] == {"kind": "rain"}
    assert reader.value("Things('ex.gucheng')/Datastreams/$ref") == [
        {"@iot.selfLink": f"{ROOT}/Datastreams({land.rain})"}
    ]
    assert reader.get(f"Datastreams({land.rain})/Thing/$ref")[1] == {"@iot.selfLink": f"{ROOT}/Things('ex.gucheng')"}


def test_select_gives_what_is_named_and_nothing_else(reader):
    assert reader.value("Things", select="name,Datastreams", orderby="name desc") == [
        {"name": "古城站（示例）", "Datastreams@iot.navigationLink": f"{ROOT}/Things('ex.gucheng')/Datastreams"},
        {"name": "八角桥（示例）", "Datastreams@iot.navigationLink": f"{ROOT}/Things('ex.bajiao')/Datastreams"},
    ]
    assert "nothing" in reader.fault("Things", select="nothing")["message"]


def test_pages_follow_each_other_without_gap_or_repeat(reader, land):
    status, content = reader.get("Datastreams", top="2", count="true", orderby="name")
    assert (status, content["@iot.count"], len(content["value"])) == (200, 3, 2)
    rest = reader.client.get(content["@iot.nextLink"]).json()
    assert rest["@iot.count"] == 3
    assert "@iot.nextLink" not in rest
    ids = [one["@iot.id"] for one in content["value"] + rest["value"]]
    assert sorted(ids) == sorted([land.rain, land.depth, land.rain_bajiao])
    assert reader.value("Datastreams", top="0") == []


def test_expansions_go_deep_and_take_options_of_their_own(reader, land):
    (thing, other) = reader.value(
        "Things",
        expand="Datastreams($filter=ObservedProperty/id eq 'rain_mm';$select=id;$count=true;$expand=ObservedProperty($select=name)),"
        "Locations($select=location)",
    )  # fmt: skip
    assert thing["Datastreams"] == [{"@iot.id": land.rain_bajiao, "ObservedProperty": {"name": "小时雨量"}}]
    assert thing["Datastreams@iot.count"] == 1
    assert other["Datastreams"][0]["@iot.id"] == land.rain
    assert other["Locations"] == [{"location": {"type": "Point", "coordinates": [116.18, 39.91]}}]
    (both,) = reader.value("Things", filter="name eq '八角桥（示例）'", expand="Datastreams($top=1)")
    assert len(both["Datastreams"]) == 1
    assert both["Datastreams@iot.nextLink"] == f"{ROOT}/Things('ex.bajiao')/Datastreams?$top=1&$skip=1"
    assert len(reader.client.get(both["Datastreams@iot.nextLink"]).json()["value"]) == 1
    reader.fault("Things", expand="Nothing")
    reader.fault("Things", expand="Datastreams/Thing/Datastreams/Thing/Datastreams")


def test_an_expansion_costs_the_same_for_many_as_for_one(reader, django_assert_max_num_queries):
    with django_assert_max_num_queries(14):
        assert len(reader.value("Things", expand="Datastreams/ObservedProperty,Locations/HistoricalLocations")) == 2
