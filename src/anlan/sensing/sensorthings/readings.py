"""Observations out of the store: conditions on time and datastream are put to the store, the rest is judged over columns.

What is asked in the order of time is read window by window, so that a page of a long series costs a page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput
from anlan.sensing.models import Datastream
from anlan.sensing.store import CORRECTED, GOOD, MISSING, Flat, read_flat
from anlan.sensing.store.extent import extent

from .columns import Array, Column, evaluate, fulfilled
from .compiling import condition, term_of
from .entities import ENTITIES
from .grammar import Joined, Literal, Node, Operation, Path, conjuncts, paths_in
from .kinds import unknown_path
from .options import Options

#: Read at once; read at most for one answer, and in how many windows.
AT_ONCE = 250_000
MOST_READ = 3_000_000
MOST_WINDOWS = 200
#: Accepted times lie well within.
EARLIEST_US, LATEST_US = -86_400_000_000, 7_258_118_400_000_000
_US = 1_000_000
_QUALITY = {GOOD: "good", MISSING: "missing", CORRECTED: "corrected"}
_OBSERVATION = ENTITIES["Observations"]


@dataclass(frozen=True, slots=True)
class Observed:
    """One reading, as a row of the entity set. `time_us` ends a period of `period_s` seconds; `value` None: known to be missing."""

    stream: int
    thing: str
    period_s: int
    time_us: int
    value: float | None
    quality: str
    received_us: int

    @property
    def pk(self) -> str:
        return f"{self.stream}-{self.time_us}"


@dataclass(slots=True)
class Page:
    """Rows of one answer. `more`: there are further ones; `after`: where they begin; `count`: of all, when it was asked for."""

    rows: list[Any] = field(default_factory=list)
    more: bool = False
    count: int | None = None
    after: str = ""


@dataclass(frozen=True, slots=True)
class Streams:
    """Datastreams by id (rising), with the thing and the period of each."""

    pk: Array
    thing: Array
    period_s: Array

    def only(self, chosen: Array) -> Streams:
        return Streams(self.pk[chosen], self.thing[chosen], self.period_s[chosen])

    def at(self, streams: Array) -> Array:
        return np.searchsorted(self.pk, streams)


def one_reading(ctx: Context, key: Any) -> Observed | None:
    """The observation of an id, None when it is absent or not to be seen."""
    stream, _sign, at = str(key).partition("-")
    if (
        not (stream.isascii() and stream.isdigit() and at.isascii() and at.isdigit())
        or len(stream) > 18
        or len(at) > 16
    ):
        return None
    streams = streams_of(ctx, Datastream.objects.filter(pk=int(stream)))
    if not len(streams.pk) or int(at) > LATEST_US:
        return None
    rows = _rows(read_flat(ctx.world, [int(stream)], int(at) - 1, int(at)), streams)
    return rows[0] if rows else None


def streams_of(ctx: Context, rows: Any) -> Streams:
    """Visible ones of some datastreams."""
    rows_of = _OBSERVATION.links["Datastream"]
    visible = ENTITIES[rows_of.target].rows
    assert visible is not None
    found = rows.filter(pk__in=visible(ctx).values("pk")).order_by("pk").values_list("pk", "thing_id", "period_s")
    pk, thing, period = zip(*found, strict=True) if found else ((), (), ())
    return Streams(np.array(pk, np.int64), np.array(thing, object), np.array(period, np.int64))


def find_readings(ctx: Context, options: Options, groups: dict[str, Any] | None, top: int) -> dict[Any, Page]:
    """Pages of observations by group: of all visible datastreams under None, or of each of `groups` (``{"stream"|"thing": ids}``)."""
    rows = Datastream.objects.all()
    by = next(iter(groups)) if groups else None
    if groups and by is not None:
        rows = rows.filter(**{"pk__in" if by == "stream" else "thing__in": list(groups[by])})
    parts = conjuncts(options.filter)
    placed = [part for part in parts if _is_of_stream(part)]
    for part in placed:
        rows = rows.filter(condition(ctx, _OBSERVATION, part, ""))
    streams = streams_of(ctx, rows)
    rest = [part for part in parts if part not in placed]
    search = _Search(
        ctx, options, streams, by, top, Joined("and", tuple(rest)) if len(rest) > 1 else rest[0] if rest else None
    )
    return search.pages(list(groups[by]) if groups and by is not None else [None])


def _is_of_stream(node: Node) -> bool:
    paths = paths_in(node)
    return bool(paths) and all(path.parts[0] in _OBSERVATION.links and len(path.parts) > 1 for path in paths)


def time_bounds(node: Node | None) -> tuple[int, int]:
    """``since < time <= until`` that the conditions on phenomenonTime and resultTime imply (µs)."""
    since, until = EARLIEST_US, LATEST_US
    for part in conjuncts(node):
        if not isinstance(part, Operation):
            continue
        left, right, name = part.left, part.right, part.operator
        if isinstance(left, Literal):
            left, right, name = right, left, {"gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}.get(name, name)
        if not (
            isinstance(left, Path)
            and left.parts in (("phenomenonTime",), ("resultTime",))
            and isinstance(right, Literal)
        ):
            continue
        if right.kind not in ("time", "interval"):
            continue
        first, last = right.value if right.kind == "interval" else (right.value, right.value)
        if name in ("gt", "ge", "eq"):
            since = max(since, last - 1)
        if name in ("lt", "le"):
            until = min(until, first)
        if name == "eq":
            until = min(until, last)
    return since, until


class _Search:
    """One question to the store: goes through it window by window until every group has its page."""

    def __init__(
        self, ctx: Context, options: Options, streams: Streams, by: str | None, top: int, rest: Node | None
    ) -> None:
        self.ctx, self.options, self.streams, self.by, self.top, self.rest = ctx, options, streams, by, top, rest
        self.order = [(path, down) for path, down in options.order]
        first = self.order[0] if self.order else (Path(("phenomenonTime",)), True)
        self.by_time = (
            len(self.order) <= 1
            and isinstance(first[0], Path)
            and first[0].parts[0] in ("phenomenonTime", "resultTime")
        )
        self.down = first[1]
        self.after = _read_token(options.after) if options.after else None
        if self.after and not self.by_time:
            raise BadInput(_("这样排序时不能用 $skiptoken"), mend=_("请沿 @iot.nextLink 翻页"), field="$skiptoken")
        self.known: dict[str, Column] = {}
        self.wanted = options.skip + top + 1

    def pages(self, groups: list[Any]) -> dict[Any, Page]:
        found: dict[Any, list[tuple[Flat, Array]]] = {group: [] for group in groups}
        held = dict.fromkeys(groups, 0)
        whole = self.options.count or not self.by_time
        streams = self.streams
        for flat in self.windows(whole):
            kept = self.matching(flat, streams)
            for group, chosen in self.split(kept, groups):
                if len(chosen):
                    found[group].append((kept, chosen))
                    held[group] += len(chosen)
            if not whole and all(n >= self.wanted for n in held.values()):
                break
        return {group: self.page(parts, held[group]) for group, parts in found.items()}

    def windows(self, whole: bool) -> Any:
        """Stretches of the store, in the order that was asked for; all at once when there is not much."""
        since, until = time_bounds(self.options.filter)
        if self.after:
            since, until = (since, min(until, self.after[0])) if self.down else (max(since, self.after[0] - 1), until)
        if since >= until:
            return
        reach = extent(self.ctx.world, self.streams.pk.tolist(), since, until)
        if reach is None:
            return
        since, until = max(since, reach.first_us - 1), min(until, reach.last_us)
        if reach.most <= AT_ONCE:
            yield read_flat(self.ctx.world, self.streams.pk.tolist(), since, until)
            return
        if whole and reach.most > MOST_READ:
            raise _too_much(reach.most)
        step = max(60 * _US, int((until - since) * (AT_ONCE / 2) / reach.most))
        read = 0
        for _n in range(MOST_WINDOWS):
            if since >= until:
                return
            begin, end = (max(since, until - step), until) if self.down else (since, min(until, since + step))
            flat = read_flat(self.ctx.world, self.streams.pk.tolist(), begin, end)
            yield flat
            read += len(flat)
            since, until = (since, begin) if self.down else (end, until)
            step = step * 2 if len(flat) < AT_ONCE / 8 else max(60 * _US, step // 2) if len(flat) > AT_ONCE else step
            if read > MOST_READ:
                break
        if since < until:
            raise _too_much(reach.most)

    def matching(self, flat: Flat, streams: Streams) -> Flat:
        """The rows that fulfil the rest of the condition and come after the last page."""
        chosen = np.ones(len(flat), bool)
        if self.after:
            at, last = self.after
            later = flat.time_us < at if self.down else flat.time_us > at
            chosen = later | ((flat.time_us == at) & (flat.stream > last))
        if self.rest is not None:
            chosen &= fulfilled(self.rest, self.looked_up(flat), len(flat))
        return _where(flat, chosen)

    def split(self, flat: Flat, groups: list[Any]) -> Any:
        """The rows of each group."""
        if self.by is None:
            yield None, np.arange(len(flat))
            return
        keys = flat.stream if self.by == "stream" else self.streams.thing[self.streams.at(flat.stream)]
        for group in groups:
            yield group, np.flatnonzero(keys == group)

    def page(self, parts: list[tuple[Flat, Array]], held: int) -> Page:
        flat = _joined([_where(part, chosen) for part, chosen in parts])
        order = self.sorted(flat)[self.options.skip : self.options.skip + self.top]
        page = Page(_rows(_where(flat, order), self.streams), held > self.options.skip + self.top)
        page.count = held if self.options.count else None
        if page.more and self.by_time and page.rows:
            page.after = f"{page.rows[-1].time_us}.{page.rows[-1].stream}"
        return page

    def sorted(self, flat: Flat) -> Array:
        time = -flat.time_us if self.down else flat.time_us
        keys: list[Array] = [flat.stream, time] if self.by_time or not self.order else [flat.stream, flat.time_us]
        if not self.by_time:
            for node, down in reversed(self.order):
                keys += _sort_keys(evaluate(node, self.looked_up(flat)), down, len(flat))
        return np.lexsort(keys)

    def looked_up(self, flat: Flat) -> Any:
        def look_up(path: Path) -> Column:
            own = self.own(path, flat)
            if own is not None:
                return own
            if path.parts[0] not in _OBSERVATION.links or len(path.parts) < 2:
                raise unknown_path(path)
            return self.of_stream(path, flat)

        return look_up

    def own(self, path: Path, flat: Flat) -> Column | None:
        known, name = np.zeros(len(flat), bool), "/".join(path.parts)
        if name in ("id", "@iot.id"):
            keys = [f"{s}-{t}" for s, t in zip(flat.stream.tolist(), flat.time_us.tolist(), strict=True)]
            return Column(np.array(keys, object), known, "text")
        if name == "phenomenonTime":
            period = self.streams.period_s[self.streams.at(flat.stream)] * _US
            return Column(flat.time_us, known, "time", flat.time_us - period)
        if name == "resultTime":
            return Column(flat.time_us, known, "time")
        if name == "result":
            return Column(flat.value, np.isnan(flat.value), "number")
        if name == "resultQuality":
            return Column(np.array([_QUALITY.get(q, "good") for q in flat.quality.tolist()], object), known, "text")
        if name == "parameters/receivedTime":
            return Column(flat.received_us, known, "time")
        return Column(None, True, "nothing") if name == "validTime" else None

    def of_stream(self, path: Path, flat: Flat) -> Column:
        """A property of the datastream or its thing, spread over the readings."""
        key = str(path)
        if key not in self.known:
            term = term_of(_OBSERVATION, path)
            rows = Datastream.objects.filter(pk__in=self.streams.pk.tolist()).annotate(said=term.expr)
            values = dict(rows.values_list("pk", "said"))
            self.known[key] = _column([values.get(pk) for pk in self.streams.pk.tolist()], term.kind, path)
        found = self.known[key]
        at = self.streams.at(flat.stream)
        return Column(found.values[at], found.null[at], found.kind)


def _column(values: Sequence[Any], kind: str, path: Path) -> Column:
    if kind in ("shape", "object"):
        raise BadInput(
            _("“%(path)s”不能与读数一起比较") % {"path": str(path)},
            mend=_("请用 and 把它单独写成一项"),
            field="$filter",
        )
    if kind == "json":
        kind = (
            "number"
            if all(v is None or (isinstance(v, int | float) and not isinstance(v, bool)) for v in values)
            else "text"
        )
        values = [v if v is None or kind == "number" else str(v) for v in values]
    null = np.array([v is None for v in values], bool)
    if kind == "number":
        return Column(np.array([np.nan if v is None else float(v) for v in values], float), null, kind)
    return Column(np.array(values, object), null, kind)


def _sort_keys(column: Column, down: bool, rows: int) -> list[Array]:
    """The values, then whether they are unknown: those come last either way."""
    null = np.broadcast_to(np.asarray(column.null, bool), (rows,))
    values = np.broadcast_to(np.asarray(column.values), (rows,))
    if values.dtype == object:
        known = {v: n for n, v in enumerate(sorted({v for v in values.tolist() if v is not None}))}
        values = np.array([known.get(v, 0) for v in values.tolist()], float)
    values = np.where(null, 0, values).astype(float)
    return [-values if down else values, null]


def _read_token(text: str) -> tuple[int, int]:
    at, _sign, stream = text.partition(".")
    if not (at.lstrip("-").isdigit() and stream.isdigit()) or len(text) > 40 or not text.isascii():
        raise BadInput(_("$skiptoken 认不出来"), mend=_("请沿 @iot.nextLink 翻页"), field="$skiptoken")
    return int(at), int(stream)


def _too_much(most: int) -> BadInput:
    return BadInput(
        _("这一问要翻查约 %(n)d 条读数，太多了") % {"n": most},
        mend=_("请用 phenomenonTime 限定起止时间，或只问一个数据流"), field="$filter",
    )  # fmt: skip


def _where(flat: Flat, chosen: Array) -> Flat:
    return Flat(
        flat.stream[chosen], flat.time_us[chosen], flat.value[chosen], flat.quality[chosen], flat.received_us[chosen]
    )


def _joined(parts: list[Flat]) -> Flat:
    if len(parts) == 1:
        return parts[0]
    if not parts:
        nothing = np.empty(0, np.int64)
        return Flat(nothing, nothing, np.empty(0, float), np.empty(0, np.uint8), nothing)
    return Flat(
        *(
            np.concatenate([getattr(p, name) for p in parts])
            for name in ("stream", "time_us", "value", "quality", "received_us")
        )
    )


def _rows(flat: Flat, streams: Streams) -> list[Observed]:
    at = streams.at(flat.stream)
    return [
        Observed(s, thing, period, t, None if v != v else v, _QUALITY.get(q, "good"), r)
        for s, thing, period, t, v, q, r in zip(
            flat.stream.tolist(), streams.thing[at].tolist(), streams.period_s[at].tolist(), flat.time_us.tolist(),
            flat.value.tolist(), flat.quality.tolist(), flat.received_us.tolist(), strict=True,
        )
    ]  # fmt: skip
