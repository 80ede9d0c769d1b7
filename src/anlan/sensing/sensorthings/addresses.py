"""Addresses below ``/sta/v1.1/``: entity sets, entities by id, what is linked to them, single properties, references."""

from __future__ import annotations

import re
from dataclasses import dataclass

from anlan.kernel.errors import NotFound

Key = int | str

#: Most steps of one address; the standard names no bound.
MOST_STEPS = 8
_STEP = re.compile(r"(?P<name>[A-Za-z]\w*)(?:\((?P<id>\d{1,18}|'(?:[^']|'')*')\))?", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Step:
    """One part of an address: ``Datastreams(17)``, ``Thing``, or the name of a property. `key` None: no id was given."""

    name: str
    key: Key | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """Steps from the root. `reference`: only links are asked for; `value`: the bare value of a property."""

    steps: tuple[Step, ...]
    reference: bool = False
    value: bool = False


def read_address(text: str) -> Address:
    """Raises NotFound for what is no address of this API."""
    parts = _parts(text.strip("/"))
    reference, value = parts[-1:] == ["$ref"], parts[-1:] == ["$value"]
    steps = []
    for part in parts[:-1] if reference or value else parts:
        match = _STEP.fullmatch(part)
        if match is None:
            raise NotFound()
        steps.append(Step(match["name"], None if match["id"] is None else read_key(match["id"])))
    if not steps or len(steps) > MOST_STEPS:
        raise NotFound()
    return Address(tuple(steps), reference, value)


def read_key(text: str) -> Key:
    """An id as it stands in brackets: a number, or text in quotation marks."""
    return int(text) if text.isdigit() else text[1:-1].replace("''", "'")


def written_key(key: Key) -> str:
    """The id as it stands in an address."""
    return str(key) if isinstance(key, int) else "'" + key.replace("'", "''") + "'"


def _parts(text: str) -> list[str]:
    """Cut at the strokes that stand outside quotation marks."""
    parts, start, quoted = [], 0, False
    for at, sign in enumerate(text):
        if sign == "'":
            quoted = not quoted
        elif sign == "/" and not quoted:
            parts.append(text[start:at])
            start = at + 1
    return [*parts, text[start:]] if text else []
