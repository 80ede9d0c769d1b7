"""Observations that are asked for: which datastreams they may come from, and between which times."""

from __future__ import annotations

from typing import Any

from anlan.kernel.context import Context
from anlan.sensing.models import Datastream
from anlan.sensing.store import read_flat

from .compiling import condition
from .entities import ENTITIES
from .grammar import Joined, Literal, Node, Operation, Path, conjuncts, paths_in
from .observed import EARLIEST_US, LATEST_US, Observed, Page, rows_of, streams_of
from .options import Options
from .searching import Search

_OBSERVATION = ENTITIES["Observations"]


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
    rows = rows_of(read_flat(ctx.world, [int(stream)], int(at) - 1, int(at)), streams)
    return rows[0] if rows else None


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
    condition_left = Joined("and", tuple(rest)) if rest else None
    search = Search(ctx, options, streams, by, top, condition_left, time_bounds(options.filter))
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
