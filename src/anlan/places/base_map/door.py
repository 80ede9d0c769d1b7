"""``anlan basemap``: put roads and waters of a map file under the map, list them, take them away."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from anlan.kernel.context import system
from anlan.kernel.errors import Refused

from ..models import BaseMapSource, Region
from .reading import Unreadable, read_lines
from .storing import remove_lines, replace_lines

#: Degrees around a region's outline that are taken as well: some 2 km.
_MARGIN = 0.02
_SHOWN = 20


def main(argv: list[str]) -> int:
    """JSON on stdout, what it says on stderr; 2 for bad input."""
    told = _parse(argv)
    try:
        done = {"import": _import, "list": _list, "remove": _remove}[told.what](told)
    except Unreadable as error:
        print(f"anlan basemap: {error}", file=sys.stderr)
        return 2
    except Refused as refused:
        print(f"anlan basemap: {refused.message} {refused.mend}".strip(), file=sys.stderr)
        return 2
    print(json.dumps(done, ensure_ascii=False))
    return 0


def _parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="anlan basemap", description="Roads and waters under the map, from your own map file."
    )
    what = parser.add_subparsers(dest="what", required=True)
    take = what.add_parser("import", help="read a file; the same --name again replaces it")
    take.add_argument("file", type=Path, help="OpenStreetMap .osm or .osm.pbf, GeoPackage, GeoJSON or shapefile")
    take.add_argument("--name", required=True, help="what this source is called here")
    take.add_argument(
        "--attribution", required=True, help='stands on the map, e.g. "© OpenStreetMap contributors, ODbL 1.0"'
    )
    take.add_argument("--datum", choices=("wgs84", "gcj02"), default="wgs84", help="of the file (default wgs84)")
    take.add_argument(
        "--within", metavar="CODE", help="only lines around the outline of this division (2 to 12 digits)"
    )
    what.add_parser("list", help="what lies under the map")
    away = what.add_parser("remove", help="take a source away")
    away.add_argument("--name", required=True)
    return parser.parse_args(argv)


def _import(told: argparse.Namespace) -> dict[str, object]:
    box = _box(told.within) if told.within else None
    print(f"reading {told.file.name}", file=sys.stderr)
    found = read_lines(told.file, datum=told.datum, box=box)
    for number, why in found.refused[:_SHOWN]:
        print(f"  feature {number} left out: {why}", file=sys.stderr)
    if len(found.refused) > _SHOWN:
        print(f"  and {len(found.refused) - _SHOWN} more", file=sys.stderr)
    print(f"storing {len(found.lines)} lines", file=sys.stderr)
    source = replace_lines(
        system("命令行"), name=told.name, file=told.file, attribution=told.attribution, datum=told.datum, lines=found.lines,
        refused=len(found.refused),
    )  # fmt: skip
    return {**_told(source), "passed_over": found.passed_over}


def _box(code: str) -> tuple[float, float, float, float]:
    region = Region.objects.filter(code=code.ljust(12, "0")[:12], outline__isnull=False).first()
    if region is None or region.outline is None:
        raise Unreadable(f"no outline is known for {code}; leave --within away or give a county's code")
    west, south, east, north = region.outline.extent
    return west - _MARGIN, south - _MARGIN, east + _MARGIN, north + _MARGIN


def _list(told: argparse.Namespace) -> dict[str, object]:
    return {"sources": [_told(s) for s in BaseMapSource.objects.all()]}


def _remove(told: argparse.Namespace) -> dict[str, object]:
    return {"removed": told.name, "lines": remove_lines(system("命令行"), name=told.name)}


def _told(source: BaseMapSource) -> dict[str, object]:
    return {
        "name": source.name, "file": source.file_name, "lines": source.lines_count, "refused": source.refused_count,
        "attribution": source.attribution, "datum": source.datum, "imported_at": source.imported_at.isoformat(),
    }  # fmt: skip
