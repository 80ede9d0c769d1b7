"""What is sent: observations once and only once, stations within the rights of whoever sends, nothing ever deleted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from anlan.kernel.models import AuditEntry
from anlan.sensing.models import Correction, Datastream, HistoricalLocation, RejectedReading, Thing
from anlan.sensing.store import fold

from .conftest import ROOT, Asker, utc

pytestmark = pytest.mark.django_db
POINT = {"type": "Point", "coordinates": [116.19, 39.92]}


@pytest.fixture
def one(land):
    """An observation of the last hour, as a client sends it."""
    time = f"{utc(land.hour - timedelta(hours=1))}/{utc(land.hour)}"
    return {"phenomenonTime": time, "result": 12.5, "Datastream": {"@iot.id": land.rain}}


def test_the_same_observation_twice_is_one_with_one_address(gateway, land, one):
    status, content, answer = gateway.send("post", "Observations", one)
    assert status == 201
    assert (
        answer["Location"]
        == content["@iot.selfLink"]
        == f"{ROOT}/Observations('{land.rain}-{int(land.hour.timestamp())}000000')"
    )
    assert (content["result"], content["phenomenonTime"]) == (12.5, one["phenomenonTime"])
    fold(land.ctx.world)
    again, same, _answer = gateway.send(
        "post", f"Datastreams({land.rain})/Observations", {"resultTime": utc(land.hour), "result": 12.5}
    )
    assert again == 201
    assert same["@iot.selfLink"] == content["@iot.selfLink"]
    assert gateway.get("Observations", count="true")[1]["@iot.count"] == 1
    # Read and sent back as it was read: nothing changes.
    assert gateway.send("post", f"Datastreams({land.rain})/Observations", content)[0] == 201
    assert Correction.objects.count() == 0


def test_a_correction_keeps_what_was_and_nothing_is_deleted(gateway, land, one):
    _status, content, _answer = gateway.send("post", "Observations", one)
    own = content["@iot.selfLink"].removeprefix(f"{ROOT}/")
    status, after, _answer = gateway.send("patch", own, {"result": 13.5})
    assert (status, after["result"], after["resultQuality"]) == (200, 13.5, "corrected")
    assert [(c.before, c.after) for c in Correction.objects.all()] == [(12.5, 13.5)]
    assert gateway.send("patch", own, [{"op": "replace", "path": "/result", "value": 14.0}])[1]["result"] == 14.0
    assert gateway.send("patch", own, {"result": None})[0] == 400
    assert gateway.send("patch", own, {"phenomenonTime": utc(land.hour)})[0] == 400
    status, fault, _answer = gateway.send("delete", own)
    assert status == 405
    assert "不能删除" in fault["message"]
    assert "订正" in fault["mend"]
    assert gateway.get(own)[1]["result"] == 14.0


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"result": "much"}, "不是数字"), ({"result": -1}, "可信范围"), ({"result": 9e9}, "可信范围"), ({"result": True}, "不是数字"),
        ({"phenomenonTime": "2099-01-01T00:00:00Z"}, "将来"), ({"phenomenonTime": "1970-01-01T02:00:00Z"}, "1971"),
        ({"phenomenonTime": "2020-01-01T00:30:00Z"}, "时段终点"), ({"phenomenonTime": "2020-01-01T00:00:00"}, "时区"),
        ({"phenomenonTime": "2020-01-01T00:00:00Z/2020-01-01T02:00:00Z"}, "长度不对"), ({"phenomenonTime": {"a": 1}}, "认不出来"),
        ({"Datastream": 5}, "一组字段"), ({"Datastream": {}}, "没有这个数据流"), ({"FeatureOfInterest": {"name": "x"}}, "观测对象"),
        ({"strange": 1}, "strange"),
    ],
)  # fmt: skip
def test_an_observation_that_cannot_be_is_refused_with_its_mending(gateway, one, change, word):
    status, fault, _answer = gateway.send("post", "Observations", {**one, **change})
    assert status in (400, 404)
    assert fault["code"] == status
    assert word in fault["message"]
    assert fault["mend"]
    assert gateway.get("Observations", count="true")[1]["@iot.count"] == 0


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[1,2", b'{"result": NaN}', b'{"result": Infinity}', b"[" * 100_000, b"\xff\xfe", b"5", b"[]"]
)
def test_a_body_that_cannot_be_is_refused(gateway, land, body):
    for address in ("Observations", "CreateObservations", "Things", "Datastreams"):
        answer = gateway.client.post(f"/sta/v1.1/{address}", body, content_type="application/json")
        assert answer.status_code == 400, address
        assert answer.json()["mend"]


def test_who_may_not_feed_or_change_is_told_so(reader, land, one):
    assert reader.send("post", "Observations", one)[0] == 403
    assert reader.send("post", "Things", {"name": "站", "properties": {"region": "110107"}})[0] == 403
    assert reader.send("patch", "Things('ex.gucheng')", {"name": "别名"})[0] == 403
    assert reader.send("patch", f"Datastreams({land.rain})", {"properties": {"interval_s": 60}})[0] == 403
    assert reader.send("delete", "Things('ex.gucheng')")[0] == 403
    assert Thing.everything.get(pk="ex.gucheng").name == "古城站（示例）"


def test_datastreams_of_others_do_not_exist_for_whoever_sends(gateway, land, one):
    for address, body in (
        ("Observations", {**one, "Datastream": {"@iot.id": land.foreign}}), (f"Datastreams({land.foreign})/Observations", one),
    ):  # fmt: skip
        assert gateway.send("post", address, body)[0] == 404
    for method in ("patch", "delete"):
        assert gateway.send(method, "Things('ex.haidian')", {"name": "x"})[0] == 404
    assert gateway.send("patch", f"Datastreams({land.foreign})", {"properties": {"interval_s": 60}})[0] == 404


def test_tables_are_taken_row_by_row(gateway, land):
    rows = [
        [f"{utc(land.hour - timedelta(hours=1))}/{utc(land.hour)}", 1.5], [utc(land.hour - timedelta(hours=1)), 2.5],
        ["2099-01-01T00:00:00Z", 1.0], ["yesterday", 1.0], [utc(land.hour), 1.5],
    ]  # fmt: skip
    body = [
        {
            "Datastream": {"@iot.id": land.rain},
            "components": ["phenomenonTime", "result"],
            "dataArray@iot.count": 5,
            "dataArray": rows,
        },
        {
            "Datastream": {"@iot.id": land.foreign},
            "components": ["phenomenonTime", "result"],
            "dataArray": [[utc(land.hour), 3.0]],
        },
        {
            "Datastream": {"@iot.id": str(land.depth)},
            "components": ["result", "phenomenonTime"],
            "dataArray": [[30, utc(land.hour)]],
        },
    ]
    status, said, _answer = gateway.send("post", "CreateObservations", body)
    first = f"{ROOT}/Observations('{land.rain}-{int(land.hour.timestamp())}000000')"
    assert status == 201
    assert said == [
        first, f"{ROOT}/Observations('{land.rain}-{int(land.hour.timestamp()) - 3600}000000')", "error", "error", first, "error",
        f"{ROOT}/Observations('{land.depth}-{int(land.hour.timestamp())}000000')",
    ]  # fmt: skip
    assert gateway.get("Observations", count="true")[1]["@iot.count"] == 3
    _status, said, _answer = gateway.send("post", "CreateObservations?reasons=true", body)
    assert "将来" in said[2]["error"]["message"]
    assert said[3]["error"]["mend"]
    assert RejectedReading.objects.visible_to(land.ctx).filter(source="sensorthings").exists()


def test_a_thing_is_entered_with_all_that_belongs_to_it(gateway, land):
    body = {
        "name": "八角北站（示例）", "description": "新装", "properties": {"region": "110107003", "owner": "示例单位", "code": "ex.new"},
        "Locations": [{"name": "位置", "description": "", "encodingType": "application/geo+json", "location": POINT}],
        "Datastreams": [{
            "name": "雨量", "description": "", "unitOfMeasurement": {"name": "millimetre", "symbol": "mm", "definition": "ucum:mm"},
            "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
            "ObservedProperty": {"@iot.id": "rain_mm"}, "properties": {"interval_s": 300},
            "Sensor": {"name": "翻斗雨量计", "description": "", "encodingType": "text/html", "metadata": "0.2 mm"},
            "Observations": [{"phenomenonTime": utc(land.hour), "result": 4.0}],
        }],
    }  # fmt: skip
    status, made, answer = gateway.send("post", "Things", body)
    assert status == 201
    assert answer["Location"] == f"{ROOT}/Things('ex.new')"
    assert made["properties"] == {"owner": "示例单位", "kind": "rain", "region": "110107003", "sample": False}
    (stream,) = gateway.value("Things('ex.new')/Datastreams", expand="Sensor,Observations,ObservedProperty")
    assert (stream["Sensor"]["name"], stream["Sensor"]["metadata"]) == ("翻斗雨量计", "0.2 mm")
    assert (stream["properties"]["interval_s"], stream["Observations"][0]["result"]) == (300, 4.0)
    assert stream["properties"]["period_s"] == 300, "the rain of five minutes, as it comes every five"
    own = f"Datastreams({stream['@iot.id']})"
    hourly = {**stream["properties"], "interval_s": 3600}
    assert gateway.send("patch", own, {"properties": hourly})[1]["properties"]["period_s"] == 300
    assert gateway.send("patch", own, {"properties": {"period_s": 3600}})[1]["properties"]["period_s"] == 3600
    for wrong in (420, 7200, "x"):
        assert gateway.send("patch", own, {"properties": {"period_s": wrong}})[0] == 400
    assert gateway.value("Things('ex.new')/Locations")[0]["location"] == POINT
    assert gateway.send("post", "Things", body)[0] == 409
    assert AuditEntry.objects.filter(object_id="ex.new", action="sensing.datastream.add").count() == 1


def test_a_thing_that_fails_within_leaves_nothing_behind(gateway, land):
    rain = {"ObservedProperty": {"@iot.id": "rain_mm"}}
    for inner in (
        {"ObservedProperty": {"name": "magic"}}, {**rain, "unitOfMeasurement": {"symbol": "cm"}},
        {**rain, "Observations": [{"result": -5}]}, {**rain, "Sensor": {"@iot.id": 1}}, 5,
    ):  # fmt: skip
        body = {"name": "坏站", "properties": {"region": "110107", "code": "ex.bad"}, "Datastreams": [inner]}
        status, fault, _answer = gateway.send("post", "Things", body)
        assert status == 400
        assert fault["field"]
    assert not Thing.everything.filter(pk="ex.bad").exists()


def test_a_thing_that_moves_keeps_where_it_was(gateway, land):
    before = gateway.value("Things('ex.gucheng')/Locations")[0]["@iot.id"]
    status, _content, _answer = gateway.send(
        "patch",
        "Things('ex.gucheng')",
        {"name": "古城新站（示例）", "Locations": [{"location": POINT}], "properties": {"owner": "x"}},
    )
    assert status == 200
    thing = gateway.get("Things('ex.gucheng')", expand="Locations")[1]
    assert (thing["name"], thing["properties"]["owner"], thing["Locations"][0]["location"]) == (
        "古城新站（示例）",
        "x",
        POINT,
    )
    assert len(gateway.value("Things('ex.gucheng')/HistoricalLocations")) == 2
    assert gateway.get(f"Locations({before})")[1]["location"]["coordinates"] == [116.18, 39.91]
    assert gateway.value(f"Locations({before})/Things") == []
    assert gateway.send("patch", f"Locations({before})", {"location": POINT})[0] == 409
    status, place, _answer = gateway.send(
        "post", "Things('ex.gucheng')/Locations", {"location": {"type": "Point", "coordinates": [116.17, 39.9]}}
    )
    assert status == 201
    status, moved, _answer = gateway.send("patch", f"Locations({place['@iot.id']})", {"location": POINT})
    assert moved["location"] == POINT
    assert HistoricalLocation.objects.filter(thing="ex.gucheng").count() == 4
    assert (
        gateway.send(
            "post", "Things('ex.gucheng')/Locations", {"location": {"type": "Point", "coordinates": [1160, 0]}}
        )[0]
        == 400
    )


def test_what_follows_the_base_database_is_changed_there(gateway, land):
    Thing.everything.filter(pk="ex.gucheng").update(registered_as="registry.station:1")
    status, fault, _answer = gateway.send("patch", "Things('ex.gucheng')", {"name": "别名"})
    assert status == 409
    assert "基础库" in fault["message"]
    assert gateway.send("delete", "Things('ex.gucheng')")[0] == 409
    assert gateway.send("patch", "Things('ex.gucheng')", {"description": "说明"})[1]["description"] == "说明"


def test_a_deleted_thing_is_retired_and_its_readings_stay(gateway, readings):
    assert gateway.send("delete", f"Datastreams({readings.rain})")[0] == 405
    assert gateway.send("delete", "Things('ex.gucheng')")[0] == 200
    gateway.fault("Things('ex.gucheng')", 404)
    gateway.fault(f"Datastreams({readings.rain})/Observations", 404)
    thing = Thing.everything.get(pk="ex.gucheng")
    assert thing.retired
    assert Datastream.objects.filter(thing=thing).exists()
    assert AuditEntry.objects.filter(object_id="ex.gucheng", action="sensing.station.retire").exists()
    from anlan.sensing.store import read

    assert len(read(readings.ctx.world, [readings.rain])[readings.rain].value) == 10


def test_datastreams_and_sensors_are_added_and_put_right(gateway, land):
    body = {
        "Thing": {"@iot.id": "ex.gucheng"},
        "ObservedProperty": {"@iot.id": "visibility_m"},
        "Sensor": {"name": "能见度仪"},
    }
    status, made, _answer = gateway.send("post", "Datastreams", body)
    assert (status, made["unitOfMeasurement"]["symbol"]) == (201, "m")
    assert gateway.send("post", "Datastreams", body)[0] == 409
    assert (
        gateway.send("post", "Things('ex.gucheng')/Datastreams", {"ObservedProperty": {"@iot.id": "depth_cm"}})[0]
        == 201
    )
    own = f"({made['@iot.id']})"
    assert gateway.send("patch", f"Sensors{own}", {"metadata": "前向散射"})[1]["metadata"] == "前向散射"
    assert (
        gateway.send("patch", f"Datastreams{own}", {"properties": {"interval_s": 60}})[1]["properties"]["interval_s"]
        == 60
    )
    for bad in (
        {"properties": {"interval_s": 0}},
        {"properties": {"interval_s": "x"}},
        {"properties": {"most": 5}},
        {"unitOfMeasurement": {}},
    ):
        assert gateway.send("patch", f"Datastreams{own}", bad)[0] == 400
    for address in ("Sensors", "ObservedProperties", "FeaturesOfInterest", "HistoricalLocations", "Locations"):
        status, fault, _answer = gateway.send("post", address, {"name": "x"})
        assert (status, bool(fault["mend"])) == (405, True)


def test_a_page_of_a_session_carries_its_token(land, one):
    from django.test import Client

    from tests.cast import DISTRICT, person

    strict = Asker(Client(enforce_csrf_checks=True), person("sta-strict", DISTRICT, "meteo"))
    answer = strict.client.post("/sta/v1.1/Observations", "{}", content_type="application/json")
    assert answer.status_code in (400, 403)
    assert answer["Content-Type"].startswith("application/json")
