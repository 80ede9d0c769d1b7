"""Reading the facts that the house judges by: YAML files of the product, each fact with its source and confidence.

A file that is not machine-readable throughout is refused when it is loaded, with the file, the place and what is wrong:
a duplicate or unknown key, a missing source, an operator or order that nobody declared, a reference into nowhere.
`source` and `confidence` are inherited from the enclosing item where an item has none of its own.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .conditions import Condition, ConditionError, Leaf, Vocabulary, leaves, parse

CONFIDENCES = ("high", "medium", "low")
_REQUIRED: Any = object()
_ALWAYS_ALLOWED = frozenset({"source", "confidence", "note"})


class FactError(ValueError):
    """A fact file that cannot be trusted: `file`, `path` inside it, and `what` is wrong."""

    def __init__(self, file: str, path: str, what: str) -> None:
        super().__init__(f"{file}: {path}: {what}")
        self.file = file
        self.path = path
        self.what = what


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a fact comes from. Confidence `low` means a suggestion: screens mark it 建议值."""

    source: str
    confidence: str
    note: str = ""

    @property
    def suggested(self) -> bool:
        return self.confidence == "low"

    def as_dict(self) -> dict[str, Any]:
        return {"clause": self.source, "confidence": self.confidence, "suggested": self.suggested}


class _StrictLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Safe YAML that refuses a key written twice instead of keeping the last one."""


def _strict_mapping(loader: _StrictLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in seen:
            raise yaml.constructor.ConstructorError(None, None, f"key {key!r} is written twice", key_node.start_mark)
        seen[key] = loader.construct_object(value_node, deep=True)
    return seen


_StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _strict_mapping)


def strict_yaml(text: str) -> Any:
    """The document of a YAML text from outside: no key twice, no aliases (a few lines of them can stand for billions of values).

    Raises yaml.YAMLError.
    """
    for event in yaml.parse(text, Loader=_StrictLoader):
        if isinstance(event, yaml.AliasEvent):
            raise yaml.YAMLError(f"aliases (*{event.anchor}) are not read; write the value out")
    return yaml.load(text, Loader=_StrictLoader)


class Record:
    """One item of a fact file, read key by key; `done()` refuses what nobody asked for."""

    def __init__(self, file: str, path: str, data: Any, parent: Record | None = None) -> None:
        self.file = file
        self.path = path
        if not isinstance(data, Mapping):
            raise self.error(f"must be a mapping, not {data!r}")
        self.data: Mapping[str, Any] = data
        self._asked: set[str] = set(_ALWAYS_ALLOWED)
        source, confidence = data.get("source"), data.get("confidence")
        if source is not None and (not isinstance(source, str) or not source.strip()):
            raise self.error("source must be a text")
        if confidence is not None and confidence not in CONFIDENCES:
            raise self.error(f"confidence is one of {', '.join(CONFIDENCES)}, not {confidence!r}")
        self.source: str | None = source or (parent.source if parent else None)
        self.confidence: str | None = confidence or (parent.confidence if parent else None)

    def error(self, what: str, key: str = "") -> FactError:
        return FactError(self.file, f"{self.path}.{key}" if key else self.path, what)

    @property
    def provenance(self) -> Provenance:
        for key, value in (("source", self.source), ("confidence", self.confidence)):
            if value is None:
                raise self.error(f"has no {key}, of its own or inherited")
        return Provenance(str(self.source), str(self.confidence), self.text("note", ""))

    def has(self, key: str) -> bool:
        return key in self.data

    def raw(self, key: str, default: Any = _REQUIRED) -> Any:
        self._asked.add(key)
        if key not in self.data:
            if default is _REQUIRED:
                raise self.error(f"lacks {key}")
            return default
        return self.data[key]

    def text(self, key: str, default: Any = _REQUIRED) -> Any:
        value = self.raw(key, default)
        if key in self.data and (not isinstance(value, str) or not value.strip()):
            raise self.error(f"must be a text, not {value!r} (codes and times need quotes)", key)
        return value

    def one_of(self, key: str, choices: Collection[str], default: Any = _REQUIRED) -> Any:
        value = self.text(key, default)
        if key in self.data and value not in choices:
            raise self.error(f"{value!r} is not one of {', '.join(sorted(choices))}", key)
        return value

    def number(self, key: str, default: Any = _REQUIRED, *, least: float = -math.inf) -> Any:
        value = self.raw(key, default)
        if key in self.data and (
            isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < least
        ):
            raise self.error(
                f"must be a number{f' of at least {least:g}' if least > -math.inf else ''}, not {value!r}", key
            )
        return value

    def integer(self, key: str, default: Any = _REQUIRED, *, least: float = -math.inf, most: float = math.inf) -> Any:
        value = self.number(key, default, least=least)
        if key in self.data and not isinstance(value, int):
            raise self.error(f"must be a whole number, not {value!r}", key)
        if key in self.data and value > most:
            raise self.error(f"must be at most {most:g}, not {value!r}", key)
        return value

    def flag(self, key: str, default: Any = _REQUIRED) -> Any:
        value = self.raw(key, default)
        if key in self.data and not isinstance(value, bool):
            raise self.error(f"must be true or false, not {value!r}", key)
        return value

    def texts(self, key: str, default: Any = _REQUIRED) -> tuple[str, ...]:
        value = self.raw(key, default)
        if not isinstance(value, list | tuple) or any(not isinstance(v, str) or not v.strip() for v in value):
            raise self.error(f"must be a list of texts, not {value!r}", key)
        if len(set(value)) != len(value):
            raise self.error("names something twice", key)
        return tuple(value)

    def record(self, key: str) -> Record:
        return Record(self.file, f"{self.path}.{key}", self.raw(key), self)

    def records(self, key: str, id_key: str | None = "id", default: Any = _REQUIRED) -> list[Record]:
        """The items of a list; with `id_key`, each has one and no two the same."""
        value = self.raw(key, default)
        if not isinstance(value, list | tuple):
            raise self.error("must be a list", key)
        found: list[Record] = []
        seen: set[Any] = set()
        for i, item in enumerate(value):
            one = Record(self.file, f"{self.path}.{key}[{i}]", item, self)
            if id_key:
                name = one.text(id_key)
                one.path = f"{self.path}.{key}[{name}]"
                if name in seen:
                    raise one.error(f"{id_key} {name!r} is used twice")
                seen.add(name)
            found.append(one)
        return found

    def condition(self, key: str, vocabulary: Vocabulary, default: Any = _REQUIRED) -> Any:
        value = self.raw(key, default)
        if key not in self.data:
            return default
        try:
            return parse(value, vocabulary, f"{self.path}.{key}")
        except ConditionError as wrong:
            raise FactError(self.file, wrong.path, wrong.what) from None

    def refer(self, key: str, known: Collection[str], kind: str, default: Any = _REQUIRED) -> Any:
        """A reference that must lead somewhere."""
        value = self.text(key, default)
        if key in self.data and value not in known:
            raise self.error(f"{value!r} names no {kind}", key)
        return value

    def refer_all(self, key: str, known: Collection[str], kind: str, default: Any = _REQUIRED) -> tuple[str, ...]:
        value = self.texts(key, default)
        for name in value:
            if name not in known:
                raise self.error(f"{name!r} names no {kind}", key)
        return value

    def done(self) -> None:
        strange = sorted(str(k) for k in self.data if k not in self._asked)
        if strange:
            raise self.error(f"unknown keys {', '.join(strange)}")


def load_record(path: Path) -> Record:
    """Open a fact file strictly. Raises FactError when it is not YAML or writes a key twice."""
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as wrong:
        raise FactError(path.name, "$", str(wrong)) from wrong
    return Record(path.name, "$", data)


def read_vocabulary(root: Record) -> Vocabulary:
    """The orders and values that a file declares under `vocabulary`."""
    if not root.has("vocabulary"):
        return Vocabulary()
    section = root.record("vocabulary")
    tables: dict[str, dict[str, tuple[str, ...]]] = {}
    for name in ("orders", "values"):
        table = Record(root.file, f"$.vocabulary.{name}", section.raw(name, {}))
        tables[name] = {var: table.texts(var) for var in table.data}
        for var, listed in tables[name].items():
            if not listed:
                raise table.error("is empty", var)
    section_counted = frozenset(section.texts("counted_units", ()))
    section.done()
    return Vocabulary(tables["orders"], tables["values"], section_counted)


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable as the conditions of one file use it: what a person may be asked for, and in which form."""

    key: str
    kind: str
    unit: str | None
    texts: tuple[str, ...]


def variables_of(file: str, conditions: Iterable[tuple[str, Condition]]) -> dict[str, Variable]:
    """The variables of (path, condition) pairs; FactError where one is used with two kinds or two units."""
    found: dict[str, Variable] = {}
    for path, condition in conditions:
        for leaf in leaves(condition):
            one = Variable(leaf.key, leaf.kind, leaf.unit, leaf.texts)
            before = found.setdefault(leaf.key, one)
            if before != one:
                what = f"{leaf.key} is used as {_said(before)} and as {_said(one)}"
                raise FactError(file, path, what)
    return found


def _said(variable: Variable) -> str:
    return f"{variable.kind}{f' in {variable.unit}' if variable.unit else ''}"


def each_leaf(conditions: Iterable[tuple[str, Condition]]) -> Iterator[tuple[str, Leaf]]:
    for path, condition in conditions:
        for leaf in leaves(condition):
            yield path, leaf
