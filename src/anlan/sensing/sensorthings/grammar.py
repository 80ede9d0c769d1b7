"""Expressions of ``$filter`` and ``$orderby``: read by recursive descent into a small tree of bounded depth and size.

either  = both {"or" both}          both  = denied {"and" denied}       denied = "not" denied | compared
compared = sum [("eq"|"ne"|"gt"|"ge"|"lt"|"le") sum]
sum = product {("add"|"sub") product}    product = single {("mul"|"div"|"mod") single}
single = "-" single | "(" either ")" | literal | function "(" either {"," either} ")" | name {"/" name}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from anlan.kernel.errors import BadInput

from .tokens import Token, tokens_of, unreadable

#: Deepest nesting, and most operators and values in one expression.
DEEPEST = 32
MOST_NODES = 200
COMPARISONS = ("eq", "ne", "gt", "ge", "lt", "le")
SUMS = ("add", "sub")
PRODUCTS = ("mul", "div", "mod")
#: Functions by name: how many arguments they take.
FUNCTIONS: dict[str, tuple[int, int]] = {
    "substringof": (2, 2), "contains": (2, 2), "startswith": (2, 2), "endswith": (2, 2), "length": (1, 1), "indexof": (2, 2),
    "substring": (2, 3), "tolower": (1, 1), "toupper": (1, 1), "trim": (1, 1), "concat": (2, 2),
    "year": (1, 1), "month": (1, 1), "day": (1, 1), "hour": (1, 1), "minute": (1, 1), "second": (1, 1),
    "fractionalseconds": (1, 1), "now": (0, 0), "mindatetime": (0, 0), "maxdatetime": (0, 0), "totaloffsetminutes": (1, 1),
    "round": (1, 1), "floor": (1, 1), "ceiling": (1, 1),
    "geo.distance": (2, 2), "geo.intersects": (2, 2), "geo.length": (1, 1),
    "st_within": (2, 2), "st_intersects": (2, 2), "st_equals": (2, 2), "st_disjoint": (2, 2), "st_touches": (2, 2),
    "st_overlaps": (2, 2), "st_crosses": (2, 2), "st_contains": (2, 2),
}  # fmt: skip
_LITERALS = {
    "string": "text", "number": "number", "instant": "time", "date": "time", "interval": "interval", "duration": "duration",
    "shape": "shape",
}  # fmt: skip
_WORDS: dict[str, tuple[str, Any]] = {"true": ("truth", True), "false": ("truth", False), "null": ("nothing", None)}


@dataclass(frozen=True, slots=True)
class Literal:
    """`kind`: text, number, time (µs since 1970), interval (two of them), duration (µs), shape (WKT), truth, nothing."""

    kind: str
    value: Any


@dataclass(frozen=True, slots=True)
class Path:
    """A property, perhaps of a linked entity: ``("Datastream", "ObservedProperty", "name")``."""

    parts: tuple[str, ...]

    def __str__(self) -> str:
        return "/".join(self.parts)


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the standard with its arguments."""

    name: str
    args: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """A comparison (eq …) or an arithmetic operation (add …) of two."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Joined:
    """``and`` or ``or`` of two or more conditions."""

    operator: str
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Denied:
    part: Node


Node = Literal | Path | Call | Operation | Joined | Denied


def read_expression(text: str) -> Node:
    """The tree of a whole expression. Raises BadInput that names the place."""
    reader = _Reader(text)
    node = reader.either()
    reader.expect_end()
    return node


def read_order(text: str) -> list[tuple[Node, bool]]:
    """``$orderby``: expressions, each with whether it goes down."""
    reader = _Reader(text)
    found = []
    while True:
        node = reader.either()
        down = bool(reader.take_name("desc", "DESC"))
        if not down:
            reader.take_name("asc", "ASC")
        found.append((node, down))
        if not reader.take_sign(","):
            break
    reader.expect_end()
    return found


def conjuncts(node: Node | None) -> tuple[Node, ...]:
    """The conditions that must all hold."""
    if node is None:
        return ()
    return node.parts if isinstance(node, Joined) and node.operator == "and" else (node,)


def paths_in(node: Node) -> list[Path]:
    """All properties that an expression names."""
    if isinstance(node, Path):
        return [node]
    if isinstance(node, Literal):
        return []
    if isinstance(node, Denied):
        return paths_in(node.part)
    if isinstance(node, Operation):
        return [*paths_in(node.left), *paths_in(node.right)]
    return [path for part in (node.args if isinstance(node, Call) else node.parts) for path in paths_in(part)]


class _Reader:
    """Walks over the words once; each nested step is counted, so that no input can exhaust the stack."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens_of(text)
        self.at = 0
        self.depth = 0
        self.nodes = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def take_name(self, *names: str) -> str:
        token = self.token
        if token.kind == "name" and token.value in names:
            self.at += 1
            return str(token.value)
        return ""

    def take_sign(self, sign: str) -> bool:
        taken = self.token.kind == "sign" and self.token.value == sign
        self.at += taken
        return taken

    def expect_sign(self, sign: str) -> None:
        if not self.take_sign(sign):
            raise unreadable(self.text, self.token.at)

    def expect_end(self) -> None:
        if self.token.kind != "end":
            raise unreadable(self.text, self.token.at)

    def count(self) -> None:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise BadInput(
                _("条件太多，一个表达式最多 %(most)d 项") % {"most": MOST_NODES}, mend=_("请把条件拆成几次查询")
            )

    def deeper(self, by: int) -> None:
        self.depth += by
        if self.depth > DEEPEST:
            raise BadInput(_("括号套得太深，最多 %(most)d 层") % {"most": DEEPEST}, mend=_("请把条件写得平一些"))

    def either(self) -> Node:
        return self.joined("or", self.both)

    def both(self) -> Node:
        return self.joined("and", self.denied)

    def joined(self, operator: str, part: Any) -> Node:
        parts = [part()]
        while self.take_name(operator):
            self.count()
            parts.append(part())
        return parts[0] if len(parts) == 1 else Joined(operator, tuple(parts))

    def denied(self) -> Node:
        if not self.take_name("not"):
            return self.compared()
        self.deeper(1)
        part = self.denied()
        self.deeper(-1)
        return Denied(part)

    def compared(self) -> Node:
        left = self.sum()
        operator = self.take_name(*COMPARISONS)
        if not operator:
            return left
        self.count()
        return Operation(operator, left, self.sum())

    def sum(self) -> Node:
        return self.chained(SUMS, self.product)

    def product(self) -> Node:
        return self.chained(PRODUCTS, self.single)

    def chained(self, operators: tuple[str, ...], part: Any) -> Node:
        left: Node = part()
        entered = self.depth
        while operator := self.take_name(*operators):
            self.count()
            # The tree leans to the left: each further term is one step deeper.
            self.deeper(1)
            left = Operation(operator, left, part())
        self.depth = entered
        return left

    def single(self) -> Node:
        self.count()
        token = self.token
        if self.take_sign("-"):
            self.deeper(1)
            part = self.single()
            self.deeper(-1)
            if isinstance(part, Literal) and part.kind == "number":
                return Literal("number", -part.value)
            return Operation("sub", Literal("number", 0.0), part)
        if self.take_sign("("):
            self.deeper(1)
            node = self.either()
            self.deeper(-1)
            self.expect_sign(")")
            return node
        if token.kind in _LITERALS:
            self.at += 1
            return Literal(_LITERALS[token.kind], token.value)
        if token.kind != "name":
            raise unreadable(self.text, token.at)
        self.at += 1
        if self.take_sign("("):
            return self.call(token)
        if token.value in _WORDS:
            return Literal(*_WORDS[token.value])
        return self.path(token)

    def call(self, token: Token) -> Node:
        name = str(token.value)
        if name not in FUNCTIONS:
            raise BadInput(
                _("没有“%(name)s”这个函数") % {"name": name[:40]},
                mend=_("可用的函数：%(names)s") % {"names": "、".join(FUNCTIONS)},
            )
        args: list[Node] = []
        self.deeper(1)
        if not self.take_sign(")"):
            args.append(self.either())
            while self.take_sign(","):
                args.append(self.either())
            self.expect_sign(")")
        self.deeper(-1)
        least, most = FUNCTIONS[name]
        if not least <= len(args) <= most:
            raise BadInput(
                _("函数“%(name)s”要 %(most)d 个参数，给了 %(n)d 个") % {"name": name, "most": most, "n": len(args)},
                mend=_("请核对函数的参数"),
            )
        return Call(name, tuple(args))

    def path(self, token: Token) -> Node:
        parts = [str(token.value)]
        while self.take_sign("/"):
            if self.token.kind not in ("name", "number"):
                raise unreadable(self.text, self.token.at)
            value = self.token.value
            parts.append(str(int(value)) if self.token.kind == "number" else str(value))
            self.at += 1
        if len(parts) > 8:
            raise BadInput(_("路径“%(path)s”太长") % {"path": "/".join(parts)[:60]}, mend=_("请核对路径"))
        return Path(tuple(parts))
