"""Expressions over columns in memory: the readings of the store, and what may be observed. Numpy, three-valued."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from anlan.kernel.errors import BadInput

from .grammar import COMPARISONS, Call, Denied, Joined, Literal, Node, Operation, Path
from .kinds import SIGNATURES, mismatch

Array = np.ndarray[Any, Any]
_US = 1_000_000


@dataclass(frozen=True, slots=True)
class Column:
    """Values (an array or one for all rows), where they are unknown, and their kind. `start`: of periods, µs; `values` end them."""

    values: Any
    null: Any
    kind: str
    start: Any = None


def fulfilled(node: Node, look_up: Callable[[Path], Column], rows: int) -> Array:
    """Which rows fulfil a condition; what is unknown does not. Raises BadInput."""
    found = evaluate(node, look_up)
    if found.kind != "truth":
        raise mismatch("truth", found.kind, "$filter")
    return np.broadcast_to(np.asarray(found.values, bool) & ~np.asarray(found.null, bool), (rows,))


def evaluate(node: Node, look_up: Callable[[Path], Column]) -> Column:
    """The column of an expression; names are asked of `look_up`."""
    if isinstance(node, Literal):
        return Column(node.value, node.kind == "nothing", node.kind)
    if isinstance(node, Path):
        return look_up(node)
    if isinstance(node, Joined):
        return _joined(node, look_up)
    if isinstance(node, Denied):
        return Column(~_holds(evaluate(node.part, look_up)), False, "truth")
    if isinstance(node, Call):
        return _called(node, [evaluate(arg, look_up) for arg in node.args])
    left, right = evaluate(node.left, look_up), evaluate(node.right, look_up)
    return _compared(node.operator, left, right) if node.operator in COMPARISONS else _reckoned(node, left, right)


def _holds(column: Column) -> Any:
    if column.kind != "truth":
        raise mismatch("truth", column.kind, "and / or / not")
    return np.asarray(column.values, bool) & ~np.asarray(column.null, bool)


def _joined(node: Joined, look_up: Callable[[Path], Column]) -> Column:
    parts = [_holds(evaluate(part, look_up)) for part in node.parts]
    held = parts[0]
    for part in parts[1:]:
        held = held & part if node.operator == "and" else held | part
    return Column(held, False, "truth")


def _compared(name: str, left: Column, right: Column) -> Column:
    if "nothing" in (left.kind, right.kind):
        given = left if right.kind == "nothing" else right
        unknown = np.asarray(given.null, bool)
        answer = unknown if name == "eq" else ~unknown if name == "ne" else np.zeros_like(unknown)
        return Column(answer, False, "truth")
    if "interval" in (left.kind, right.kind):
        return _against_interval(name, left, right)
    if left.kind != right.kind or left.kind not in ("number", "text", "time", "truth"):
        raise mismatch(left.kind, right.kind, name)
    if left.kind == "text":
        held = _each(lambda a, b: bool(_OPERATORS[name](a, b)), left, right)
    else:
        held = np.asarray(_OPERATORS[name](np.asarray(left.values), np.asarray(right.values)), bool)
    known = ~_either_null(left, right)
    return Column((held & known) | ~known if name == "ne" else held & known, False, "truth")


def _against_interval(name: str, left: Column, right: Column) -> Column:
    """A period against a period: before when it ends by its start, after when it starts at its end."""
    turned = {"gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}
    if left.kind == "interval":
        left, right, name = right, left, turned.get(name, name)
    if left.kind != "time":
        raise mismatch("time", left.kind, name)
    first, last = right.values
    start = left.values if left.start is None else left.start
    if name in ("eq", "ne"):
        same = (np.asarray(start) == first) & (np.asarray(left.values) == last)
        return Column(same if name == "eq" else ~same, False, "truth")
    held = np.asarray(left.values) <= first if name in ("lt", "le") else np.asarray(start) >= last
    return Column(held, False, "truth")


def _reckoned(node: Operation, left: Column, right: Column) -> Column:
    for side in (left, right):
        if side.kind != "number":
            raise mismatch("number", side.kind, node.operator)
    null = _either_null(left, right)
    below = np.asarray(right.values, float)
    if node.operator in ("div", "mod"):
        null = null | (below == 0)
        below = np.where(below == 0, 1.0, below)
    made = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "mod": np.fmod}[node.operator]
    with np.errstate(all="ignore"):
        values = made(np.asarray(left.values, float), below)
    return Column(values, null | ~np.isfinite(values), "number")


def _called(node: Call, args: list[Column]) -> Column:
    kinds, result = SIGNATURES[node.name]
    for arg, kind in zip(args, kinds, strict=False):
        if arg.kind not in (kind, "nothing"):
            raise mismatch(kind, arg.kind, node.name)
    if "shape" in kinds:
        raise BadInput(
            _("图形条件不能与读数自己的条件混在一个比较里"), mend=_("请用 and 把图形条件单独写成一项"), field="$filter"
        )
    null = args[0].null
    for arg in args[1:]:
        null = np.asarray(null, bool) | np.asarray(arg.null, bool)
    if kinds[0] == "text":
        return Column(_each(_TEXTS[node.name], *args), null, result)
    made = _TIMES if kinds[0] == "time" else _NUMBERS
    return Column(made[node.name](np.asarray(args[0].values)), null, result)


def _either_null(left: Column, right: Column) -> Any:
    return np.asarray(left.null, bool) | np.asarray(right.null, bool)


def _each(say: Callable[..., Any], *columns: Column) -> Array:
    """A function of texts, row by row; of an unknown text nothing is asked."""
    parts = np.broadcast_arrays(*(np.asarray(c.values, object) for c in columns))
    answers = [
        None if any(v is None for v in row) else say(*row) for row in zip(*(p.ravel() for p in parts), strict=True)
    ]
    found = np.empty(len(answers), object)
    found[:] = answers
    shaped = found.reshape(parts[0].shape)
    if answers and all(a is None or isinstance(a, bool) for a in answers):
        return shaped.astype(bool)
    if answers and all(a is None or isinstance(a, int | float) for a in answers):
        return np.where(shaped == None, np.nan, shaped).astype(float)  # noqa: E711  # element by element
    return shaped


_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq, "ne": operator.ne, "gt": operator.gt, "ge": operator.ge, "lt": operator.lt, "le": operator.le,
}  # fmt: skip
_TEXTS: dict[str, Callable[..., Any]] = {
    "substringof": lambda a, b: a in b, "contains": lambda a, b: b in a, "startswith": lambda a, b: a.startswith(b),
    "endswith": lambda a, b: a.endswith(b), "length": len, "indexof": lambda a, b: a.find(b),
    "substring": lambda a, start, n=None: _part_of(a, start, n),
    "concat": lambda a, b: a + b, "tolower": lambda a: a.lower(), "toupper": lambda a: a.upper(), "trim": lambda a: a.strip(),
}  # fmt: skip


def _part_of(text: str, start: float, n: float | None) -> str:
    first = max(0, int(min(start, 1e5)))
    return text[first:] if n is None else text[first : first + max(0, int(min(n, 1e5)))]


def _of_calendar(unit: str, base: int) -> Callable[[Array], Array]:
    """Years or months since 1970, of µs since 1970 UTC."""
    return lambda us: us.astype("datetime64[us]").astype(f"datetime64[{unit}]").astype(np.int64) + base


def _day_of_month(days: Array) -> Array:
    return (days - days.astype("datetime64[M]")).astype(np.int64) + 1


_TIMES: dict[str, Callable[[Array], Array]] = {
    "year": _of_calendar("Y", 1970),
    "month": lambda us: _of_calendar("M", 0)(us) % 12 + 1,
    "day": lambda us: _day_of_month(us.astype("datetime64[us]").astype("datetime64[D]")),
    "hour": lambda us: us // (3600 * _US) % 24,
    "minute": lambda us: us // (60 * _US) % 60,
    "second": lambda us: us // _US % 60,
    "fractionalseconds": lambda us: us % _US / _US,
    "totaloffsetminutes": lambda us: np.zeros(us.shape),
}  # fmt: skip
_NUMBERS: dict[str, Callable[[Array], Array]] = {"round": np.round, "floor": np.floor, "ceiling": np.ceil}
