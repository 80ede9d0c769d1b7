"""Which rows are asked for: search, conditions, order and page, read from an address and written back to one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from anlan.kernel.context import Context
from anlan.kernel.moments import day_in
from anlan.kernel.paging import page_number
from anlan.kernel.scope_names import scope_names

from .declaration import Field, Ledger

PAGE_SIZES = (50, 100, 200)


@dataclass(frozen=True)
class Listing:
    """One way of looking at a ledger. `conditions`: field name → values, any of which holds; `sort`: field name, ``-`` first
    for descending. What the ledger does not know is left out, so that an old saved view goes on working.
    """

    ledger: Ledger
    q: str = ""
    conditions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: str = ""
    page: int = 1
    size: int = PAGE_SIZES[0]
    retired: bool = False
    columns: tuple[str, ...] = ()

    @classmethod
    def read(cls, ledger: Ledger, query: Any) -> Listing:
        """From a query string: ``q``, ``f.<name>`` (repeatable), ``sort``, ``page``, ``size``, ``retired``, ``cols``."""
        conditions: dict[str, tuple[str, ...]] = {}
        for known in ledger.resolved:
            given = tuple(v for v in query.getlist(f"f.{known.name}") if v) if known.filter else ()
            if given:
                conditions[known.name] = given
        names = {f.name for f in ledger.resolved if f.kind not in ("place", "choices") and not f.computed}
        names |= {"updated_at"}
        sort = query.get("sort", "")
        size = _whole(query.get("size"), PAGE_SIZES[0])
        return cls(
            ledger=ledger,
            q=query.get("q", "").replace("\x00", "").strip()[:100],
            conditions=conditions,
            sort=sort if sort.lstrip("-") in names else "",
            page=page_number(query),
            size=size if size in PAGE_SIZES else PAGE_SIZES[0],
            retired=query.get("retired") == "1",
            columns=tuple(c for c in query.get("cols", "").split(",") if c in {f.name for f in ledger.resolved}),
        )

    def rows(self, ctx: Context) -> QuerySet[Any]:
        """The rows that `ctx` may see and that answer the conditions, in order, not yet paged."""
        found = self.ledger.model.objects.visible_to(ctx).filter(retired_at__isnull=not self.retired)
        for name, values in self.conditions.items():
            found = found.filter(_condition(self.ledger.field(name), values))
        for word in self.q.split():
            looked: Q = Q(pk__in=[])
            for known in self.ledger.resolved:
                if known.search:
                    looked |= Q(**{f"{known.name}__icontains": word})
            found = found.filter(looked)
        if self.ledger.prefetch:
            found = found.prefetch_related(*self.ledger.prefetch)
        links = [f.name for f in self.ledger.resolved if f.kind == "link"]
        order = self._order()
        return found.select_related(*links).order_by(*order) if links else found.order_by(*order)

    def _order(self) -> tuple[str, ...]:
        given = (self.sort,) if self.sort else (self.ledger.ordering or ("scope", *self.ledger.identity))
        return (*given, "pk")

    def columns_shown(self) -> list[Field]:
        """Which fields the list shows at first; the rest can be switched on."""
        chosen = self.columns or tuple(f.name for f in self.ledger.resolved if f.listed)
        return [f for f in self.ledger.resolved if f.name in chosen]

    def address(self, **changes: Any) -> str:
        """The query string of this listing with changes, starting with a question mark."""
        return f"?{self._query(**changes)}"

    def _query(self, **changes: Any) -> str:
        now = replace(self, **changes)
        pairs: list[tuple[str, Any]] = [("q", now.q)] if now.q else []
        pairs += [(f"f.{name}", value) for name, values in now.conditions.items() for value in values]
        pairs += [("sort", now.sort)] if now.sort else []
        pairs += [("retired", "1")] if now.retired else []
        pairs += [("cols", ",".join(now.columns))] if now.columns else []
        pairs += [("size", now.size)] if now.size != PAGE_SIZES[0] else []
        pairs += [("page", now.page)] if now.page > 1 else []
        return urlencode(pairs)

    @property
    def saved_query(self) -> str:
        """What a saved view keeps: everything but the page."""
        return self._query(page=1)

    def without(self, name: str, value: str) -> str:
        kept = {n: tuple(v for v in vs if (n, v) != (name, value)) for n, vs in self.conditions.items()}
        return self.address(conditions={n: vs for n, vs in kept.items() if vs}, page=1)

    def along(self, name: str, value: str) -> str:
        """With one more condition; a second value of the same field widens it."""
        values = self.conditions.get(name, ())
        return self.address(conditions={**self.conditions, name: (*values, value)}, page=1)


def _whole(text: Any, otherwise: int) -> int:
    text = str(text or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else otherwise


def _condition(known: Field, values: tuple[str, ...]) -> Q:
    if known.kind == "region":
        found = Q(pk__in=[])
        for value in values:
            path = scope_names().path_of(value)
            found |= Q(scope__startswith=path) if path else Q(pk__in=[])
        return found
    if known.kind == "bool":
        return Q(**{f"{known.name}__in": [v == "true" for v in values]})
    if known.kind == "choices":
        return Q(**{f"{known.name}__overlap": list(values)})
    if known.kind == "link":
        return Q(**{f"{known.name}__{known.found_by}__in": list(values)})
    if known.ranged:
        found = Q()
        for value in values:
            found |= _between(known, value)
        return found
    return Q(**{f"{known.name}__in": list(values)})


def _between(known: Field, text: str) -> Q:
    """``5..10``, ``5..``, ``..10`` or ``5``: bounds inclusive. What cannot be read finds nothing."""
    low, dots, high = text.partition("..")
    found = Q()
    for bound, lookup in ((low, "gte"), (high if dots else low, "lte")):
        if not bound:
            continue
        try:
            value = float(bound) if known.numeric else _moment(bound)
        except ValueError:
            return Q(pk__in=[])
        found &= Q(**{f"{known.name}__{lookup}": value})
    return found


def _moment(text: str) -> Any:
    day = day_in(text)
    if day is None:
        raise ValueError(text)
    return day


def filter_options(ctx: Context, known: Field, ledger: Ledger) -> list[tuple[str, str]]:
    """Values that a condition on this field may take: declared choices, regions of the person, or what is in use."""
    if known.kind in ("choice", "choices") and known.choices:
        return [(str(key), str(label)) for key, label in known.choices]
    if known.kind == "bool":
        return [("true", _("是")), ("false", _("否"))]
    if known.kind == "region":
        return scope_names().options(ctx, ledger.permission("view"))[:40]
    if known.ranged or known.kind == "place":
        return []
    rows = ledger.model.objects.visible_to(ctx).filter(retired_at__isnull=True)
    name = f"{known.name}__{known.found_by}" if known.kind == "link" else known.name
    used = rows.exclude(**{f"{name}": ""}) if known.kind in ("text", "longtext") else rows
    return [(str(v), str(v)) for v in used.order_by(name).values_list(name, flat=True).distinct()[:40] if v is not None]
