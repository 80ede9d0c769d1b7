"""Observations out of the store: in order, in pages, filtered by time, value and what they belong to."""

from __future__ import annotations

from datetime import timedelta

import pytest

from anlan.kernel.clock import real_now
from anlan.kernel.context import system
from anlan.sensing.sensorthings import searching
from anlan.sensing.services import accept_readings
from anlan.sensing.store import fold

from .conftest import ROOT, utc

pytestmark = pytest.mark.django_db


def results(reader, address, **options):
    return [one["result"] for one in reader.value(address, **options)]


def test_an_observation_reads_exactly(reader, readings):
    newest = reader.value(f"Datastreams({readings.rain})/Observations", top="1")[0]
    key = f"{readings.rain}-{int(readings.hour.timestamp()) * 1_000_000}"
    own = f"{ROOT}/Observations('{key}')"
    received = newest["parameters"].pop("receivedTime")
    assert received.endswith("Z")
    assert newest == {
        "@iot.id": key,
        "@iot.selfLink": own,
        "phenomenonTime": f"{utc(readings.hour - timedelta(hours=1))}/{utc(readings.hour)}",
        "resultTime": utc(readings.hour),
        "result": 9.0,
        "resultQuality": "good",
        "validTime": None,
        "parameters": {},
        "Datastream@iot.navigationLink": f"{own}/Datastream",
        "FeatureOfInterest@iot.navigationLink": f"{own}/FeatureOfInterest",
    }
    assert reader.get(f"Observations('{key}')/Datastream")[1]["@iot.id"] == readings.rain
    assert reader.get(f"Observations('{key}')/FeatureOfInterest")[1]["@iot.id"] == "ex.gucheng"
    assert reader.get(f"Datastreams({readings.rain})/Observations('{key}')/result")[1] == {"result": 9.0}
    reader.fault(f"Datastreams({readings.depth})/Observations('{key}')", 404)
    # A state has its instant.
    assert reader.value(f"Datastreams({readings.depth})/Observations")[0]["phenomenonTime"] == utc(readings.hour)


def test_the_newest_come_first_and_others_do_not_come_at_all(reader, readings):
    assert results(reader, f"Datastreams({readings.rain})/Observations") == [float(n) for n in range(9, -1, -1)]
    everything = results(reader, "Observations", top="1000")
    assert sorted(everything) == sorted([*map(float, range(20)), 27.5])
    foreign = f"{readings.foreign}-{int(readings.hour.timestamp()) * 1_000_000}"
    reader.fault(f"Observations('{foreign}')", 404)
    assert reader.value("Observations", filter=f"Datastream/id eq {readings.foreign}") == []
    assert reader.value("FeaturesOfInterest('ex.gucheng')/Observations", top="2", select="result") == [
        {"result": 9.0},
        {"result": 8.0},
    ]


def test_pages_of_observations_stand_still_while_new_ones_arrive(reader, readings):
    _status, first = reader.get(f"Datastreams({readings.rain})/Observations", top="4", count="true")
    assert first["@iot.count"] == 10
    assert "$skiptoken" in first["@iot.nextLink"]
    accept_readings(
        readings.ctx,
        [{"station": "ex.gucheng", "time": (readings.hour - timedelta(hours=10)).isoformat(), "value": 77.0}],
    )
    fold(readings.ctx.world)
    seen, link = [one["result"] for one in first["value"]], first["@iot.nextLink"]
    while link:
        page = reader.client.get(link).json()
        seen += [one["result"] for one in page["value"]]
        link = page.get("@iot.nextLink")
    assert seen == [9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0, 0.0, 77.0]


def test_a_long_series_is_read_window_by_window_to_the_same_end(reader, readings, monkeypatch):
    monkeypatch.setattr(searching, "AT_ONCE", 4)
    forwards = results(reader, "Observations", orderby="phenomenonTime asc", top="7")
    assert forwards == [0.0, 10.0, 1.0, 11.0, 2.0, 12.0, 3.0]
    assert results(reader, f"Datastreams({readings.rain})/Observations", top="3", skip="4") == [5.0, 4.0, 3.0]
    monkeypatch.setattr(searching, "MOST_READ", 8)
    assert "phenomenonTime" in reader.fault("Observations", orderby="result desc")["mend"]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("result gt 7", [9, 8]),
        ("result ge 7 and not (result eq 9)", [8, 7]),
        ("result mod 4 eq 0", [8, 4, 0]),
        ("result div 0 eq 1", []),
        ("result mul 2 sub 1 gt 16", [9]),
        ("phenomenonTime gt {h-2}", [9, 8]),
        ("phenomenonTime ge {h-2}", [9, 8, 7]),
        ("phenomenonTime lt {h-8} or result eq 9", [9, 0]),
        ("{h-8} ge phenomenonTime", [1, 0]),
        ("phenomenonTime eq {h-5}", [4]),
        ("phenomenonTime eq {h-6}/{h-5}", [4]),
        ("phenomenonTime gt {h-4}/{h-2}", [9, 8]),
        ("phenomenonTime lt {h-8}/{h-2}", [1, 0]),
        ("resultTime ge {h-1} and phenomenonTime le now()", [9, 8]),
        ("phenomenonTime gt now() add duration'P1D'", []),
        ("hour(phenomenonTime) ge 0 and minute(phenomenonTime) eq 0 and year(resultTime) gt 2000 and result gt 8", [9]),
        ("month(resultTime) le 12 and day(resultTime) ge 1 and second(resultTime) eq 0 and result lt 1", [0]),
        ("resultQuality eq 'missing'", []),
        ("startswith(resultQuality, 'go') and result lt 1", [0]),
        ("result eq null", []),
        ("validTime eq null and result eq 3", [3]),
        ("result add 2.5 gt Datastream/properties/period_s div 400", [9, 8, 7]),
        ("Datastream/Thing/name eq '古城站（示例）' and round(result div 10) eq 1", [9, 8, 7, 6]),
        ("FeatureOfInterest/id eq 'ex.gucheng' and result ge 9", [9]),
        ("st_within(FeatureOfInterest/feature, geography'POINT(0 0)')", []),
        ("id eq 'nothing'", []),
    ],
)  # fmt: skip
def test_observations_are_filtered_by_time_value_and_origin(reader, readings, condition, found):
    for n in range(10):
        condition = condition.replace(f"{{h-{n}}}", utc(readings.hour - timedelta(hours=n)))
    assert results(reader, f"Datastreams({readings.rain})/Observations", filter=condition) == found


@pytest.mark.parametrize(
    "condition",
    ["result eq 'text'", "nothing gt 1", "Datastream gt 1", "result", "phenomenonTime gt 5",
     "st_within(Datastream/observedArea, geography'POINT(0 0)') eq (result gt 1)",
     "year(result) eq 2016", "Datastream/nothing eq 1", "result gt Datastream/observedArea"],
)  # fmt: skip
def test_filters_over_observations_that_cannot_be_are_refused(reader, readings, condition):
    assert reader.fault("Observations", filter=condition)["mend"]


def test_orders_over_values_and_over_what_they_belong_to(reader, readings):
    assert results(reader, f"Datastreams({readings.rain})/Observations", orderby="result", top="2") == [0, 1]
    by_name = results(reader, "Observations", orderby="Datastream/Thing/name desc,result desc", top="11")
    assert by_name == [*range(9, -1, -1), 27.5]
    _status, page = reader.get(f"Datastreams({readings.rain})/Observations", orderby="result", top="2")
    assert [one["result"] for one in reader.client.get(page["@iot.nextLink"]).json()["value"]] == [2, 3]


def test_each_datastream_is_expanded_with_its_own_newest(reader, readings):
    said = reader.value(
        "Datastreams",
        expand="Observations($top=1;$select=result;$orderby=phenomenonTime desc;$count=true)",
        orderby="id",
    )
    assert {one["@iot.id"]: one["Observations"] for one in said} == {
        readings.rain: [{"result": 9.0}], readings.depth: [{"result": 27.5}], readings.rain_bajiao: [{"result": 19.0}],
    }  # fmt: skip
    assert said[0]["Observations@iot.count"] in (1, 10)
    (thing, _other) = reader.value(
        "Things", expand="Datastreams($expand=Observations($filter=result gt 18))", orderby="id"
    )
    assert sorted(len(one["Observations"]) for one in thing["Datastreams"]) == [1, 1]
    (one,) = reader.value(
        "Observations",
        filter="result eq 27.5",
        expand="Datastream($expand=Thing($select=name);$select=id),FeatureOfInterest",
    )
    assert one["Datastream"] == {"@iot.id": readings.depth, "Thing": {"name": "八角桥（示例）"}}
    assert one["FeatureOfInterest"]["feature"]["type"] == "Point"


def test_tables_are_grouped_by_datastream(reader, readings):
    _status, content = reader.get(
        "Observations",
        resultFormat="dataArray",
        select="phenomenonTime,result",
        top="3",
        filter="result ge 19 or result eq 9",
    )
    tables = {t["Datastream@iot.navigationLink"]: t for t in content["value"]}
    assert tables[f"{ROOT}/Datastreams({readings.rain})"] == {
        "Datastream@iot.navigationLink": f"{ROOT}/Datastreams({readings.rain})",
        "components": ["phenomenonTime", "result"],
        "dataArray@iot.count": 1,
        "dataArray": [[f"{utc(readings.hour - timedelta(hours=1))}/{utc(readings.hour)}", 9.0]],
    }
    assert sorted(row[1] for t in content["value"] for row in t["dataArray"]) == [9.0, 19.0, 27.5]


def test_whoever_is_in_an_exercise_reads_its_observations_only(reader, readings, exercise):
    accept_readings(
        system("t", world=exercise.pk), [{"station": "ex.gucheng", "time": "2016-07-20T04:00:00Z", "value": 99.0}]
    )
    assert results(reader, "Observations") == [99.0]
    assert results(reader, "Observations", filter="phenomenonTime gt now() sub duration'PT1H'") == [99.0]
    exercise.ended_at = real_now()
    exercise.save(update_fields=["ended_at"])
    assert 99.0 not in results(reader, "Observations", top="1000")
