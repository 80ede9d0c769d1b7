"""Values of a row as people read them, as forms hold them, as JSON carries them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from anlan.kernel.scope_names import scope_names
from anlan.kernel.web.history import said

from .declaration import Field, Ledger


class Shower:
    """Shows rows of one ledger. Give it the rows that will be shown, so that region names are fetched once."""

    def __init__(self, ledger: Ledger, rows: Iterable[Any] = ()) -> None:
        self.ledger = ledger
        self._names = scope_names()
        self._regions = self._names.labels({r.scope for r in rows})

    def region(self, path: str) -> str:
        if path not in self._regions:
            self._regions |= {path: path, **self._names.labels([path])}
        return self._regions[path]

    def text(self, row: Any, field: Field) -> str:
        """As read on a page; empty means unknown and is shown as a dash by the page."""
        return self.said(field, getattr(row, field.name))

    def said(self, field: Field, value: Any) -> str:
        if value is None or value == "" or value == []:
            return ""
        if field.kind == "region":
            return self.region(value)
        if field.kind == "bool":
            return _("是") if value else _("否")
        if field.kind in ("choice", "choices"):
            labels = dict(field.choices)
            return "、".join(str(labels.get(v, v)) for v in (value if field.kind == "choices" else [value]))
        if field.kind == "place":
            return f"{value.x:.5f}, {value.y:.5f}"
        if field.kind == "datetime":
            return localtime(value).strftime("%Y-%m-%d %H:%M")
        if field.kind == "date":
            return value.isoformat()
        if isinstance(value, Decimal | float):
            value = f"{value:f}" if isinstance(value, Decimal) else f"{value:.10g}"
        return f"{value} {field.unit}" if field.unit and field.numeric else str(value)

    def typed(self, field: Field, value: Any) -> Any:
        """As a form field or a spreadsheet cell holds it: codes that read back to the same value."""
        if value is None:
            return None
        if field.kind == "region":
            return self._names.code_of(value)
        if field.kind == "choices":
            labels = dict(field.choices)
            return "、".join(str(labels.get(v, v)) for v in value)
        if field.kind == "place":
            return f"{round(value.x, 7)},{round(value.y, 7)}"
        if field.kind == "link":
            return str(getattr(value, field.found_by, value.pk))
        if field.kind == "datetime":
            return localtime(value).strftime("%Y-%m-%d %H:%M")
        return value

    def plain(self, field: Field, value: Any) -> Any:
        """As JSON carries it: null for unknown, positions as {lon, lat}, links by what they are found by."""
        if value is None:
            return None
        if field.kind == "place":
            return {"lon": value.x, "lat": value.y}
        if field.kind in ("region", "link"):
            return self.typed(field, value)
        if isinstance(value, datetime | date):
            return value.isoformat()
        if isinstance(value, Decimal):
            return float(value)
        return list(value) if field.kind == "choices" else value

    def spoken(self, name: str, value: Any) -> str:
        """A value as the audit keeps it, worded: labels for codes, names for regions."""
        field = next((f for f in self.ledger.resolved if f.name == name), None)
        if field is not None and value not in (None, "", []):
            if field.kind == "region":
                path = self._names.path_of(str(value))
                return self.region(path) if path else str(value)
            if field.kind in ("choice", "choices") or field.numeric:
                return self.said(field, value)
        return said(value)


def plain_row(row: Any, shower: Shower) -> dict[str, Any]:
    """The row as the API gives it."""
    fields = {f.name: shower.plain(f, getattr(row, f.name)) for f in shower.ledger.resolved if f.name != "scope"}
    return {
        "id": str(row.pk),
        "region": shower.typed(shower.ledger.field("scope"), row.scope),
        "region_name": shower.region(row.scope),
        **fields,
        "retired_at": row.retired_at.isoformat() if row.retired_at else None,
        "updated_at": row.updated_at.isoformat(),
    }
