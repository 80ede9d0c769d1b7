"""The words in which a ledger is declared. What the model already says (label, kind, choices, length) is not said again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from django.contrib.gis.db.models import PointField
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import FieldDoesNotExist
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

FieldKind = Literal[
    "text", "longtext", "int", "decimal", "bool", "choice", "choices", "date", "datetime", "place", "region", "link"
]


class BadLedger(ValueError):
    """A ledger declaration that does not hold together. A programming error."""


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a ledger: a field of the model, and how it is used.

    Everything after `export` is taken from the model when left out. `listed` shows it in the list at first; `search` lets the
    search box look into it; `filter` offers it as a condition; `total` adds it up where places are counted on the map;
    `aliases` are other headings under which spreadsheets bring it.
    """

    name: str
    listed: bool = True
    search: bool = False
    filter: bool = False
    total: bool = False
    editable: bool = True
    export: bool = True
    unit: Any = ""
    aliases: tuple[str, ...] = ()
    label: Any = ""
    kind: FieldKind | Literal[""] = ""
    help: Any = ""
    required: bool | None = None
    choices: tuple[tuple[str, Any], ...] = ()
    max_length: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    #: For `link`: the model it points to, found by this field of it.
    target: Any = None
    found_by: str = "code"
    #: Not a column of the table but a property of the row: it is shown, and neither typed nor sorted by.
    computed: bool = False
    #: Said once, when the row is entered: others refer to the row by it.
    fixed: bool = False

    @property
    def numeric(self) -> bool:
        return self.kind in ("int", "decimal")

    @property
    def ranged(self) -> bool:
        """Conditions on it may be ranges: ``5..9``, ``..2016-07-20``."""
        return self.numeric or self.kind in ("date", "datetime")


@dataclass(frozen=True, slots=True)
class BulkAction:
    """Something done to all ticked rows: ``run(ctx, ledger, rows) -> text`` says what was done; a response
    is shown as it is. Needs `permission` of the key."""

    name: str
    label: Any
    run: Callable[[Any, Any, list[Any]], Any]
    permission: str = "change"


#: Fields of every row that a ledger may name although they are not the room's own.
_REGION = Field("scope", kind="region", label=_("区划"), required=True, aliases=("所属区划", "行政区划", "region"))


@dataclass(frozen=True, eq=False)
class Ledger:
    """A ledger. `key` is ``room.noun``; its permissions are ``<key>.view``, ``.change``, ``.import`` and ``.export``.

    `fields`: names of model fields or `Field`s, in the order of the columns. The region (`scope`) comes first by itself, and a
    position with its accuracy comes last when the model has one.
    `identity`: the fields by which a line of a spreadsheet is recognised as a row that is already there.
    `check(values)`: faults across fields, as (field, message) pairs. `symbol`: how its places are drawn. `basis`: the rule or
    standard that asks for this ledger, shown on the page.
    """

    key: str
    model: Any
    title: Any
    fields: Sequence[Field | str]
    identity: tuple[str, ...] = ("code",)
    name_field: str = "name"
    stage: str = "base"
    order: int = 50
    ordering: tuple[str, ...] = ()
    symbol: str = "point"
    #: Whether the map shows its places at first.
    shown: bool = True
    #: False: the one map does not offer them, because another layer shows the same things; the ledger's own map does.
    on_map: bool = True
    check: Callable[[dict[str, Any]], Sequence[tuple[str, Any]]] | None = None
    bulk: tuple[BulkAction, ...] = ()
    basis: Any = ""
    #: Shown on the empty page: how rows get here.
    empty: Any = ""
    #: Room's own rule before a row is written: ``guard(ctx, row, verb)`` with verb create, change, retire or restore. It raises
    #: Refused, or completes what follows from the fields declared.
    guard: Callable[[Any, Any, str], None] | None = None
    #: What else happens in the transaction that wrote a row: ``follow(ctx, row, verb)``.
    follow: Callable[[Any, Any, str], None] | None = None
    #: What else may be done with a row, as buttons of its page: ``actions(ctx, row) -> [{"label", "url", "main"}]``.
    actions: Callable[[Any, Any], list[dict[str, Any]]] | None = None
    #: Related rows that computed fields read, fetched once for the whole list.
    prefetch: tuple[str, ...] = ()
    #: Loops or other things about a row: ``related(ctx, row) -> [{"title", "items": [{"text", "url", "state"}]}]``.
    related: Callable[[Any, Any], list[dict[str, Any]]] | None = None
    #: What its places hold by kind, added up where places are counted on the map: ``contents(ctx, rows) -> [(label, amount, unit)]``.
    contents: Callable[[Any, Any], Iterable[tuple[str, Any, str]]] | None = None
    resolved: tuple[Field, ...] = field(default=(), init=False)

    def __post_init__(self) -> None:
        named = [Field(f) if isinstance(f, str) else f for f in self.fields]
        own = {f.name for f in named}
        if "scope" not in own:
            named.insert(0, _REGION)
        for extra in ("position", "accuracy_m"):
            if extra not in own and _has(self.model, extra):
                named.append(Field(extra, listed=False))
        if "sample" not in own and _has(self.model, "sample"):
            named.append(Field("sample", listed=False, filter=True, editable=False))
        object.__setattr__(self, "resolved", tuple(self._resolve(f) for f in named))
        for name in (*self.identity, self.name_field):
            if name not in {f.name for f in self.resolved}:
                raise BadLedger(f"ledger {self.key}: {name!r} is not one of its fields")
        if len({f.name for f in self.resolved}) != len(self.resolved):
            raise BadLedger(f"ledger {self.key}: a field is declared twice")

    def _resolve(self, declared: Field) -> Field:
        if declared.name == "scope":
            known = declared if declared is _REGION else replace(
                declared, kind="region", label=declared.label or _REGION.label, required=True,
                aliases=(*_REGION.aliases, *declared.aliases),
            )  # fmt: skip
            return replace(known, filter=True)
        if declared.computed:
            return replace(declared, kind="text", editable=False, export=False, required=False)
        try:
            column = self.model._meta.get_field(declared.name)
        except FieldDoesNotExist:
            raise BadLedger(f"ledger {self.key}: {self.model.__name__} has no field {declared.name!r}") from None
        kind = declared.kind or _kind_of(column)
        if kind is None:
            raise BadLedger(
                f"ledger {self.key}: fields like {type(column).__name__} ({declared.name}) have no form yet"
            )
        inner = column.base_field if isinstance(column, ArrayField) else column
        low, high = _bounds(inner)
        return replace(
            declared,
            kind=kind,
            label=declared.label or column.verbose_name,
            help=declared.help or column.help_text,
            required=declared.required if declared.required is not None else _is_required(column),
            choices=declared.choices or tuple(inner.flatchoices or ()),
            max_length=declared.max_length or inner.max_length,
            minimum=declared.minimum if declared.minimum is not None else low,
            maximum=declared.maximum if declared.maximum is not None else high,
            target=column.related_model if kind == "link" else None,
        )

    def field(self, name: str) -> Field:
        for known in self.resolved:
            if known.name == name:
                return known
        raise KeyError(f"ledger {self.key} has no field {name!r}")

    @property
    def form_fields(self) -> list[Field]:
        return [f for f in self.resolved if f.editable]

    @property
    def sheet_fields(self) -> list[Field]:
        return [f for f in self.resolved if f.export]

    @property
    def has_position(self) -> bool:
        return any(f.kind == "place" for f in self.resolved)

    @property
    def place_field(self) -> str:
        return next(f.name for f in self.resolved if f.kind == "place")

    def permission(self, verb: str) -> str:
        return f"{self.key}.{verb}"


def _has(model: Any, name: str) -> bool:
    return any(f.name == name for f in model._meta.get_fields())


def _kind_of(column: Any) -> FieldKind | None:
    if isinstance(column, PointField):
        return "place"
    if isinstance(column, ArrayField):
        return "choices"
    if isinstance(column, models.ForeignKey):
        return "link"
    if column.choices:
        return "choice"
    table: tuple[tuple[type[Any], FieldKind], ...] = (
        (models.TextField, "longtext"),
        (models.CharField, "text"),
        (models.BooleanField, "bool"),
        (models.DateTimeField, "datetime"),
        (models.DateField, "date"),
        (models.IntegerField, "int"),
        (models.DecimalField, "decimal"),
        (models.FloatField, "decimal"),
    )
    return next((kind for cls, kind in table if isinstance(column, cls)), None)


def _is_required(column: Any) -> bool:
    return not (column.blank or column.null or column.has_default() or isinstance(column, models.BooleanField))


def _bounds(column: Any) -> tuple[float | None, float | None]:
    low: float | None = (
        0 if isinstance(column, models.PositiveIntegerField | models.PositiveSmallIntegerField) else None
    )
    high: float | None = 32767 if isinstance(column, models.SmallIntegerField) else None
    if isinstance(column, models.IntegerField) and high is None:
        high = 2147483647
    for check in getattr(column, "_validators", ()):
        limit: Any = getattr(check, "limit_value", None)
        if isinstance(check, MinValueValidator):
            low = limit if low is None else max(low, limit)
        elif isinstance(check, MaxValueValidator):
            high = limit if high is None else min(high, limit)
    return low, high
