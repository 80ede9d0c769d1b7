"""The functions of the standard, as expressions of the database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from typing import Any

from django.db.models import BooleanField, FloatField, IntegerField, TextField, Value
from django.db.models.expressions import ExpressionWrapper, Func
from django.db.models.functions import (
    Ceil,
    Concat,
    ExtractDay,
    ExtractHour,
    ExtractMinute,
    ExtractMonth,
    ExtractYear,
    Floor,
    Left,
    Length,
    Lower,
    Right,
    Round,
    StrIndex,
    Substr,
    Trim,
    Upper,
)  # fmt: skip
from django.db.models.lookups import Exact, GreaterThan


def _related(function: str) -> Callable[[Any, Any], Any]:
    return lambda a, b: Func(a, b, function=function, output_field=BooleanField())


def _seconds(moment: Any) -> Any:
    return Func(moment, template="extract(second from %(expressions)s)::float8", output_field=FloatField())


#: By name; the arguments have the kinds of `kinds.SIGNATURES`.
CALLED: dict[str, Callable[..., Any]] = {
    "contains": lambda a, b: GreaterThan(StrIndex(a, b), Value(0)),
    # The older function names the part first.
    "substringof": lambda a, b: GreaterThan(StrIndex(b, a), Value(0)),
    "startswith": lambda a, b: Exact(Left(a, Length(b)), b),
    "endswith": lambda a, b: Exact(Right(a, Length(b)), b),
    "length": lambda a: Length(a),
    "indexof": lambda a, b: ExpressionWrapper(StrIndex(a, b) - Value(1), output_field=FloatField()),
    "substring": lambda a, start, n=None: _part_of(a, start, n),
    "tolower": lambda a: Lower(a), "toupper": lambda a: Upper(a), "trim": lambda a: Trim(a),
    "concat": lambda a, b: Concat(a, b, output_field=TextField()),
    "year": lambda t: ExtractYear(t, tzinfo=UTC), "month": lambda t: ExtractMonth(t, tzinfo=UTC),
    "day": lambda t: ExtractDay(t, tzinfo=UTC), "hour": lambda t: ExtractHour(t, tzinfo=UTC),
    "minute": lambda t: ExtractMinute(t, tzinfo=UTC),
    "second": lambda t: Floor(_seconds(t)),
    "fractionalseconds": lambda t: ExpressionWrapper(_seconds(t) - Floor(_seconds(t)), output_field=FloatField()),
    # Everything is answered in UTC.
    "totaloffsetminutes": lambda t: Value(0.0, FloatField()),
    "round": lambda a: Round(a), "floor": lambda a: Floor(a), "ceiling": lambda a: Ceil(a),
    "geo.distance": lambda a, b: Func(a, b, function="ST_Distance", output_field=FloatField()),
    "geo.length": lambda a: Func(a, function="ST_Length", output_field=FloatField()),
    "geo.intersects": _related("ST_Intersects"),
    **{f"st_{name}": _related(f"ST_{name.capitalize()}") for name in (
        "intersects", "within", "equals", "disjoint", "touches", "overlaps", "crosses", "contains",
    )},
}  # fmt: skip


def _part_of(text: Any, start: Any, n: Any) -> Any:
    """Counted from 0; before the beginning and behind the end there is nothing."""
    whole = Func(
        start, template="greatest(least(floor(%(expressions)s), 100000), 0)::int + 1", output_field=IntegerField()
    )
    if n is None:
        return Substr(text, whole)
    length = Func(n, template="greatest(least(floor(%(expressions)s), 100000), 0)::int", output_field=IntegerField())
    return Substr(text, whole, length)
