"""A ledger as a spreadsheet: the rows of a search going out, and the template for rows coming in."""

from __future__ import annotations

from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from anlan.kernel import auditing
from anlan.kernel.context import Context
from anlan.kernel.spreadsheet import Column, template_xlsx, write_csv, write_xlsx

from .declaration import Field, Ledger
from .listing import Listing
from .showing import Shower

EXPORTS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
_KINDS: dict[str, Any] = {"longtext": "text", "link": "text", "region": "text", "place": "lonlat"}


def columns_of(ledger: Ledger) -> list[Column]:
    """The columns of the ledger's spreadsheet, in the order of its fields; only what may be filled in."""
    return [_column(f) for f in ledger.form_fields if f.export]


def _column(field: Field) -> Column:
    help_text = str(field.help or "")
    if field.kind == "region":
        help_text = _("12 位区划代码或完整名称")
    elif field.kind == "link":
        help_text = _("填对方的编号")
    elif field.kind == "choices" and not field.choices:
        help_text = _("多项用顿号隔开")
    picks = field.kind in ("choice", "choices") and bool(field.choices)
    return Column(
        name=field.name,
        label=_heading(field),
        kind="text" if field.kind == "choices" and not picks else _KINDS.get(field.kind, field.kind),
        required=bool(field.required),
        choices=field.choices if picks else (),
        minimum=field.minimum,
        maximum=field.maximum if field.maximum not in (32767, 2147483647) else None,
        max_length=field.max_length if field.kind in ("text", "longtext") else None,
        help=help_text,
        aliases=(str(field.label), *field.aliases),
    )


def _heading(field: Field) -> str:
    return f"{field.label}（{field.unit}）" if field.unit else str(field.label)


def export(ctx: Context, listing: Listing, form: str) -> tuple[bytes, str]:
    """The rows of a search as (content, file name). Who took out what is kept in the audit."""
    ledger = listing.ledger
    rows = [r for r in listing.rows(ctx) if ctx.may(ledger.permission("export"), r.scope)]
    shower = Shower(ledger, rows)
    fields = [f for f in ledger.form_fields if f.export]
    table = [[_cell(shower, f, getattr(r, f.name)) for f in fields] for r in rows]
    columns = columns_of(ledger)
    at = localtime(ctx.now())
    name = f"{ledger.title}-{at:%Y%m%d-%H%M}.{form}"
    notes = [
        _("%(who)s 于 %(at)s 导出，共 %(n)d 条") % {"who": ctx.actor.name, "at": f"{at:%Y-%m-%d %H:%M}", "n": len(rows)}
    ]
    title = str(ledger.title)
    content = write_csv(columns, table) if form == "csv" else write_xlsx(columns, table, title=title, notes=notes)
    auditing.record(
        ctx, action=f"{ledger.key}.export", label=_("导出"), object_type=ledger.key, object_id="*",
        scope=min(ctx.paths(ledger.permission("export")), key=len, default=""), data={"rows": len(rows), "query": listing.saved_query},
    )  # fmt: skip
    return content, name


def _cell(shower: Shower, field: Field, value: Any) -> Any:
    """What reads back to the same value when the sheet is brought in again."""
    if value is None:
        return None
    if field.kind == "place":
        return (value.x, value.y)
    if field.kind in ("choice", "datetime") or (field.kind == "choices" and field.choices):
        return value
    return shower.typed(field, value)


def template(ctx: Context, ledger: Ledger) -> tuple[bytes, str]:
    """An empty sheet with headings, explanations and lists of choices, as (content, file name)."""
    return template_xlsx(columns_of(ledger), title=str(ledger.title)), _("%(title)s-模板.xlsx") % {
        "title": ledger.title
    }
