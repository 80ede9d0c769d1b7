"""Conditions as data: the grammar in which criteria, grades, triggers and reporting rules are written.

    condition := {any: [condition, …]} | {all: [condition, …]} | {not: condition} | {always: true} | leaf
    leaf      := {var, op, value | min, max, unit, fn, window_h | window_min, area_pct, consecutive_days, duration_h,
                  margin, over, over_unit, note}

`op` is ``>= > <= < == != in is_true is_false`` or ``range`` (``min <= x < max``: the lower bound counts, the upper does
not). Judgement is three-valued. An unknown figure leaves its leaf unknown: `any` is true as soon as one part is, else
unknown if one part is; `all` is false as soon as one part is, else unknown if one part is.

Texts are compared by an explicit order, never as strings: a vocabulary names for each variable either an order (lowest
first) or the values that occur. A text condition without either is refused when it is loaded.

Windows make different variables of one: ``rain_mm`` over 3 h is the fact ``rain_mm@3h``, on three consecutive days
``max_temp_c@3d``. `fn` says what is asked of the window; each makes a fact of its own (``stage_m@rise:1h``,
``rain_mm@sum:5min``):

    (none)    the value now; with a window, the sum of amounts or the figure that its name declares
    sum max min mean   of the readings in the window
    rise fall newest reading less the least one, greatest one less the newest
    held      reached at every reading of the window (``>= >`` by the least, ``<= <`` by the greatest); what `duration_h` asks
    obtained  percent of the expected readings that came
    silence   minutes since a reading was due (no window)

A window lasts from a minute to 30 days. `margin` is how far a figure must fall back below its threshold before the level
that it proves counts as left. Size is bounded too, so that judging a condition always ends: so many levels of nesting, so
many leaves.

A leaf that counts things says from which figure on a thing counts: ``{var: points, op: '>=', value: 5, over: 27, over_unit: cm}``
asks for five points of 27 cm or more. The fact is then the figure of each thing; a plain number is taken as counted already.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any

ORDERED_OPS = frozenset({">=", ">", "<=", "<"})
OPS = ORDERED_OPS | {"==", "!=", "in", "is_true", "is_false", "range"}
_LEAF_KEYS = frozenset(
    {"var", "op", "value", "min", "max", "unit", "window_h", "area_pct", "consecutive_days", "duration_h", "note"}
    | {"over", "over_unit", "fn", "window_min", "margin"}
)
FUNCTIONS = ("sum", "max", "min", "mean", "rise", "fall", "held", "obtained", "silence")
LONGEST_WINDOW_S = 30 * 86400
SHORTEST_WINDOW_S = 60
DEEPEST = 16
MOST_LEAVES = 400
MOST_LISTED = 200
_GREATEST = 1e15  # beyond it a float no longer tells whole numbers apart
OPEN = "*"  # in a list of values: other texts occur too and are simply none of these


class ConditionError(ValueError):
    """A condition that is not machine-readable: `path` says where, `what` why."""

    def __init__(self, path: str, what: str) -> None:
        super().__init__(f"{path}: {what}")
        self.path = path
        self.what = what


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The texts that variables may take. Keys are variable names or patterns such as ``signal.*``.

    `orders` are lowest first; `values` are unordered (``*`` among them leaves the list open);
    figures in `counted_units` cannot be negative.
    """

    orders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    counted_units: frozenset[str] = frozenset()

    def order_of(self, var: str) -> tuple[str, ...]:
        return _first_match(self.orders, var)

    def values_of(self, var: str) -> tuple[str, ...]:
        return self.order_of(var) or _first_match(self.values, var)


def _first_match(table: Mapping[str, tuple[str, ...]], var: str) -> tuple[str, ...]:
    if var in table:
        return table[var]
    return next((listed for pattern, listed in table.items() if fnmatchcase(var, pattern)), ())


@dataclass(frozen=True, slots=True)
class Leaf:
    var: str
    op: str
    value: Any = None
    low: float = math.nan
    high: float = math.nan
    unit: str | None = None
    window_h: float | None = None
    area_pct: float | None = None
    consecutive_days: int | None = None
    duration_h: float | None = None
    over: float | None = None
    over_unit: str = ""
    note: str = ""
    order: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    non_negative: bool = False
    fn: str = ""
    window_min: float | None = None
    margin: float = 0.0

    @property
    def key(self) -> str:
        """The name of the fact that decides this leaf."""
        if self.consecutive_days:
            return f"{self.var}@{self.consecutive_days}d"
        if self.fn == "silence":
            return f"{self.var}@silence"
        fn = "held_below" if self.fn == "held" and self.op in ("<", "<=") else self.fn
        if fn == "held" and self.duration_h:
            fn = ""
        prefix = f"{fn}:" if fn else ""
        if self.window_min:
            return f"{self.var}@{prefix}{self.window_min:g}min"
        hours = self.window_h or self.duration_h
        return f"{self.var}@{prefix}{hours:g}h" if hours else self.var

    @property
    def seconds(self) -> float:
        """How long the window lasts; 0 for the value now."""
        if self.consecutive_days:
            return self.consecutive_days * 86400.0
        return (self.window_min or 0) * 60.0 or (self.window_h or self.duration_h or 0) * 3600.0

    @property
    def kind(self) -> str:
        """``flag``, ``text`` or ``number``."""
        if self.op in ("is_true", "is_false"):
            return "flag"
        return "text" if self.texts else "number"

    @property
    def threshold(self) -> Any:
        """The value compared with, as JSON."""
        if self.op == "range":
            return {"min": self.low, "max": self.high}
        if self.op in ("is_true", "is_false"):
            return self.op == "is_true"
        return list(self.value) if isinstance(self.value, tuple) else self.value


@dataclass(frozen=True, slots=True)
class Always:
    pass


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Condition


@dataclass(frozen=True, slots=True)
class Unless:
    """True unless the part is known to be true: an exclusion that nobody has found to hold does not exclude."""

    part: Condition


Condition = Leaf | Always | AnyOf | AllOf | Not | Unless


# --- reading -------------------------------------------------------------------------------------------------------


def parse(raw: Any, vocabulary: Vocabulary | None = None, path: str = "condition") -> Condition:
    """Read a condition from plain data. Raises ConditionError naming the path of whatever is not machine-readable."""
    return _parse(raw, vocabulary or Vocabulary(), path, [MOST_LEAVES], 0)


def _parse(raw: Any, vocabulary: Vocabulary, path: str, budget: list[int], depth: int) -> Condition:
    budget[0] -= 1
    if budget[0] < 0:
        raise ConditionError(path, f"has more than {MOST_LEAVES} parts; write it as several criteria")
    if depth > DEEPEST:
        raise ConditionError(path[:120], f"is nested more than {DEEPEST} deep; write it flatter")
    if not isinstance(raw, Mapping):
        raise ConditionError(path, f"a condition is a mapping, not {raw!r}")
    for name, build in (("any", AnyOf), ("all", AllOf)):
        if name in raw:
            _only(raw, {name}, path)
            parts = raw[name]
            if not isinstance(parts, Sequence) or isinstance(parts, str) or not parts:
                raise ConditionError(f"{path}.{name}", "needs a list with at least one condition")
            read = (_parse(p, vocabulary, f"{path}.{name}[{i}]", budget, depth + 1) for i, p in enumerate(parts))
            return build(tuple(read))
    if "not" in raw:
        _only(raw, {"not"}, path)
        return Not(_parse(raw["not"], vocabulary, f"{path}.not", budget, depth + 1))
    if "always" in raw:
        _only(raw, {"always"}, path)
        if raw["always"] is not True:
            raise ConditionError(path, "`always` takes the value true only")
        return Always()
    return _parse_leaf(raw, vocabulary, path)


def guarded(
    condition: Condition, applies_when: Condition | None = None, excluded_when: Condition | None = None
) -> Condition:
    """The condition under its premises: undecided until `applies_when` is known to hold, false while it is known not
    to or while `excluded_when` is known to hold."""
    parts = [p for p in (applies_when, Unless(excluded_when) if excluded_when else None) if p]
    return AllOf((*parts, condition)) if parts else condition


def _only(raw: Mapping[str, Any], keys: set[str] | frozenset[str], path: str) -> None:
    strange = sorted(str(k) for k in raw if k not in keys)
    if strange:
        raise ConditionError(path, f"unknown keys {', '.join(strange)}")


def _parse_leaf(raw: Mapping[str, Any], vocabulary: Vocabulary, path: str) -> Leaf:
    _only(raw, _LEAF_KEYS, path)
    var, op = raw.get("var"), raw.get("op")
    if not isinstance(var, str) or not var:
        raise ConditionError(path, "a leaf needs the name of a variable in `var`")
    if op not in OPS:
        raise ConditionError(path, f"unknown op {op!r} for {var}; known: {' '.join(sorted(OPS))}")
    unit = raw.get("unit")
    extra: dict[str, Any] = {
        "unit": unit, "note": raw.get("note", ""), "non_negative": unit in vocabulary.counted_units,
        **_parse_window(raw, op, path),
    }  # fmt: skip
    if raw.get("margin"):
        extra["margin"] = _positive(raw["margin"], f"{path}.margin")
        if op not in ORDERED_OPS:
            raise ConditionError(f"{path}.margin", f"belongs to {' '.join(sorted(ORDERED_OPS))}, not to {op}")
    if raw.get("area_pct") is not None:
        extra["area_pct"] = _positive(raw["area_pct"], f"{path}.area_pct")
        if extra["area_pct"] > 100:
            raise ConditionError(f"{path}.area_pct", "is a share in percent, at most 100")
    if raw.get("over") is not None:
        extra |= {"over": _number(raw["over"], f"{path}.over"), "over_unit": str(raw.get("over_unit") or "")}
    elif raw.get("over_unit"):
        raise ConditionError(f"{path}.over_unit", "needs `over`, the figure that it is the unit of")
    if op == "range":
        low, high = (_number(raw.get(k), f"{path}.{k}") for k in ("min", "max"))
        if low >= high:
            raise ConditionError(path, f"range of {var} is empty: min {low:g} is not below max {high:g}")
        if "value" in raw:
            raise ConditionError(path, "a range takes min and max, not value")
        return Leaf(var, op, low=low, high=high, **extra)
    if "min" in raw or "max" in raw:
        raise ConditionError(path, f"min and max belong to `range`, not to {op}")
    if op in ("is_true", "is_false"):
        if raw.get("value", op == "is_true") is not (op == "is_true"):
            raise ConditionError(path, f"{op} takes no other value")
        return Leaf(var, op, **extra)
    if "value" not in raw:
        raise ConditionError(path, f"{op} of {var} needs a value")
    value = raw["value"]
    listed: tuple[Any, ...] = tuple(value) if op == "in" and isinstance(value, Sequence) else (value,)
    if len(listed) > MOST_LISTED:
        raise ConditionError(path, f"`in` takes at most {MOST_LISTED} values")
    if op == "in" and (not isinstance(value, Sequence) or isinstance(value, str) or not listed):
        raise ConditionError(path, "`in` needs a list of values")
    if all(isinstance(v, str) for v in listed):
        return _parse_text_leaf(var, op, listed, vocabulary, path, extra)
    numbers = tuple(_number(v, f"{path}.value") for v in listed)
    return Leaf(var, op, value=numbers if op == "in" else numbers[0], **extra)


def _parse_window(raw: Mapping[str, Any], op: str, path: str) -> dict[str, Any]:
    """The statistic and its window, written in one way only."""
    found: dict[str, Any] = {
        k: _positive(raw[k], f"{path}.{k}") for k in ("window_h", "window_min", "duration_h") if raw.get(k) is not None
    }
    days = raw.get("consecutive_days")
    if days is not None:
        if isinstance(days, bool) or not isinstance(days, int) or days < 1:
            raise ConditionError(f"{path}.consecutive_days", "must be a whole number of days")
        found["consecutive_days"] = days
    if len(found) > 1:
        raise ConditionError(path, "window_h, window_min, duration_h and consecutive_days exclude each other")
    for key, factor in (("window_h", 3600), ("window_min", 60), ("duration_h", 3600), ("consecutive_days", 86400)):
        seconds = found.get(key, 1) * factor
        if key in found and not SHORTEST_WINDOW_S <= seconds <= LONGEST_WINDOW_S:
            raise ConditionError(f"{path}.{key}", "a window lasts from 1 minute to 30 days")
    fn = raw.get("fn") or ""
    if fn and fn not in FUNCTIONS:
        raise ConditionError(f"{path}.fn", f"unknown function {fn!r}; known: {' '.join(FUNCTIONS)}")
    if "duration_h" in found or "consecutive_days" in found:
        if fn not in ("", "held"):
            raise ConditionError(f"{path}.fn", f"duration_h and consecutive_days ask for `held`, not for {fn}")
        fn = "held"
    elif fn == "silence" and found:
        raise ConditionError(f"{path}.fn", "silence is counted from the last reading and takes no window")
    elif fn and fn != "silence" and not found:
        raise ConditionError(f"{path}.fn", f"{fn} needs a window: window_h or window_min")
    if fn == "held" and op not in ORDERED_OPS:
        raise ConditionError(f"{path}.op", f"held takes {' '.join(sorted(ORDERED_OPS))}, not {op}")
    return {**found, "fn": fn}


def _parse_text_leaf(
    var: str, op: str, listed: tuple[str, ...], vocabulary: Vocabulary, path: str, extra: dict[str, Any]
) -> Leaf:
    order, texts = vocabulary.order_of(var), vocabulary.values_of(var)
    if op in ORDERED_OPS and not order:
        raise ConditionError(path, f"{var} {op} {listed[0]!r} compares texts, and no order is declared for {var}")
    if not texts:
        raise ConditionError(path, f"{var} takes texts, and neither an order nor its values are declared")
    unknown = [v for v in listed if v not in texts]
    if unknown:
        raise ConditionError(path, f"{var}: {', '.join(unknown)} is not among {', '.join(texts)}")
    return Leaf(var, op, value=listed if op == "in" else listed[0], order=order, texts=texts, **extra)


def _number(raw: Any, path: str) -> float:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not abs(raw) <= _GREATEST:
        raise ConditionError(path, f"needs a number, not {str(raw)[:40]!r}")
    return raw


def _positive(raw: Any, path: str) -> float:
    number = _number(raw, path)
    if number <= 0:
        raise ConditionError(path, "must be greater than zero")
    return number


def leaves(condition: Condition) -> Iterator[Leaf]:
    match condition:
        case AnyOf(parts) | AllOf(parts):
            for part in parts:
                yield from leaves(part)
        case Not(part) | Unless(part):
            yield from leaves(part)
        case Leaf():
            yield condition


def without_upper_bounds(condition: Condition) -> Condition:
    """The condition as "this much or more": ranges lose their upper end.

    For ladders of levels, where more than the upper end means a higher level: a figure known only as "at least 12"
    proves at least the level whose range begins at 10, though not which of the levels above it is.
    """
    match condition:
        case Leaf(op="range"):
            return replace(condition, op=">=", value=condition.low, low=math.nan, high=math.nan)
        case AnyOf(parts):
            return AnyOf(tuple(without_upper_bounds(p) for p in parts))
        case AllOf(parts):
            floors = {p.key for p in parts if isinstance(p, Leaf) and p.op in (">", ">=")}
            kept = [p for p in parts if not (isinstance(p, Leaf) and p.op in ("<", "<=") and p.key in floors)]
            return AllOf(tuple(without_upper_bounds(p) for p in kept))
    return condition


def relaxed(condition: Condition) -> Condition:
    """The condition that must be known to fail before a level counts as left: each threshold eased by its margin.

    The condition itself where nothing has a margin.
    """
    match condition:
        case Leaf() if condition.margin:
            sign = -1 if condition.op in (">=", ">") else 1
            return replace(condition, value=condition.value + sign * condition.margin, margin=0.0)
        case AnyOf(parts) | AllOf(parts):
            eased = tuple(relaxed(part) for part in parts)
            return condition if all(a is b for a, b in zip(eased, parts, strict=True)) else type(condition)(eased)
        case Not() | Unless():
            # what is denied keeps its own threshold: easing it would tighten the whole
            return condition
    return condition


def written(condition: Condition) -> dict[str, Any]:
    """The condition as plain data that `parse` reads to the same again. An `Unless` has no such form and is refused."""
    match condition:
        case Always():
            return {"always": True}
        case AnyOf(parts):
            return {"any": [written(part) for part in parts]}
        case AllOf(parts):
            return {"all": [written(part) for part in parts]}
        case Not(part):
            return {"not": written(part)}
        case Leaf():
            return _written_leaf(condition)
    raise ConditionError("condition", "an exclusion is written beside a condition, not in it")


def _written_leaf(leaf: Leaf) -> dict[str, Any]:
    out: dict[str, Any] = {"var": leaf.var, "op": leaf.op}
    if leaf.op == "range":
        out |= {"min": leaf.low, "max": leaf.high}
    elif leaf.op not in ("is_true", "is_false"):
        out["value"] = list(leaf.value) if isinstance(leaf.value, tuple) else leaf.value
    for name in ("unit", "window_h", "window_min", "duration_h", "consecutive_days", "area_pct", "over"):
        if getattr(leaf, name) is not None:
            out[name] = getattr(leaf, name)
    for name in ("over_unit", "note", "margin"):
        if getattr(leaf, name):
            out[name] = getattr(leaf, name)
    if leaf.fn and not (leaf.duration_h or leaf.consecutive_days):
        out["fn"] = leaf.fn
    return out
