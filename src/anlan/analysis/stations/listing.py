"""The ledger of stations: which are asked for, read from an address and written back to one; one page of them, or a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import (
    Count,
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.urls import reverse
from django.utils.translation import gettext as _

from anlan.kernel.context import Context
from anlan.kernel.paging import page_number
from anlan.kernel.scope_names import scope_names
from anlan.kernel.spreadsheet import Column, write_csv
from anlan.sensing import queries as sensing
from anlan.sensing.models import Datastream, Thing

from ..data.criteria_files import shipped_properties
from ..numerics.rain import WINDOWS_H
from ..queries import open_signals
from .rows import ALL, rows_of

SIZES = (50, 100, 200)
STATES = ("level", "silent", "sending")
SORTS = ("name", "county", "value", "value_at")
#: Stations in one spreadsheet.
MOST_IN_SHEET = 20_000


@dataclass(frozen=True, slots=True)
class StationListing:
    """`property` "" stands for rain, or for what is measured most where nobody measures rain."""

    q: str = ""
    property: str = ""
    region: str = ""
    state: str = ""
    sort: str = ""
    page_number: int = 1
    size: int = SIZES[0]

    @classmethod
    def read(cls, query: Mapping[str, str]) -> StationListing:
        """From an address; what is not known is left out, so that an old link goes on working."""
        sort, state, size = query.get("sort", ""), query.get("state", ""), query.get("size", "")
        return cls(
            q=query.get("q", "").replace("\x00", "").strip()[:100],
            property=query.get("p", "")[:40],
            region=query.get("region", "").replace("\x00", "")[:200],
            state=state if state in STATES else "",
            sort=sort if sort.removeprefix("-") in SORTS else "",
            page_number=page_number(query),
            size=int(size) if size.isdigit() and size.isascii() and int(size) in SIZES else SIZES[0],
        )

    def address(self, **changes: Any) -> str:
        now = replace(self, **{"page_number": 1, **changes})
        pairs = {
            "p": now.property, "q": now.q, "region": now.region, "state": now.state, "sort": now.sort,
            "size": now.size if now.size != SIZES[0] else "", "page": now.page_number if now.page_number > 1 else "",
        }  # fmt: skip
        return f"?{urlencode({name: value for name, value in pairs.items() if value != ''})}"

    def _kept(self) -> dict[str, str]:
        """What a search within the list holds on to."""
        given = {"p": self.property, "region": self.region, "state": self.state, "sort": self.sort}
        return {name: value for name, value in given.items() if value}

    def measured(self, ctx: Context) -> dict[str, int]:
        """Properties that visible stations measure, with how many do, the most first."""
        counted = Datastream.objects.filter(thing__in=sensing.stations(ctx)).values("property").annotate(n=Count("pk"))
        return {row["property"]: row["n"] for row in counted.order_by("-n", "property")}

    def chosen(self, measured: Mapping[str, int]) -> str:
        if self.property == ALL or self.property in measured:
            return self.property
        return sensing.RAIN if sensing.RAIN in measured or not measured else next(iter(measured))

    def rows(self, ctx: Context, chosen: str, measured: Mapping[str, int]) -> QuerySet[Thing]:
        """Visible stations that answer the conditions, in order, each with ``value``, ``value_at``, ``value_unit``, ``overdue_at``."""
        names = list(measured) if chosen == ALL else [chosen]
        every = (
            Datastream.objects.filter(thing=OuterRef("pk"), property__in=names, interval_s__lte=sensing.UNSCHEDULED_S)
            .order_by().values("thing").annotate(least=Min("interval_s")).values("least")
        )  # fmt: skip
        patience = Value(timedelta(seconds=sensing.PATIENCE), DurationField())
        found = sensing.stations_with_latest(ctx, *names).annotate(interval_s=Subquery(every)).annotate(
            overdue_at=ExpressionWrapper(
                F("value_at") + ExpressionWrapper(F("interval_s") * patience, DurationField()), DateTimeField()
            ),
            at_level=Exists(open_signals(ctx).exclude(scheme="device").order_by().filter(station=OuterRef("pk"))),
        )  # fmt: skip
        for word in self.q.split():
            found = found.filter(Q(name__icontains=word) | Q(code__icontains=word) | Q(county__icontains=word))
        if self.region:
            found = found.filter(scope__startswith=self.region)
        silent = Q(interval_s__isnull=False) & (Q(value_at__isnull=True) | Q(overdue_at__lt=ctx.now()))
        if self.state == "silent":
            found = found.filter(silent)
        elif self.state == "sending":
            found = found.exclude(silent)
        elif self.state == "level":
            found = found.filter(at_level=True)
        return found.order_by(*self._order())

    def _order(self) -> list[Any]:
        """Without a choice: what stands at a level first, then the greatest value."""
        if not self.sort:
            return [F("at_level").desc(), F("value").desc(nulls_last=True), "code"]
        name, down = self.sort.removeprefix("-"), self.sort.startswith("-")
        by = F(name).desc(nulls_last=True) if down else F(name).asc(nulls_last=True)
        return [by, "code"]

    def page(self, ctx: Context) -> dict[str, Any]:
        """Context of the list, in the shape that parts/ledger.html documents."""
        measured = self.measured(ctx)
        chosen = self.chosen(measured)
        found = self.rows(ctx, chosen, measured)
        count = found.count()
        pages = max(1, -(-count // self.size))
        number = min(self.page_number, pages)
        things = list(found[(number - 1) * self.size : number * self.size])
        here = reverse("stations")
        narrowed = bool(self.q or self.region or self.state)
        rain = chosen == sensing.RAIN
        tabs = [
            {"label": _name_of(p), "url": here + self.address(property=p), "active": p == chosen, "count": n}
            for p, n in measured.items()
        ]  # fmt: skip
        if len(measured) > 1:
            tabs.append({"label": _("全部"), "url": here + self.address(property=ALL), "active": chosen == ALL})
        ledger = {
            "id": "stations",
            "title": _("测站"),
            "columns": self._columns(here, rain=rain),
            "rows": rows_of(ctx, things, chosen, rain=rain),
            "count": count,
            "page": number,
            "pages": pages,
            "previous_url": here + self.address(page_number=number - 1) if number > 1 else "",
            "next_url": here + self.address(page_number=number + 1) if number < pages else "",
            "search": {"url": here, "q": self.q, "keep": self._kept()},
            "filters": self._filters(here),
            "add_filters": self._offered(ctx, here),
            "views": [],
            "bulk": [],
            "export_url": reverse("stations-sheet") + self.address(),
            "map_url": reverse("map"),
            "empty": {
                "title": _("没有符合条件的测站") if narrowed else _("还没有测站"),
                "how": _("去掉一些条件再看。") if narrowed else _("在基础库登记监测站后，它的读数会出现在这里。"),
                "url": here if narrowed else "", "action": _("看全部") if narrowed else "",
            },
            "live": "sensing.observations.arrived",
            "reload_url": here + self.address(page_number=number),
        }  # fmt: skip
        return {"ledger": ledger, "tabs": tabs, "chosen": chosen, "rain": rain}

    def _columns(self, here: str, *, rain: bool) -> list[dict[str, Any]]:
        def column(key: str, label: str, *, numeric: bool = False, sortable: bool = False) -> dict[str, Any]:
            down = self.sort == f"-{key}"
            return {
                "key": key, "label": label, "numeric": numeric,
                "sort_url": here + self.address(sort=key if down else f"-{key}") if sortable else "",
                "sorted": {key: "ascending", f"-{key}": "descending"}.get(self.sort, ""),
            }  # fmt: skip

        sums = [column(f"sum{w}", _("%(n)d 小时") % {"n": w}, numeric=True) for w in WINDOWS_H] if rain else []
        return [
            column("name", _("测站"), sortable=True),
            column("county", _("所在地"), sortable=True),
            column("value", _("小时雨量") if rain else _("最新值"), numeric=True, sortable=True),
            column("value_at", _("数据时间"), sortable=True),
            *sums,
            column("obtained", _("24 小时获取率"), numeric=True),
            column("state", _("来数")),
            column("level", _("达到的标准")),
        ]

    def _filters(self, here: str) -> list[dict[str, str]]:
        chips = []
        if self.region:
            label = scope_names().labels([self.region]).get(self.region, self.region)
            chips.append(
                {"label": _("所在地：%(name)s") % {"name": label}, "remove_url": here + self.address(region="")}
            )
        if self.state:
            chips.append({"label": _state_words(self.state), "remove_url": here + self.address(state="")})
        if self.q:
            chips.append({"label": _("含“%(q)s”") % {"q": self.q}, "remove_url": here + self.address(q="")})
        return chips

    def _offered(self, ctx: Context, here: str) -> list[dict[str, Any]]:
        scopes = list(sensing.stations(ctx).order_by().values_list("scope", flat=True).distinct()[:200])
        labels = scope_names().labels(scopes)
        regions = sorted((labels[s], s) for s in scopes if s in labels and s != self.region)
        offered = [
            {"label": _("来数与标准"), "options": [
                {"label": _state_words(s), "url": here + self.address(state=s)} for s in STATES if s != self.state
            ]},
        ]  # fmt: skip
        if len(regions) > 1 or (regions and self.region):
            options = [{"label": label, "url": here + self.address(region=path)} for label, path in regions]
            offered.insert(0, {"label": _("所在地"), "options": options})
        return offered


def exported(ctx: Context, listing: StationListing) -> bytes:
    """The rows of a listing as a spreadsheet."""
    measured = listing.measured(ctx)
    rows: Iterable[Any] = listing.rows(ctx, listing.chosen(measured), measured)[:MOST_IN_SHEET]
    columns = [
        Column("code", _("测站编码")), Column("name", _("测站")), Column("county", _("所在地")),
        Column("value", _("最新值"), "decimal"), Column("unit", _("单位")), Column("at", _("数据时间"), "datetime"),
        Column("lon", _("经度"), "decimal"), Column("lat", _("纬度"), "decimal"),
    ]  # fmt: skip
    return write_csv(
        columns,
        (
            {
                "code": t.pk, "name": t.name, "county": t.county, "value": t.value, "unit": t.value_unit or "", "at": t.value_at,
                "lon": t.position.x if t.position else None, "lat": t.position.y if t.position else None,
            }
            for t in rows
        ),
    )  # fmt: skip


def _state_words(state: str) -> str:
    return {"level": _("达到标准"), "silent": _("没有按时来数"), "sending": _("正常来数")}[state]


def _name_of(property: str) -> str:
    known = shipped_properties().get(property)
    return _(known.zh) if known else property
