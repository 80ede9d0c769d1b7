"""Expressions over rows of tables, as conditions of the database. Texts travel as parameters; nothing is pasted into SQL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Any

from django.contrib.gis.db.models import GeometryField
from django.db.models import (
    BooleanField,
    DateTimeField,
    DecimalField,
    Exists,
    Field,
    FloatField,
    OuterRef,
    Q,
    TextField,
    Value,
)  # fmt: skip
from django.db.models.expressions import Case, ExpressionWrapper, Func, When
from django.db.models.functions import Cast, Coalesce, Mod, NullIf
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, IsNull, LessThan, LessThanOrEqual
from django.utils.translation import gettext as _

from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput

from .entities import ENTITIES, Entity
from .functions import CALLED
from .grammar import COMPARISONS, Call, Denied, Joined, Literal, Node, Operation, Path, paths_in
from .kinds import NAMES, SIGNATURES, mismatch, moment_of, shape_of, unknown_path

_COMPARED: dict[str, Any] = {
    "eq": Exact, "ne": Exact, "gt": GreaterThan, "ge": GreaterThanOrEqual, "lt": LessThan, "le": LessThanOrEqual,
}  # fmt: skip

#: Kinds that a property of free form can be taken as: what the database calls them.
_OF_KIND: dict[str, tuple[str, Field[Any, Any]]] = {
    "number": ("number", FloatField()),
    "truth": ("boolean", BooleanField()),
}


@dataclass(frozen=True, slots=True)
class Term:
    """An expression of the database, with its kind."""

    expr: Any
    kind: str


def condition(ctx: Context, entity: Entity, node: Node, prefix: str = "") -> Any:
    """What a row must fulfil, for ``.filter()``. Names are those of `entity`, reached over `prefix` from the row.

    Raises BadInput for names that do not exist and kinds that do not go together.
    """
    if isinstance(node, Joined):
        parts = [Q(condition(ctx, entity, part, prefix)) for part in node.parts]
        return reduce(and_ if node.operator == "and" else or_, parts)
    if isinstance(node, Denied):
        return _not(condition(ctx, entity, node.part, prefix))
    many = _to_many(entity, node)
    if many is not None:
        return _any_linked(ctx, entity, node, many, prefix)
    return _truth(_Terms(entity, prefix).term(node))


def ordering(entity: Entity, node: Node, down: bool) -> Any:
    """For ``.order_by()``; what is unknown comes last either way."""
    try:
        expr = _Terms(entity, "").term(node)
    except BadInput as bad:
        raise BadInput(bad.message, mend=bad.mend, field="$orderby") from None
    if expr.kind in ("object", "shape", "nothing"):
        raise BadInput(
            _("不能按%(kind)s排序") % {"kind": NAMES[expr.kind]}, mend=_("请按数字、文字或时间排序"), field="$orderby"
        )
    wrapped = _as(expr, "text") if expr.kind == "json" else expr.expr
    wrapped = wrapped if hasattr(wrapped, "asc") else ExpressionWrapper(wrapped, output_field=FloatField())
    return wrapped.desc(nulls_last=True) if down else wrapped.asc(nulls_last=True)


def term_of(entity: Entity, path: Path, prefix: str = "") -> Term:
    """The expression behind one property."""
    return _Terms(entity, prefix).term(path)


def _not(inner: Any) -> Any:
    """What is unknown does not hold, so its denial does."""
    held = ExpressionWrapper(Q(inner), output_field=BooleanField())
    return Exact(Coalesce(held, Value(False)), Value(False))


def _truth(term: Term) -> Any:
    if term.kind == "truth":
        return (
            term.expr
            if isinstance(term.expr, Q) or getattr(term.expr, "conditional", False)
            else Exact(term.expr, Value(True))
        )
    if term.kind == "json":
        return Exact(_as(term, "truth"), Value(True))
    raise mismatch("truth", term.kind, "$filter")


def _to_many(entity: Entity, node: Node) -> tuple[str, ...] | None:
    """The way to linked entities of which there may be many, when the node goes one; all its paths must go the same."""
    ways = {way for path in paths_in(node) if (way := _way(entity, path))}
    if not ways:
        return None
    if len(ways) > 1 or any(not _way(entity, path) for path in paths_in(node)):
        raise BadInput(
            _("一个比较里不能把多个一对多的关系放在一起"), mend=_("请拆成用 and 连接的几个比较"), field="$filter"
        )
    return ways.pop()


def _way(entity: Entity, path: Path) -> tuple[str, ...]:
    at = entity
    for n, part in enumerate(path.parts):
        link = at.links.get(part)
        if link is None:
            return ()
        if link.many:
            return path.parts[: n + 1]
        at = ENTITIES[link.target]
    return ()


def _any_linked(ctx: Context, entity: Entity, node: Node, way: tuple[str, ...], prefix: str) -> Any:
    """True when any of the linked entities fulfils the node."""
    own = prefix
    for part in way[:-1]:
        link = entity.links[part]
        own, entity = own + link.prefix, ENTITIES[link.target]
    link = entity.links[way[-1]]
    target = ENTITIES[link.target]
    if target.rows is None or not link.theirs:
        raise BadInput(
            _("不能在这里按“%(path)s”筛选") % {"path": "/".join(way)},
            mend=_("请直接查询 %(target)s，并用它的属性筛选") % {"target": link.target}, field="$filter",
        )  # fmt: skip
    inner = condition(ctx, target, _without(node, len(way)), "")
    return Exists(target.rows(ctx).filter(**{link.theirs: OuterRef(own + link.own)}).filter(inner))


def _without(node: Node, steps: int) -> Node:
    """The node as it reads from the linked entity."""
    if isinstance(node, Path):
        return Path(node.parts[steps:] or ("id",))
    if isinstance(node, Call):
        return Call(node.name, tuple(_without(a, steps) for a in node.args))
    if isinstance(node, Operation):
        return Operation(node.operator, _without(node.left, steps), _without(node.right, steps))
    if isinstance(node, Joined):
        return Joined(node.operator, tuple(_without(p, steps) for p in node.parts))
    if isinstance(node, Denied):
        return Denied(_without(node.part, steps))
    return node


class _Terms:
    """Builds the expression of one entity's properties, reached over `prefix`."""

    def __init__(self, entity: Entity, prefix: str) -> None:
        self.entity, self.prefix = entity, prefix

    def term(self, node: Node) -> Term:
        if isinstance(node, Literal):
            return _literal(node)
        if isinstance(node, Path):
            return self.path(node)
        if isinstance(node, Call):
            return self.call(node)
        if isinstance(node, Operation):
            return self.compared(node) if node.operator in COMPARISONS else self.reckoned(node)
        # A condition inside brackets that is used as a value, such as ``(a and b) eq true``.
        raise BadInput(_("条件不能当作数值来比较"), mend=_("请用 and、or、not 连接条件"), field="$filter")

    def path(self, path: Path) -> Term:
        entity, prefix, parts = self.entity, self.prefix, list(path.parts)
        while (link := entity.links.get(parts[0])) is not None and not link.many and len(parts) > 1:
            entity, prefix = ENTITIES[link.target], prefix + link.prefix
            parts.pop(0)
        found = entity.expression(prefix, parts)
        if found is None:
            raise unknown_path(path)
        return Term(*found)

    def compared(self, node: Operation) -> Term:
        left, right = self.term(node.left), self.term(node.right)
        if "nothing" in (left.kind, right.kind):
            if node.operator not in ("eq", "ne"):
                return Term(Q(pk__in=[]), "truth")
            given = left if right.kind == "nothing" else right
            if given.kind == "nothing":
                return Term(Exact(Value(1), Value(1)) if node.operator == "eq" else Exact(Value(1), Value(2)), "truth")
            return Term(IsNull(given.expr, node.operator == "eq"), "truth")
        kind = _shared_kind(left, right, node.operator)
        if kind in ("shape", "object", "duration", "interval") or (
            kind == "truth" and node.operator not in ("eq", "ne")
        ):
            raise mismatch("number", kind, node.operator)
        found = _COMPARED[node.operator](_as(left, kind), _as(right, kind))
        return Term(_not(found) if node.operator == "ne" else found, "truth")

    def reckoned(self, node: Operation) -> Term:
        left, right = (_as(self.wanted(part, "number", node.operator), "number") for part in (node.left, node.right))
        if node.operator in ("div", "mod"):
            right = NullIf(right, Value(0.0, FloatField()))
        made: dict[str, Callable[[], Any]] = {
            "add": lambda: left + right, "sub": lambda: left - right, "mul": lambda: left * right, "div": lambda: left / right,
            "mod": lambda: Cast(Mod(_decimal(left), _decimal(right)), FloatField()),
        }  # fmt: skip
        return Term(ExpressionWrapper(made[node.operator](), output_field=FloatField()), "number")

    def wanted(self, node: Node, kind: str, where: str) -> Term:
        term = self.term(node)
        if term.kind not in (kind, "json"):
            raise mismatch(kind, term.kind, where)
        return term

    def call(self, node: Call) -> Term:
        kinds, result = SIGNATURES[node.name]
        args = [_as(self.wanted(arg, kind, node.name), kind) for arg, kind in zip(node.args, kinds, strict=False)]
        return Term(CALLED[node.name](*args), result)


def _decimal(expr: Any) -> Any:
    return Func(expr, template="(%(expressions)s)::numeric", output_field=DecimalField())


def _literal(node: Literal) -> Term:
    if node.kind == "number":
        return Term(Value(node.value, FloatField()), "number")
    if node.kind == "text":
        return Term(Value(node.value, TextField()), "text")
    if node.kind == "time":
        return Term(Value(moment_of(node.value), DateTimeField()), "time")
    if node.kind == "truth":
        return Term(Value(node.value, BooleanField()), "truth")
    if node.kind == "shape":
        return Term(Value(shape_of(node.value), GeometryField(srid=4326)), "shape")
    return Term(Value(None), node.kind)


def _shared_kind(left: Term, right: Term, where: str) -> str:
    kinds = {left.kind, right.kind} - {"json"}
    if not kinds:
        return "text"
    if len(kinds) > 1:
        raise mismatch(left.kind, right.kind, where)
    return kinds.pop()


def _as(term: Term, kind: str) -> Any:
    """A property of free form, taken as `kind`; null when it is of another."""
    if term.kind != "json":
        return term.expr
    text = Func(term.expr, template="((%(expressions)s) #>> '{}')", output_field=TextField())
    if kind == "text":
        return text
    if kind not in _OF_KIND:
        raise mismatch(kind, "json", "properties")
    named, field = _OF_KIND[kind]
    of_kind = Exact(Func(term.expr, function="jsonb_typeof", output_field=TextField()), Value(named))
    return Case(When(of_kind, then=Cast(text, field)), default=None, output_field=field)
