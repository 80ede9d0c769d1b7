"""The words in which a map layer is declared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from django.db.models import QuerySet

from anlan.kernel.context import Context
from anlan.kernel.web.nav import STAGES


class BadLayer(ValueError):
    """A layer declaration that does not hold together. A programming error."""


@dataclass(frozen=True, slots=True)
class Total:
    """A figure that is added up over the things inside a drawn area. `expression`: a field or a database expression."""

    label: Any
    expression: Any
    unit: str = ""


#: (ctx, query of the address) → rows that ``ctx`` may see. Must come from ``.visible_to(ctx)``.
Rows = Callable[[Context, Mapping[str, Any]], QuerySet[Any]]


#: (ctx, rows of the layer) → what these hold by kind, as far as ``ctx`` may see it: (label, amount or None where nobody knows, unit).
Contents = Callable[[Context, QuerySet[Any]], Iterable[tuple[str, Any, str]]]


@dataclass(frozen=True, eq=False)
class Layer:
    """A layer of the map. `key` is ``room.noun``; `stage` is a key of the rail's stages.

    `rows` gives the scoped rows; `geometry` names their geometry column (WGS84). `properties`: name in the tile → field path or
    database expression; the page knows ``name``, ``glyph``, ``shape``, ``accuracy_m``, ``late``, ``value`` and a ``level``
    property. `measures` is the property of live readings that a measured layer shows. `live`: subject pattern of the notices that
    change the layer (several joined by commas). `contents`: what the things inside a drawn area hold,
    by kind. `inspect(ctx, id)` returns (template, context) of what the inspector shows, and raises NotFound for a
    foreign id. `label`, `detail` and `link` say how a row reads in lists.
    """

    key: str
    title: Any
    stage: str
    rows: Rows
    inspect: Callable[[Context, str], tuple[str, dict[str, Any]]]
    permission: str
    geometry: str = "position"
    properties: Mapping[str, Any] = field(default_factory=dict)
    kind: Literal["point", "area", "line", "measured"] = "point"
    symbol: str = "·"
    shape: Literal["ring", "square", "circle", "triangle", "diamond"] = "square"
    live: str = ""
    totals: tuple[Total, ...] = ()
    contents: Contents | None = None
    label: Callable[[Any], str] = str
    detail: Callable[[Any], str] = lambda row: ""
    link: Callable[[Any], str] = lambda row: ""
    shown: bool = True
    #: False: not offered on the one map, only on the page of its ledger (another layer shows the same things with more).
    listed: bool = True
    timed: bool = False
    unit: str = ""
    measures: str = ""
    bounds: tuple[float, ...] = ()
    level: str = ""
    order: int = 50

    def __post_init__(self) -> None:
        if self.stage not in STAGES:
            raise BadLayer(f"layer {self.key}: there is no stage {self.stage!r}")
        if {"id", "geom", "point_count"} & set(self.properties):
            raise BadLayer(f"layer {self.key}: id, geom and point_count are given by the tile itself")
