"""The demonstration's base records fit the facts, the roster and the district's outline."""

import csv
import json
import math
import re
from pathlib import Path

import pytest
import shapely
from shapely.geometry import shape

from anlan import places, registry, review
from anlan.kernel.facts import load_record
from anlan.kernel.geodesy import haversine_m
from anlan.places.data.roster import read_regions, read_roster

DATA = Path(registry.__path__[0], "data")
KINDS = ("stations", "waterlog_points", "teams", "warehouses", "shelters", "protected_sites")


@pytest.fixture(scope="module")
def records():
    return load_record(DATA / "shijingshan.yaml").data


@pytest.fixture(scope="module")
def supplies():
    return load_record(DATA / "supplies.yaml")


@pytest.fixture(scope="module")
def shelters():
    return load_record(DATA / "shelters.yaml")


@pytest.fixture(scope="module")
def district():
    outlines = json.loads(Path(places.__path__[0], "data/outlines.geojson").read_text(encoding="utf-8"))
    return shape(next(f for f in outlines["features"] if f["properties"]["code"] == "110107000000")["geometry"])


@pytest.mark.parametrize(
    ("name", "list_name", "key"),
    [
        ("supplies", "items", "key"), ("supplies", "mid", "code"), ("supplies", "quota_rules", "id"),
        ("supplies", "lifecycle", "id"), ("supplies", "targets", "id"), ("supplies", "modes", "id"),
        ("shelters", "classes", "id"), ("shelters", "facilities", "id"), ("shelters", "open_steps", "id"),
        ("shelters", "grades", "id"), ("shelters", "capacity_rules", "id"),
    ],
)  # fmt: skip
def test_every_fact_names_its_source_and_confidence(request, name, list_name, key):
    for item in request.getfixturevalue(name).records(list_name, id_key=key):
        provenance = item.provenance
        assert not re.search(r"种子|\.txt|同上", provenance.source)


def test_items_refer_to_known_classes_and_quotas_say_per_what(supplies):
    classes = {item["code"] for item in supplies.raw("mid")}
    for item in supplies.raw("items"):
        assert item["mid"] in classes
        assert item["mid"].startswith(item["top"])
        assert ("quota" in item) == ("per" in item)
        assert item.get("per", "person") in ("person", "person_day")


def test_facilities_refer_to_known_shelter_classes(shelters):
    classes = {item["id"] for item in shelters.raw("classes")}
    for item in shelters.raw("facilities"):
        assert set(item["classes"]) <= classes


def test_codes_are_used_once_and_regions_exist(records):
    codes = [record["code"] for kind in KINDS for record in records[kind]]
    assert len(codes) == len(set(codes))
    for kind in KINDS:
        for record in records[kind]:
            assert record["region"] in read_regions()


def test_everything_made_up_says_so(records):
    for kind in KINDS:
        for record in records[kind]:
            assert record.get("real", False) is (kind == "stations")
            assert record["name"].endswith("（示例）") or "real" in record or "协议储备（示例）" in record["name"]


def test_everything_of_the_district_lies_in_it_and_is_only_approximate(records, district):
    for kind in KINDS:
        for record in records[kind]:
            assert 300 <= record["accuracy_m"] <= 2000
            if record["region"].startswith("110107"):
                assert district.contains(shapely.Point(record["lon"], record["lat"])), record["code"]


def test_a_record_lies_near_the_seat_of_its_street(records):
    with Path(places.__path__[0], "data/positions.csv").open(encoding="utf-8") as file:
        seats = {row["region_code"]: (float(row["lon"]), float(row["lat"])) for row in csv.DictReader(file)}
    for kind in KINDS:
        for record in records[kind]:
            seat = seats.get(record["region"])
            if seat and record["region"] != "110107000000":
                assert haversine_m(*seat, record["lon"], record["lat"]) < 2500, record["code"]


def test_people_and_organisations_exist(records):
    roster = read_roster()
    posts = {post.code for post in roster.posts}
    organisations = {organisation.code for organisation in roster.organisations}
    for team in records["teams"]:
        assert team["leader"] in posts
        assert team["organisation"] in organisations
    for warehouse in records["warehouses"]:
        assert warehouse["keeper"] in posts
        assert warehouse["owner"] in organisations
    for record in (*records["shelters"], *records["protected_sites"]):
        assert record["contact"] in posts
    for point in records["waterlog_points"]:
        assert point["owner"] in posts


def test_stock_and_equipment_are_items_of_the_supplies(records, supplies):
    items = {item["key"] for item in supplies.raw("items")}
    modes = {mode["id"] for mode in supplies.raw("modes")}
    for warehouse in records["warehouses"]:
        assert warehouse["mode"] in modes
        for line in warehouse["stock"]:
            assert line["item"] in items
            assert line["quantity"] > 0
            assert re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", line["made"])
    for team in records["teams"]:
        assert {line["item"] for line in team["equipment"]} <= items


def test_team_types_are_known_and_a_street_team_is_large_enough(records):
    types = {team["id"]: team for team in load_record(Path(places.__path__[0], "data/organisation.yaml")).raw("teams")}
    assert {team["type"] for team in records["teams"]} == {"T1", "T2", "T3", "T4"}
    for team in records["teams"]:
        assert team["people"] >= types[team["type"]].get("min_people", 1)


def test_a_shelter_holds_no_more_than_its_area_allows(records, shelters):
    classes = {item["id"]: item for item in shelters.raw("classes")}
    grades = {item["id"] for item in shelters.raw("grades")}
    facilities = {item["id"] for item in shelters.raw("facilities")}
    for shelter in records["shelters"]:
        per_person = classes[shelter["class"]]["area_per_person_m2"]
        assert shelter["capacity"] <= math.floor(shelter["effective_area_m2"] / per_person), shelter["code"]
        assert shelter["grade"] in grades
        assert set(shelter["facilities"]) <= facilities


def test_shelters_for_floods_stand_in_several_streets(records):
    assert len({s["region"] for s in records["shelters"] if "flood" in s["hazards"]}) >= 5


def test_stations_are_those_of_the_recorded_storm(records):
    scenario = Path(review.__path__[0], "data/scenarios/beijing_2016_07_20_rain.csv")
    with scenario.open(encoding="utf-8") as file:
        measured = {row["station"] for row in csv.DictReader(file)}
    assert {station["code"] for station in records["stations"]} == measured


def test_underpasses_are_among_the_waterlogging_points(records):
    assert sum(point["kind"] == "underpass" for point in records["waterlog_points"]) >= 4
    for point in records["waterlog_points"]:
        assert point["warn_cm"] < point["close_cm"]
