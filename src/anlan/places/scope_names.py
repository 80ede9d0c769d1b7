"""Regions as the kernel's names for paths: codes, labels, choices, outlines."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.contrib.gis.db.models import Extent
from django.db.models import Q
from django.db.models.functions import Length

from anlan.kernel.context import Context

from .models import Region


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

    def outlines(self) -> dict[str, Any]:
        rows = Region.objects.filter(outline__isnull=False).order_by("code")
        return {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "geometry": json.loads(r.outline.geojson),
                    "properties": {
                        "code": r.code, "name": r.name, "level": r.level, "caveat": r.outline_caveat, "source": r.source,
                    },
                }
                for r in rows
            ],
        }  # fmt: skip

    def extent(self, ctx: Context) -> tuple[float, float, float, float] | None:
        for path in sorted({g.path for g in ctx.grants if g.path}, key=len):
            while path:
                box = Region.objects.filter(path=path, outline__isnull=False).aggregate(box=Extent("outline"))["box"]
                if box:
                    return box
                path = path.rstrip("/").rpartition("/")[0]
                path = f"{path}/" if path else ""
        return None
