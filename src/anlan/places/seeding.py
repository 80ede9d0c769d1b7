"""Loading the shipped divisions. Idempotent: running it again changes nothing that is already right."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from django.contrib.gis.geos import GEOSGeometry, MultiPolygon, Point
from django.db import transaction

from .models import Region

DATA = Path(__file__).parent / "data"
_DIGITS = {"province": 2, "city": 4, "county": 6, "township": 9, "village": 12}


@transaction.atomic
def load_regions() -> int:
    """Regions, outlines and illustrative positions from the data folder; returns how many rows were written."""
    with (DATA / "regions.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    paths: dict[str, str] = {}
    names: dict[str, str] = {}
    fresh: list[Region] = []
    outlines = _outlines()
    positions = _positions()
    for row in sorted(rows, key=lambda r: _DIGITS[r["level"]]):
        code, parent = row["code"], row["parent"] or None
        paths[code] = paths.get(parent or "", "") + code[: _DIGITS[row["level"]]] + "/"
        names[code] = names.get(parent or "", "") + row["name"]
        outline, caveat = outlines.get(code, (None, ""))
        position, accuracy = positions.get(code, (None, None))
        fresh.append(
            Region(
                code=code, name=row["name"], level=row["level"], parent_id=parent, path=paths[code], full_name=names[code],
                outline=outline, outline_caveat=caveat, position=position, accuracy_m=accuracy, source=row["source"],
            )
        )  # fmt: skip
    fields = [
        "name",
        "level",
        "parent",
        "path",
        "full_name",
        "outline",
        "outline_caveat",
        "position",
        "accuracy_m",
        "source",
    ]
    if Region.objects.count() == len(fresh) and not _changed(fresh):
        return 0
    Region.objects.bulk_create(
        fresh, update_conflicts=True, unique_fields=["code"], update_fields=fields, batch_size=500
    )
    return len(fresh)


def _changed(fresh: list[Region]) -> bool:
    known = {r.code: (r.name, r.path, r.accuracy_m, r.outline is None) for r in Region.objects.all()}
    return any(known.get(r.code) != (r.name, r.path, r.accuracy_m, r.outline is None) for r in fresh)


def _outlines() -> dict[str, tuple[MultiPolygon, str]]:
    found: dict[str, tuple[MultiPolygon, str]] = {}
    for feature in json.loads((DATA / "outlines.geojson").read_text(encoding="utf-8"))["features"]:
        shape = GEOSGeometry(json.dumps(feature["geometry"]), srid=4326)
        shape = shape if isinstance(shape, MultiPolygon) else MultiPolygon(shape, srid=4326)
        properties = feature["properties"]
        found[str(properties["code"]).ljust(12, "0")] = (shape, properties.get("caveat") or "")
    return found


def _positions() -> dict[str, tuple[Point, int]]:
    file = DATA / "positions.csv"
    if not file.exists():
        return {}
    with file.open(encoding="utf-8", newline="") as lines:
        return {
            r["region_code"]: (Point(float(r["lon"]), float(r["lat"]), srid=4326), int(r["accuracy_m"]))
            for r in csv.DictReader(lines)
        }
