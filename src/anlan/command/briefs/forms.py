"""The forms of the day sheet as they hold in a region: its own, else those of the nearest region above, else the shipped ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from hashlib import blake2s

from anlan.command.models import SheetField as OwnField
from anlan.kernel.scope import above
from anlan.places.models import Region

from .data import SheetField, SheetForm, sheet_forms


def forms_of(region: Region) -> Mapping[str, SheetForm]:
    """The forms by id. A region's own entries replace all fields of a form; title and time stay as shipped."""
    rows = OwnField.objects.unscoped("read for the region itself").filter(
        scope__in=above(region.path), retired_at__isnull=True
    )
    own: dict[str, dict[str, list[OwnField]]] = defaultdict(lambda: defaultdict(list))
    for row in rows.order_by("order", "label"):
        own[row.form][row.scope].append(row)
    return {
        key: replace(form, fields=_fields(form, own[key][max(own[key], key=len)]), own=True) if key in own else form
        for key, form in sheet_forms().items()
    }


def _fields(form: SheetForm, rows: list[OwnField]) -> tuple[SheetField, ...]:
    return tuple(
        SheetField(_name(form, r.label), r.label, r.kind, r.unit, r.required, r.maximum, r.total) for r in rows
    )


def _name(form: SheetForm, label: str) -> str:
    """What the shipped form asks for under the same words stays comparable with earlier sheets."""
    known = next((f.name for f in form.fields if f.label == label), "")
    return known or f"own_{blake2s(label.encode(), digest_size=5).hexdigest()}"
