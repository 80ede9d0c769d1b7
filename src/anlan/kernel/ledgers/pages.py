"""What the pages of a ledger show: list, row, form, inspector, as the templates want it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from anlan.kernel.context import Context
from anlan.kernel.models import SavedView
from anlan.kernel.web.history import entries_of

from .declaration import Field, Ledger
from .listing import Listing, filter_options
from .showing import Shower

_FORM_KINDS = {"link": "text", "region": "text", "choices": "text", "date": "text"}


def list_page(ctx: Context, listing: Listing) -> dict[str, Any]:
    """Context of the list, in the shape that parts/ledger.html documents."""
    ledger = listing.ledger
    found = listing.rows(ctx)
    count = found.count()
    pages = max(1, -(-count // listing.size))
    page = min(listing.page, pages)
    rows = list(found[(page - 1) * listing.size : page * listing.size])
    here = reverse("ledger", args=[ledger.key])
    may_change = bool(ctx.paths(ledger.permission("change")))
    chosen = bool(listing.q or listing.conditions or listing.retired)
    shown = {
        "id": f"ledger-{ledger.key.replace('.', '-')}",
        "title": ledger.title,
        "columns": [_column(listing, f, here) for f in _ordered(ledger)],
        "rows": [_row(ctx, ledger, row, shower) for shower in [Shower(ledger, rows)] for row in rows],
        "count": count,
        "page": page,
        "pages": pages,
        "previous_url": here + listing.address(page=page - 1) if page > 1 else "",
        "next_url": here + listing.address(page=page + 1) if page < pages else "",
        "search": {"url": here, "q": listing.q},
        "filters": _chips(listing, here),
        "add_filters": _offered(ctx, listing, here),
        "views": _views(ctx, listing, here),
        "bulk": _bulk(ctx, ledger),
        "export_url": _export(ctx, listing),
        "import_url": reverse("ledger-import", args=[ledger.key]) if ctx.paths(ledger.permission("import")) else "",
        "add_url": reverse("ledger-new", args=[ledger.key]) if may_change else "",
        "map_url": f"{here}map/{listing.address(page=1)}" if ledger.has_position else "",
        "empty": _empty(ledger, chosen, here, may_change),
        "live": "kernel.ledger.>",
        "live_match": f"ledger={ledger.key}",
        "reload_url": here + listing.address(),
    }
    return {"ledger": shown, "declared": ledger, "listing": listing, "chosen": chosen}


def _ordered(ledger: Ledger) -> list[Field]:
    """The name first: it leads to the row."""
    fields = [f for f in ledger.resolved if f.name != ledger.name_field]
    return [ledger.field(ledger.name_field), *fields, _UPDATED]


_UPDATED = Field("updated_at", label=gettext_lazy("更新时间"), kind="datetime", listed=False)


def _column(listing: Listing, field: Field, here: str) -> dict[str, Any]:
    sortable = field.kind not in ("place", "choices") and not field.computed
    down = listing.sort == field.name
    return {
        "key": field.name,
        "label": f"{field.label}（{field.unit}）" if field.unit else field.label,
        "numeric": field.numeric,
        "hidden": field.name not in {f.name for f in listing.columns_shown()}
        and field.name != listing.ledger.name_field,
        "sort_url": here + listing.address(sort=f"-{field.name}" if down else field.name, page=1) if sortable else "",
        "sorted": {field.name: "ascending", f"-{field.name}": "descending"}.get(listing.sort, ""),
    }


def _row(ctx: Context, ledger: Ledger, row: Any, shower: Shower) -> dict[str, Any]:
    cells = []
    for field in _ordered(ledger):
        value = getattr(row, field.name)
        if field.kind == "datetime":
            cells.append({"value": value.isoformat() if value else None, "kind": "time" if value else "text"})
        elif field.numeric:
            cells.append(
                {
                    "value": None if value is None else f"{value:g}" if isinstance(value, float) else value,
                    "kind": "number",
                }
            )
        else:
            cells.append({"value": shower.said(field, value) or None, "kind": "text"})
    return {"id": row.pk, "url": row.get_absolute_url(), "phase": "ended" if row.is_retired else "", "cells": cells}


def _chips(listing: Listing, here: str) -> list[dict[str, str]]:
    ledger, shower = listing.ledger, Shower(listing.ledger)
    chips = []
    for name, values in listing.conditions.items():
        field = ledger.field(name)
        labels = {str(k): str(v) for k, v in field.choices} | {"true": _("是"), "false": _("否")}
        for value in values:
            text = labels.get(value, value)
            if field.kind == "region":
                path = shower._names.path_of(value)
                text = shower.region(path) if path else value
            chips.append({"label": f"{field.label}：{text}", "remove_url": here + listing.without(name, value)})
    if listing.q:
        chips.append({"label": _("含“%(q)s”") % {"q": listing.q}, "remove_url": here + listing.address(q="", page=1)})
    if listing.retired:
        chips.append({"label": _("已停用"), "remove_url": here + listing.address(retired=False, page=1)})
    return chips


def _offered(ctx: Context, listing: Listing, here: str) -> list[dict[str, Any]]:
    offered = []
    for field in listing.ledger.resolved:
        taken = listing.conditions.get(field.name, ())
        options = [o for o in filter_options(ctx, field, listing.ledger) if o[0] not in taken] if field.filter else []
        if options:
            links = [{"label": label, "url": here + listing.along(field.name, value)} for value, label in options]
            offered.append({"label": field.label, "options": links})
    if not listing.retired:
        state = [{"label": _("已停用"), "url": here + listing.address(retired=True, page=1)}]
        offered.append({"label": _("使用状态"), "options": state})
    return offered


def _views(ctx: Context, listing: Listing, here: str) -> list[dict[str, Any]]:
    mine = SavedView.objects.filter(person=ctx.actor.key, ledger=listing.ledger.key).order_by("title")
    now = listing.saved_query
    views = [{"label": v.title, "url": f"{here}?{v.query}", "active": v.query == now, "id": v.pk} for v in mine]
    return [{"label": _("全部"), "url": here, "active": not now}, *views]


def _bulk(ctx: Context, ledger: Ledger) -> list[dict[str, str]]:
    known = [(b.name, b.label, b.permission) for b in ledger.bulk] + [("retire", _("停用所选"), "change")]
    return [
        {"label": label, "url": reverse("ledger-bulk", args=[ledger.key, name])}
        for name, label, verb in known
        if ctx.paths(ledger.permission(verb))
    ]


def _export(ctx: Context, listing: Listing) -> str:
    if not ctx.paths(listing.ledger.permission("export")):
        return ""
    return reverse("ledger-export", args=[listing.ledger.key, "xlsx"]) + listing.address(page=1)


def _empty(ledger: Ledger, chosen: bool, here: str, may_change: bool) -> dict[str, Any]:
    if chosen:
        return {
            "title": _("没有符合这些条件的记录"),
            "how": _("去掉一些条件再看。"),
            "url": here,
            "action": _("看全部"),
        }
    how = ledger.empty or _("可以逐条新增，也可以用表格一次导入；导入前先下载模板。")
    add = {"url": reverse("ledger-new", args=[ledger.key]), "action": _("新增第一条")} if may_change else {}
    return {"title": _("这里将列出您辖区内的%(title)s") % {"title": ledger.title}, "how": how, **add}


def row_page(ctx: Context, ledger: Ledger, row: Any) -> dict[str, Any]:
    """Context of one row's page."""
    from anlan.kernel.services.attachments import attachments_of, shown_attachments

    may_change = ctx.may(ledger.permission("change"), row.scope) and not (ctx.is_exercise and not ledger.model.worldly)
    return {
        "declared": ledger,
        "row": row,
        "title": getattr(row, ledger.name_field),
        "facts": facts_of(ledger, row),
        "attachments": shown_attachments(attachments_of(ctx, object_type=ledger.key, object_id=row.pk)),
        "history": history_of(ledger, row),
        "related": ledger.related(ctx, row) if ledger.related else [],
        "may_change": may_change,
        "actions": ledger.actions(ctx, row)
        if ledger.actions and not (ctx.is_exercise and not ledger.model.worldly)
        else [],
        "list_url": reverse("ledger", args=[ledger.key]),
        "edit_url": reverse("ledger-edit", args=[ledger.key, row.pk]),
        "retire_url": reverse("ledger-retire", args=[ledger.key, row.pk]),
        "restore_url": reverse("ledger-restore", args=[ledger.key, row.pk]),
        "upload_url": reverse("attachment-upload", args=[ledger.key, row.pk]) if may_change else "",
    }


def history_of(ledger: Ledger, row: Any) -> list[dict[str, Any]]:
    """What happened to a row, in the words of its ledger."""
    names = {f.name: str(f.label) for f in ledger.resolved}
    return entries_of(ledger.key, row.pk, names=names, say=Shower(ledger, [row]).spoken)


def facts_of(ledger: Ledger, row: Any) -> list[dict[str, Any]]:
    """Label and value of every field, position with its accuracy; None is shown as unknown."""
    shower = Shower(ledger, [row])
    facts = []
    for field in ledger.resolved:
        if field.name in ("sample", "accuracy_m"):
            continue
        fact = {"label": field.label, "value": shower.text(row, field) or None, "kind": field.kind}
        if field.kind == "place" and fact["value"] and getattr(row, "accuracy_m", None):
            fact["note"] = _("示意位置，误差约 %(m)d 米") % {"m": row.accuracy_m}
        facts.append(fact)
    return facts


def inspector(ctx: Context, ledger: Ledger, pk: str) -> tuple[str, dict[str, Any]]:
    """What the map's inspector shows of a row."""
    row = ledger.model.objects.get_visible(ctx, pk=pk)
    facts = [f for f in facts_of(ledger, row) if f["value"] is not None]
    related = ledger.related(ctx, row) if ledger.related else []
    title = getattr(row, ledger.name_field)
    return "ledger/inspect.html", {"declared": ledger, "row": row, "title": title, "facts": facts, "related": related}


def form_page(
    ctx: Context, ledger: Ledger, *, row: Any = None, given: Mapping[str, Any] | None = None,
    faults: Mapping[str, str] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Context of the form: what the row holds, or what was typed when it was refused, with the fault at each field."""
    from anlan.kernel.scope_names import scope_names

    shower = Shower(ledger, [row] if row is not None else [])
    regions = scope_names().options(ctx, ledger.permission("change"))
    shown = []
    for field in ledger.form_fields:
        if given is not None:
            value = given.get(field.name, "")
        elif row is not None:
            value = shower.typed(field, getattr(row, field.name))
        else:
            value = regions[0][0] if field.kind == "region" and len(regions) == 1 else ""
        shown.append({
            "field": _as_input(field), "value": "" if value is None else value, "fault": (faults or {}).get(field.name, ""),
            "region": field.kind == "region", "picks": _picks(field, row, given),
        })  # fmt: skip
    return {
        "declared": ledger,
        "row": row,
        "fields": shown,
        "regions": regions,
        "version": row.updated_at.isoformat() if row is not None else "",
        "list_url": reverse("ledger", args=[ledger.key]),
        "back_url": row.get_absolute_url() if row is not None else reverse("ledger", args=[ledger.key]),
        "title": _("修改%(title)s") % {"title": getattr(row, ledger.name_field)}
        if row is not None
        else _("新增%(title)s") % {"title": ledger.title},
    }


def _picks(field: Field, row: Any, given: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The boxes of a field that takes several of declared choices."""
    if field.kind != "choices" or not field.choices:
        return []
    chosen = given.get(field.name, []) if given is not None else getattr(row, field.name, []) if row is not None else []
    return [{"key": key, "label": label, "chosen": key in chosen} for key, label in field.choices]


def _as_input(field: Field) -> dict[str, Any]:
    """The field in the shape that parts/field.html documents."""
    help_text = field.help or (_("录入后不能改") if field.fixed else "")
    if field.kind == "choices" and not field.choices:
        help_text = " ".join(p for p in (str(help_text), _("可填多项，用顿号隔开")) if p)
    elif field.kind == "link":
        help_text = help_text or _("填对方的编号")
    elif field.kind == "date":
        help_text = help_text or _("写成 2016-07-20 的样子")
    return {
        "name": field.name, "label": field.label, "kind": _FORM_KINDS.get(field.kind, field.kind), "required": bool(field.required),
        "choices": field.choices if field.kind == "choice" else (), "help": help_text, "unit": field.unit,
        "minimum": field.minimum, "maximum": field.maximum if field.maximum != 2147483647 else None,
        "max_length": field.max_length, "default": None,
    }  # fmt: skip
