"""The left rail: seven stages, and under each the pages that rooms declare in their `nav.py`."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from django.db.models import CharField, Count, QuerySet, Value
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from anlan.kernel.asking import ask
from anlan.kernel.context import Context

#: Stage key → (glyph, label), in the order of the work chain.
STAGES: dict[str, tuple[Any, Any]] = {
    "home": (_("首"), _("首页")),
    "sense": (_("感"), _("感知")),
    "analyse": (_("分"), _("分析")),
    "decide": (_("决"), _("决策")),
    "command": (_("指"), _("指挥")),
    "act": (_("行"), _("行动")),
    "review": (_("评"), _("评估")),
    "base": (_("库"), _("基础库")),
    "system": (_("管"), _("系统")),
}

#: Within a stage the pages stand in groups, each under its words: the stage's own work first, then these.
GROUPS: dict[str, Any] = {"": "", "duty": _("值守"), "kept": _("名册与规定")}


@dataclass(frozen=True, slots=True)
class NavItem:
    """A page on the rail, in one of its stage's `GROUPS`. Shown only to those who hold `permission` somewhere; `rows(ctx)` are the
    things that wait there: all items are counted in one query."""

    key: str
    stage: str
    label: Any
    url_name: str
    permission: str = ""
    order: int = 50
    rows: Callable[[Context], QuerySet[Any]] | None = None
    args: tuple[Any, ...] = ()
    group: str = ""

    def url(self) -> str:
        return reverse(self.url_name, args=self.args)


_ITEMS: dict[str, NavItem] = {}


def add_nav(*items: NavItem) -> None:
    for item in items:
        _ITEMS[item.key] = item


#: A person who clicks through pages is not counted for anew on each: the rail may be so many seconds old.
COUNT_SECONDS = 3.0
MOST_COUNTED = 5000
_COUNTED: dict[tuple[str, str, tuple[str, ...]], tuple[float, dict[str, int]]] = {}


def _counted(ctx: Context, items: list[NavItem]) -> dict[str, int]:
    """How much waits at each item that counts, for this person and world, at most `COUNT_SECONDS` old."""
    counting = tuple(i.key for i in items if i.rows is not None)
    who, now = (ctx.actor.key, str(ctx.world), counting), time.monotonic()
    known = _COUNTED.get(who)
    if known is None or now - known[0] >= COUNT_SECONDS:
        fresh = {row["nav_item"]: row["n"] for row in ask(ctx, _counts(counting))} if counting else {}
        if len(_COUNTED) > MOST_COUNTED:
            _COUNTED.clear()
        known = _COUNTED[who] = (now, {key: fresh.get(key, 0) for key in counting})
    return known[1]


@cache
def _counts(keys: tuple[str, ...]) -> Callable[[Context], QuerySet[Any]]:
    """What counts the rows of these items."""

    def counts(ctx: Context) -> QuerySet[Any]:
        head, *rest = (
            rows(ctx).order_by().annotate(nav_item=Value(key, output_field=CharField())).values("nav_item").annotate(n=Count("pk"))
            for key in keys if (rows := _ITEMS[key].rows) is not None
        )  # fmt: skip
        return head.union(*rest, all=True) if rest else head

    return counts


@lru_cache(maxsize=1024)
def _named(item: NavItem, _language: str | None) -> tuple[str, str]:
    """The address and the name of a page, looked up once for each language."""
    return item.url(), str(item.label)


def nav_for(ctx: Context | None, path: str) -> list[dict[str, Any]]:
    """The rail as the frame draws it: one entry per stage that has a page for this person, with its pages."""
    if ctx is None:
        return []
    shown = [i for i in _ITEMS.values() if not i.permission or ctx.paths(i.permission)]
    waiting = _counted(ctx, shown)
    names = {i.key: _named(i, get_language()) for i in shown}
    urls = [url for url, _label in names.values()]
    # Where one page lies below another, the nearest is meant: /duty/mine/ is not also /duty/.
    here = max((u for u in urls if path == u or (u != "/" and path.startswith(u))), key=len, default=None)
    ranks = list(GROUPS)
    rail: list[dict[str, Any]] = []
    for stage, (glyph, label) in STAGES.items():
        pages = []
        for item in sorted(
            (i for i in shown if i.stage == stage), key=lambda i: (ranks.index(i.group), i.order, i.key)
        ):
            url, said = names[item.key]
            pages.append({"key": item.key, "label": said, "url": url, "active": url == here,
                          "count": waiting.get(item.key), "group": item.group})  # fmt: skip
        if pages:
            counts = [p["count"] for p in pages if p["count"]]
            groups = [(str(GROUPS[g] or label), [p for p in pages if p["group"] == g]) for g in ranks]
            groups = [(name, held) for name, held in groups if held]
            rail.append({"key": stage, "glyph": str(glyph), "label": str(label), "url": pages[0]["url"], "pages": pages, "groups": groups,
                         "active": any(p["active"] for p in pages), "count": sum(counts) or None})  # fmt: skip
    return rail
