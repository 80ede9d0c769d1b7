"""Finds the rows of an entity set, alone or for many parents at once: one question per level, however many parents there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext as _

from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput
from anlan.sensing.properties import Property, properties

from .addresses import Key
from .columns import Column, evaluate, fulfilled
from .compiling import condition, ordering
from .entities import ENTITIES, Entity, Link
from .grammar import Path
from .kinds import settled, unknown_path
from .options import MOST_ROWS, MOST_TABLE_ROWS, USUAL_ROWS, Options
from .readings import Page, find_readings, one_reading
from .vocabulary import definition_of, observed_properties, words_of

#: Rows that one expansion may bring in all.
MOST_EXPANDED = 100_000


def bound(options: Options) -> int:
    """How many rows a page may have."""
    most = MOST_TABLE_ROWS if options.table else MOST_ROWS
    return USUAL_ROWS if options.top is None else min(options.top, most)


def find(
    ctx: Context, entity: Entity, options: Options, link: Link | None = None, keys: Sequence[Any] = ()
) -> dict[Any, Page]:
    """Pages by key: what `link` leads to from each of `keys`; without a link the whole set, under None."""
    options = _settle(ctx, options)
    if entity.set == "Observations":
        if link is not None and len(keys) * bound(options) > MOST_EXPANDED:
            raise BadInput(_("要展开的读数太多"), mend=_("请在展开里写较小的 $top，或少取几行"), field="$expand")
        groups = None if link is None else {"stream" if _is_number(keys) else "thing": list(keys)}
        return find_readings(ctx, options, groups, bound(options))
    if entity.rows is None:
        return _observed(ctx, options, link, keys)
    return _rows(ctx, entity, options, link, keys)


def find_one(ctx: Context, entity: Entity, key: Key) -> Any | None:
    """The row of an id, None when it is absent or not to be seen."""
    if entity.set == "Observations":
        return one_reading(ctx, key)
    if entity.rows is None:
        one = properties().get(str(key)) if isinstance(key, str) else None
        return one if one is not None and one.id == key else None
    of_text = entity.set in ("Things", "FeaturesOfInterest")
    # The ids of things are texts; one that is all digits may be written without quotation marks.
    if not of_text and not isinstance(key, int):
        return None
    if of_text and "\x00" in str(key):
        return None
    return entity.rows(ctx).filter(pk=str(key) if of_text else key).first()


def _settle(ctx: Context, options: Options) -> Options:
    if options.filter is None and not options.order:
        return options
    now = ctx.now()
    order = tuple((settled(node, now), down) for node, down in options.order)
    return replace(options, filter=options.filter and settled(options.filter, now), order=order)


def _is_number(keys: Sequence[Any]) -> bool:
    return all(isinstance(key, int) for key in keys)


def _rows(ctx: Context, entity: Entity, options: Options, link: Link | None, keys: Sequence[Any]) -> dict[Any, Page]:
    assert entity.rows is not None
    rows = entity.rows(ctx)
    if options.after:
        raise BadInput(_("这里没有 $skiptoken"), mend=_("请沿 @iot.nextLink 翻页"), field="$skiptoken")
    if options.filter is not None:
        rows = rows.filter(condition(ctx, entity, options.filter))
    order = [*(ordering(entity, node, down) for node, down in options.order), F("pk").asc()]
    top = bound(options)
    if link is None or len(keys) == 1:
        if link is not None:
            rows = rows.filter(**{link.theirs: keys[0]})
        page = Page(count=rows.count() if options.count else None)
        found = list(rows.order_by(*order)[options.skip : options.skip + top + 1])
        page.rows, page.more = found[:top], len(found) > top
        return {keys[0] if link is not None else None: page}
    pages: dict[Any, Page] = {key: Page(count=0 if options.count else None) for key in keys}
    rows = rows.filter(**{f"{link.theirs}__in": list(keys)}).annotate(parent_key=F(link.theirs))
    parent = [F(link.theirs)]
    if options.count:
        for key, n in rows.order_by().values_list("parent_key").annotate(n=Count("pk")):
            pages[key].count = n
    ranked = rows.annotate(rank=Window(RowNumber(), partition_by=parent, order_by=order))
    for row in ranked.filter(rank__gt=options.skip, rank__lte=options.skip + top + 1).order_by("rank"):
        page = pages[row.parent_key]
        if len(page.rows) < top:
            page.rows.append(row)
        else:
            page.more = True
    return pages


def _observed(ctx: Context, options: Options, link: Link | None, keys: Sequence[Any]) -> dict[Any, Page]:
    """What may be observed is a list in memory."""
    known = observed_properties()
    if options.after:
        raise BadInput(_("这里没有 $skiptoken"), mend=_("请沿 @iot.nextLink 翻页"), field="$skiptoken")
    if link is not None:
        by_id = {one.id: one for one in known}
        return {key: Page([by_id[key]] if key in by_id else []) for key in keys}
    found = known
    if options.filter is not None:
        chosen = fulfilled(options.filter, _looked_up(found), len(found))
        found = [one for one, held in zip(found, chosen.tolist(), strict=True) if held]
    for node, down in reversed(options.order):
        column = evaluate(node, _looked_up(found))
        values = np.broadcast_to(np.asarray(column.values, object), (len(found),)).tolist()
        order = sorted(range(len(found)), key=lambda n: values[n], reverse=down)
        found = [found[n] for n in order]
    top = bound(options)
    rows = found[options.skip : options.skip + top]
    return {None: Page(rows, len(found) > options.skip + top, len(found) if options.count else None)}


def _looked_up(found: list[Property]) -> Any:
    say: dict[str, Any] = {
        "id": lambda p: p.id, "@iot.id": lambda p: p.id, "name": lambda p: p.zh, "definition": lambda p: definition_of(p.id),
        "description": words_of, "properties/unit": lambda p: p.unit,
    }  # fmt: skip

    def look_up(path: Path) -> Column:
        if path.parts[0] == "Datastreams":
            raise BadInput(
                _("不能在这里按“%(path)s”筛选") % {"path": str(path)},
                mend=_("请直接查询 %(target)s，并用它的属性筛选") % {"target": "Datastreams"}, field="$filter",
            )  # fmt: skip
        if str(path) not in say:
            raise unknown_path(path)
        return Column(np.array([say[str(path)](one) for one in found], object), np.zeros(len(found), bool), "text")

    return look_up


def linked(ctx: Context, entity: Entity, name: str, rows: Sequence[Any], options: Options) -> dict[Any, Page]:
    """Pages of what a link leads to, by the key of each row (see `key_over`)."""
    link = entity.links[name]
    keys = list(dict.fromkeys(k for k in (key_over(link, row) for row in rows) if k is not None))
    if not keys:
        return {}
    return find(ctx, ENTITIES[link.target], options, link, keys)


def key_over(link: Link, row: Any) -> Any:
    """The value of a row that the other side of a link answers to."""
    return getattr(row, link.own)
