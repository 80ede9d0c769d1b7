"""A ledger whose rows lie somewhere is a map layer by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from anlan.kernel.context import Context
from anlan.kernel.layers import Layer, Total
from anlan.kernel.web.shapes import SHAPES

from .declaration import Ledger
from .listing import Listing


def layer_of(ledger: Ledger) -> Layer:
    """The layer of a ledger: the same rows, under the same conditions in the address."""

    def rows(ctx: Context, query: Mapping[str, Any]) -> QuerySet[Any]:
        given = query if isinstance(query, QueryDict) else QueryDict("", mutable=True)
        return Listing.read(ledger, given).rows(ctx).exclude(**{f"{ledger.place_field}__isnull": True})

    def inspect(ctx: Context, pk: str) -> tuple[str, dict[str, Any]]:
        from .pages import inspector

        return inspector(ctx, ledger, pk)

    glyph, shape = SHAPES.get(ledger.symbol, (ledger.symbol[:1], "square"))
    properties: dict[str, Any] = {"name": ledger.name_field}
    if any(f.name == "accuracy_m" for f in ledger.resolved):
        properties["accuracy_m"] = "accuracy_m"
    return Layer(
        key=ledger.key,
        title=ledger.title,
        stage=ledger.stage,
        rows=rows,
        inspect=inspect,
        permission=ledger.permission("view"),
        geometry=ledger.place_field,
        properties=properties,
        symbol=glyph,
        shape=shape,
        live="kernel.ledger.>",
        contents=ledger.contents,
        totals=tuple(Total(f.label, f.name, f.unit) for f in ledger.resolved if f.total),
        label=lambda row: str(getattr(row, ledger.name_field)),
        link=lambda row: row.get_absolute_url(),
        shown=ledger.shown,
        listed=ledger.on_map,
        order=ledger.order,
    )
