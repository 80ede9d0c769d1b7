"""Regions as the kernel's names for paths: codes, labels, choices, outlines."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from django.contrib.gis.db.models import Extent
from django.db.models import Q
from django.db.models.functions import Length

from anlan.kernel.context import Context
from anlan.kernel.scope import above

from .base_map.tiles import base_layers
from .models import Region

DATA = Path(__file__).parent / "data"


@lru_cache(maxsize=1)
def _role_labels() -> dict[str, str]:
    """Roles and actors as the shipped organisation facts name them."""
    facts = yaml.safe_load((DATA / "organisation.yaml").read_text(encoding="utf-8"))
    known = {
        entry.get("id") or entry["code"]: entry["zh"] for part in ("actors", "roles") for entry in facts.get(part, [])
    }
    return (
        known
        | yaml.safe_load((DATA / "roles.yaml").read_text(encoding="utf-8")).get("labels", {})
        | {"assignee": "承办人"}
    )


class RegionNames:
    """Implements `kernel.scope_names.ScopeNames` over the regions table."""

    def path_of(self, text: str) -> str | None:
        text = text.strip().replace(" ", "")
        if text.isdigit() and len(text) <= 12:
            found = Region.objects.filter(code=text.ljust(12, "0"))
        else:
            found = Region.objects.filter(Q(full_name=text) | Q(name=text) | Q(path=text))
        paths = list(found.values_list("path", flat=True)[:2])
        return paths[0] if len(paths) == 1 else None

    def code_of(self, path: str) -> str:
        return path.rstrip("/").rsplit("/", 1)[-1].ljust(12, "0") if path else ""

    def labels(self, paths: Iterable[str]) -> dict[str, str]:
        return dict(Region.objects.filter(path__in=set(paths)).values_list("path", "name"))

    def options(self, ctx: Context, permission: str) -> list[tuple[str, str]]:
        reach = Q(pk__in=[])
        for path in ctx.paths(permission):
            reach |= Q(path__startswith=path)
        rows = (
            Region.objects.filter(reach)
            .order_by(Length("path"), "path")
            .values_list("code", "name", "parent__name", "level")
        )
        return [
            (code, f"{parent}{name}" if level == Region.Level.VILLAGE else name) for code, name, parent, level in rows
        ]

    def role_label(self, role: str) -> str:
        return _role_labels().get(role, role)

    def outlines(self) -> dict[str, Any]:
        rows = Region.objects.filter(outline__isnull=False).order_by("code")
        return {
            "type": "FeatureCollection",
            "features": [feature for r in rows for feature in (_feature(r, r.outline), _feature(r, _label_point(r)))],
        }

    def base_layers(self) -> list[dict[str, Any]]:
        return base_layers()

    def extent(self, ctx: Context) -> tuple[float, float, float, float] | None:
        home = self.home(ctx)
        return self.extent_of(home) if home else None

    def extent_of(self, code: str) -> tuple[float, float, float, float] | None:
        box: tuple[float, float, float, float] | None = Region.objects.filter(code=code[:12]).aggregate(
            box=Extent("outline")
        )["box"]
        return box

    def home(self, ctx: Context) -> str | None:
        for path in sorted({g.path for g in ctx.grants if g.path}, key=len):
            known = Region.objects.filter(path__in=above(path), outline__isnull=False).order_by(Length("path").desc())
            code = known.values_list("code", flat=True).first()
            if code:
                return str(code)
        return None


def _feature(region: Region, shape: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": json.loads(shape.geojson),
        "properties": {
            "code": region.code, "name": region.name, "level": region.level, "caveat": region.outline_caveat,
            "source": region.source,
        },
    }  # fmt: skip


def _label_point(region: Region) -> Any:
    """Where the name stands: in the largest part. One point, or a map cut into tiles would write it once a tile."""
    outline: Any = region.outline
    parts = [outline] if outline.geom_type == "Polygon" else list(outline)
    largest = max(parts, key=lambda part: part.area)
    middle = largest.centroid
    return middle if largest.contains(middle) else largest.point_on_surface
