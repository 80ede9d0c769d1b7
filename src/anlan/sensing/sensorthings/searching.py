"""Goes through the store for observations: no further than the page needs, and each block of readings once.

In the order of time the newest (or oldest) stretch is read first; whoever must look at everything reads a few datastreams at a time
over the whole stretch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput
from anlan.sensing.models import Datastream
from anlan.sensing.queries import newest_readings
from anlan.sensing.store import Flat, micros, read_flat
from anlan.sensing.store.extent import Extent, extent

from .columns import Array, Column, evaluate, fulfilled
from .compiling import term_of
from .entities import ENTITIES
from .grammar import Node, Path
from .kinds import unknown_path
from .observed import LATEST_US, QUALITY, US, Page, Streams, joined, rows_of, where
from .options import Options

#: Read at once; read at most for one answer, and in how many windows.
AT_ONCE = 250_000
MOST_READ = 3_000_000
MOST_WINDOWS = 200
_OBSERVATION = ENTITIES["Observations"]


class Search:
    """One question to the store. `rest`: what a reading must fulfil; `between`: ``since < time <= until`` (µs)."""

    def __init__(
        self, ctx: Context, options: Options, streams: Streams, by: str | None, top: int, rest: Node | None, between: tuple[int, int]
    ) -> None:  # fmt: skip
        self.ctx, self.options, self.streams, self.by, self.top, self.rest = ctx, options, streams, by, top, rest
        first = options.order[0] if options.order else (Path(("phenomenonTime",)), True)
        self.by_time = len(options.order) <= 1 and first[0] in (Path(("phenomenonTime",)), Path(("resultTime",)))
        self.down = first[1]
        self.after = _read_token(options.after) if options.after else None
        if self.after and not self.by_time:
            raise BadInput(_("这样排序时不能用 $skiptoken"), mend=_("请沿 @iot.nextLink 翻页"), field="$skiptoken")
        self.between = between
        self.known: dict[str, Column] = {}
        self.wanted = options.skip + top + 1
        #: Datastreams that still have to be read.
        self.left = streams

    def pages(self, groups: list[Any]) -> dict[Any, Page]:
        """A page for each group (datastreams or things; None: one for all)."""
        found: dict[Any, list[Flat]] = {group: [] for group in groups}
        held = dict.fromkeys(groups, 0)
        whole = self.options.count or not self.by_time
        for flat, settled in self.stretches(whole):
            kept = self.matching(flat)
            for group, part in self.split(kept):
                if group in found and len(part):
                    found[group].append(part)
                    held[group] += len(part)
            if settled and not whole:
                hungry = [group for group, n in held.items() if n < self.wanted]
                if not hungry:
                    break
                self.go_on_with(hungry)
        return {group: self.page(joined(parts), held[group]) for group, parts in found.items()}

    def go_on_with(self, groups: list[Any]) -> None:
        if self.by is not None:
            keys = self.streams.pk if self.by == "stream" else self.streams.thing
            wanted = set(groups)
            self.left = self.streams.only(np.array([key in wanted for key in keys.tolist()], bool))

    def stretches(self, whole: bool) -> Iterator[tuple[Flat, bool]]:
        """Parts of the store, and whether all that comes before what follows (in the order of time) has been read with it."""
        since, until = self.between
        if self.after:
            since, until = (since, min(until, self.after[0])) if self.down else (max(since, self.after[0] - 1), until)
        if not whole and self.rest is None and self.after is None and self.down and self.by is None:
            self.left = self.newest()
        reach = self.reach(since, until)
        if reach is None:
            return
        since, until = max(since, reach.first_us - 1), min(until, reach.last_us)
        if reach.most <= AT_ONCE:
            yield self.read(since, until), True
            return
        step = max(60 * US, int((until - since) * (AT_ONCE / 2) / reach.most))
        read = 0
        for n in range(MOST_WINDOWS):
            # Beyond the first stretch nobody knows how far it is: then each block is read once, a few datastreams at a time.
            if n or whole:
                reach = self.reach(since, until)
                if reach is None:
                    return
                if reach.most <= MOST_READ:
                    yield from self.thoroughly(since, until, reach.most)
                    return
            if whole or read > MOST_READ or since >= until:
                break
            begin, end = (max(since, until - step), until) if self.down else (since, min(until, since + step))
            flat = self.read(begin, end)
            yield flat, True
            read += len(flat)
            since, until = (since, begin) if self.down else (end, until)
            step = step * 2 if len(flat) < AT_ONCE / 8 else max(60 * US, step // 2) if len(flat) > AT_ONCE else step
        if since < until:
            raise _too_much(reach.most)

    def thoroughly(self, since: int, until: int, most: int) -> Iterator[tuple[Flat, bool]]:
        """The whole stretch, a few datastreams at a time."""
        streams = self.left.pk
        size = max(1, int(len(streams) * AT_ONCE / max(most, 1)))
        for start in range(0, len(streams), size):
            part = streams[start : start + size].tolist()
            yield read_flat(self.ctx.world, part, since, until), start + size >= len(streams)

    def read(self, since: int, until: int) -> Flat:
        return read_flat(self.ctx.world, self.left.pk.tolist(), since, until)

    def reach(self, since: int, until: int) -> Extent | None:
        return extent(self.ctx.world, self.left.pk.tolist(), since, until) if since < until else None

    def newest(self) -> Streams:
        """The datastreams that can have a reading among the newest: each brings its latest at least, so that no other can."""
        if len(self.streams.pk) <= self.wanted or self.between[1] < LATEST_US:
            return self.streams
        latest = newest_readings(self.ctx, [Datastream(pk=pk) for pk in self.streams.pk.tolist()])
        ranked = sorted(latest, key=lambda pk: (-micros(latest[pk][0]), pk))[: self.wanted]
        return self.streams.only(np.isin(self.streams.pk, ranked))

    def matching(self, flat: Flat) -> Flat:
        """The rows that fulfil the rest of the condition and come after the last page."""
        chosen = np.ones(len(flat), bool)
        if self.after:
            at, last = self.after
            later = flat.time_us < at if self.down else flat.time_us > at
            chosen = later | ((flat.time_us == at) & (flat.stream > last))
        if self.rest is not None:
            chosen &= fulfilled(self.rest, self.looked_up(flat), len(flat))
        return where(flat, chosen)

    def split(self, flat: Flat) -> Iterator[tuple[Any, Flat]]:
        """The rows of each group; they stand by datastream."""
        if self.by is None:
            yield None, flat
            return
        begins = np.concatenate(([0], np.flatnonzero(np.diff(flat.stream)) + 1)) if len(flat) else np.empty(0, np.int64)
        for begin, end in zip(begins.tolist(), [*begins[1:].tolist(), len(flat)], strict=False):
            stream = int(flat.stream[begin])
            yield (
                stream if self.by == "stream" else self.streams.thing[self.streams.at(stream)],
                where(flat, slice(begin, end)),
            )

    def page(self, flat: Flat, held: int) -> Page:
        """What stands on the page, of all that was found."""
        order = self.sorted(flat)[self.options.skip : self.options.skip + self.top]
        page = Page(rows_of(where(flat, order), self.streams), held > self.options.skip + self.top)
        page.count = held if self.options.count else None
        if page.more and self.by_time and page.rows:
            page.after = f"{page.rows[-1].time_us}.{page.rows[-1].stream}"
        return page

    def sorted(self, flat: Flat) -> Array:
        time = -flat.time_us if self.down else flat.time_us
        keys: list[Array] = [flat.stream, time] if self.by_time else [flat.stream, flat.time_us]
        if not self.by_time:
            for node, down in reversed(self.options.order):
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
            period = self.streams.period_s[self.streams.at(flat.stream)] * US
            return Column(flat.time_us, known, "time", flat.time_us - period)
        if name == "resultTime":
            return Column(flat.time_us, known, "time")
        if name == "result":
            return Column(flat.value, np.isnan(flat.value), "number")
        if name == "resultQuality":
            return Column(np.array([QUALITY.get(q, "good") for q in flat.quality.tolist()], object), known, "text")
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
