"""The shipped regions, outlines and positions of the four places."""

import csv
import json
from collections import Counter
from pathlib import Path

import pytest
import shapely
from shapely.geometry import shape

from anlan import places

DATA = Path(places.__path__[0], "data")
COUNTIES = {"110107", "330902", "330903", "330921", "330922", "410505", "500111"}
DIGITS = {"province": 2, "city": 4, "county": 6, "township": 9, "village": 12}


def table(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def regions():
    return {row["code"]: row for row in table(DATA / "regions.csv")}


@pytest.fixture(scope="module")
def outlines():
    document = json.loads((DATA / "outlines.geojson").read_text(encoding="utf-8"))
    return {item["properties"]["code"]: item for item in document["features"]}


def test_codes_are_twelve_digits_and_fit_their_level(regions):
    for code, row in regions.items():
        assert len(code) == 12
        assert code.isdigit()
        digits = DIGITS[row["level"]]
        assert code[digits:].strip("0") == ""


def test_every_parent_stands_before_its_children(regions):
    seen = set()
    for code, row in regions.items():
        assert row["parent"] in seen or (row["level"] == "province" and row["parent"] == "")
        assert not row["parent"] or code.startswith(row["parent"][: DIGITS[regions[row["parent"]]["level"]]])
        seen.add(code)


def test_the_four_places_are_complete(regions):
    villages = Counter(code[:6] for code, row in regions.items() if row["level"] == "village")
    assert villages == {
        "110107": 153, "330902": 169, "330903": 133, "330921": 88, "330922": 38, "410505": 164, "500111": 309,
    }  # fmt: skip
    with_villages = {row["parent"] for row in regions.values() if row["level"] == "village"}
    assert with_villages == {code for code, row in regions.items() if row["level"] == "township"}


def test_shijingshan_has_its_nine_streets(regions):
    streets = {row["name"] for row in regions.values() if row["parent"] == "110107000000"}
    assert streets == {
        name + "街道" for name in ("八宝山", "老山", "八角", "古城", "苹果园", "金顶街", "广宁", "五里坨", "鲁谷")
    }


def test_districts_of_a_municipality_hang_on_the_municipality_itself(regions):
    assert regions["110107000000"]["parent"] == "110000000000"
    assert regions["500111000000"]["parent"] == "500000000000"
    assert regions["330902000000"]["parent"] == "330900000000"
    assert not [row for row in regions.values() if row["name"] in ("市辖区", "县")]


def test_a_statistical_in_between_level_leads_to_its_municipality(regions):
    stands_for = {row["code"]: row["stands_for"] for row in table(DATA / "pseudo_cities.csv")}
    assert stands_for["110100000000"] == "110000000000"
    assert not stands_for.keys() & regions.keys()
    assert set(stands_for.values()) <= regions.keys()


def test_outlines_are_sound_and_small(outlines):
    assert (DATA / "outlines.geojson").stat().st_size < 1_500_000
    for code, item in outlines.items():
        geometry = shape(item["geometry"])
        assert geometry.is_valid, code
        assert geometry.geom_type in ("Polygon", "MultiPolygon")
        west, south, east, north = geometry.bounds
        assert 103 < west < east < 124
        assert 27 < south < north < 43
        points = shapely.get_coordinates(geometry)
        assert abs(points - points.round(5)).max() < 1e-9
        assert {"name", "level", "context", "source", "date"} <= item["properties"].keys()


def test_every_region_from_county_up_has_an_outline_and_neighbours_are_marked_context(outlines, regions):
    drawn = {code for code, row in regions.items() if row["level"] in ("province", "city", "county")}
    assert drawn <= outlines.keys()
    assert {code for code, item in outlines.items() if not item["properties"]["context"]} == drawn
    assert sum(code.startswith("11") and not code.startswith("110000") for code in outlines) == 16


def test_an_outline_from_before_the_boundary_change_says_so(outlines):
    assert "2021" in outlines["410505000000"]["properties"]["caveat"]
    assert "caveat" not in outlines["110107000000"]["properties"]


def test_shijingshan_lies_where_it_lies(outlines):
    district = shape(outlines["110107000000"]["geometry"])
    assert district.contains(shapely.Point(116.2168, 39.9053))
    assert 80 < district.area * 111.2 * 111.2 * 0.767 < 90  # km², officially about 84


def test_positions_lie_inside_the_district_and_say_how_sure_they_are(outlines, regions):
    rows = table(DATA / "positions.csv")
    district = shape(outlines["110107000000"]["geometry"])
    for row in rows:
        assert regions[row["region_code"]]["name"] == row["name"]
        assert district.contains(shapely.Point(float(row["lon"]), float(row["lat"]))), row["name"]
        assert 100 <= int(row["accuracy_m"]) <= 1000
        assert row["basis"] == "general knowledge, illustrative"
    placed = {row["region_code"] for row in rows}
    assert len(placed) == len(rows)
    assert {code for code in regions if code.startswith("110107") and code.endswith("000")} <= placed
    assert sum(not code.endswith("000") for code in placed) >= 36


def test_no_military_compound_is_placed():
    assert not [row for row in table(DATA / "positions.csv") if "军" in row["name"]]


def test_regions_agree_with_the_development_data(regions, shared):
    for name, level in (("places_townships.csv", "township"), ("places_villages.csv", "village")):
        theirs = {row["code"].ljust(12, "0"): row["name"] for row in table(shared / "data/01_admin" / name)}
        ours = {code: row["name"] for code, row in regions.items() if row["level"] == level}
        assert ours == theirs


def test_converted_outlines_agree_with_the_development_data(outlines, shared):
    document = json.loads((shared / "data/02_boundaries/places_counties_wgs84.geojson").read_text(encoding="utf-8"))
    least = {"110107": 0.96, "500111": 0.98, "330902": 0.94, "330903": 0.84}
    for item in document["features"]:
        code = item["properties"]["adcode"]
        if code in least:
            theirs, ours = shape(item["geometry"]).buffer(0), shape(outlines[f"{code}000000"]["geometry"])
            assert ours.intersection(theirs).area / ours.union(theirs).area > least[code]
