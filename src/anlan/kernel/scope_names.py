"""What opaque paths are called. The kernel knows no regions; the room that does is named in settings.ANLAN_SCOPE_NAMES."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from .context import Context


class ScopeNames(Protocol):
    """Paths as people read and write them. Codes are what stands in spreadsheets and forms."""

    def path_of(self, text: str) -> str | None:
        """The path meant by a code or an unambiguous name; None when there is none."""

    def code_of(self, path: str) -> str: ...

    def labels(self, paths: Iterable[str]) -> dict[str, str]:
        """Short names by path; unknown paths are missing."""

    def options(self, ctx: Context, permission: str) -> list[tuple[str, str]]:
        """(code, label) of every path on which `ctx` holds `permission`, higher ones first."""

    def role_label(self, role: str) -> str:
        """What a role is called; the code itself when nobody knows."""

    def outlines(self) -> dict[str, Any]:
        """GeoJSON FeatureCollection for the base map: of each known outline the shape, and a point where its name stands."""

    def base_layers(self) -> list[dict[str, Any]]:
        """What else lies under the map, lowest first, as frontend/src/map/config.ts calls BaseLayer; outlines are always there."""

    def extent(self, ctx: Context) -> tuple[float, float, float, float] | None:
        """West, south, east, north of the land that the person answers for; None when unknown."""

    def extent_of(self, code: str) -> tuple[float, float, float, float] | None:
        """The same of one outline by its code."""

    def home(self, ctx: Context) -> str | None:
        """Code of the outline that lies around the person's land (its own or the next above); None when unknown."""


class _Bare:
    """Without a directory, a path is its own name."""

    def path_of(self, text: str) -> str | None:
        return text if text.endswith("/") else None

    def code_of(self, path: str) -> str:
        return path

    def labels(self, paths: Iterable[str]) -> dict[str, str]:
        return {p: p for p in paths}

    def options(self, ctx: Context, permission: str) -> list[tuple[str, str]]:
        return [(p, p) for p in ctx.paths(permission)]

    def role_label(self, role: str) -> str:
        return role

    def outlines(self) -> dict[str, Any]:
        return {"type": "FeatureCollection", "features": []}

    def base_layers(self) -> list[dict[str, Any]]:
        return []

    def extent(self, ctx: Context) -> tuple[float, float, float, float] | None:
        return None

    def extent_of(self, code: str) -> tuple[float, float, float, float] | None:
        return None

    def home(self, ctx: Context) -> str | None:
        return None


@lru_cache(maxsize=1)
def scope_names() -> ScopeNames:
    named = getattr(settings, "ANLAN_SCOPE_NAMES", "")
    return import_string(named)() if named else _Bare()
