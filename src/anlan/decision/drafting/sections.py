"""The lists of a draft as rows: organisation, resources, notification list, annexes, maps; and back. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..data.plan_document import CHANNELS, LEVELS
from .conditions import read_figure

NEW_ROWS = 2


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of the plan: `fields` its columns, `key` what a finding names a row by, `wanted` the field without which a row is none."""

    name: str
    fields: tuple[str, ...]
    key: str
    wanted: str


LISTED = (
    Listed("organisation", ("role", "zh", "held_by", "duty"), "role", "role"),
    Listed("resources", ("zh", "item", "quantity", "unit", "role", "place"), "id", "zh"),
    Listed("notify", ("role", "zh", "levels", "by", "within_min", "after"), "id", "role"),
    Listed("sections", ("title", "text"), "title", "title"),
    Listed("annexes", ("title", "text"), "title", "title"),
    Listed("maps", ("title", "text"), "title", "title"),
)


def list_rows(content: Mapping[str, Any], listed: Listed) -> list[dict[str, Any]]:
    """Rows with one text (or list of choices) a field, and empty ones at the end."""
    rows = []
    for n, item in enumerate(_items(content, listed.name)):
        row: dict[str, Any] = {"n": n, "id": item.get(listed.key, ""), "area": item.get("area")}
        for name in listed.fields:
            row[name] = _shown(name, item.get(name))
        rows.append(row)
    blank: dict[str, Any] = {name: [] if name in ("levels", "by") else "" for name in listed.fields}
    return rows + [{**blank, "n": len(rows) + i, "id": "", "area": None} for i in range(NEW_ROWS)]


def fill_list(
    draft: dict[str, Any], listed: Listed, given: Mapping[str, str], many: Callable[[str], list[str]]
) -> None:
    """Write the rows of one list into the draft; a list that is not in the form stays as it was."""
    if f"{listed.name}.rows" not in given:
        return
    before = _items(draft, listed.name)
    used = {str(item.get("id")) for item in before}
    kept = []
    for n in range(len(before) + NEW_ROWS):
        prefix = f"{listed.name}.{n}."
        if f"{prefix}{listed.wanted}" not in given:
            kept += before[n : n + 1]
            continue
        if given.get(f"{prefix}gone") or not given[f"{prefix}{listed.wanted}"].strip():
            continue
        item = dict(before[n]) if n < len(before) else {}
        if n >= len(before) and listed.key == "id":
            item["id"] = next(name for i in range(1, 10_000) if (name := f"{listed.name}_{i}") not in used)
            used.add(item["id"])
        for name in listed.fields:
            _take(item, name, f"{prefix}{name}", given, many)
        kept.append(item)
    if kept or listed.name in draft:
        draft[listed.name] = kept


def _take(
    item: dict[str, Any], name: str, field: str, given: Mapping[str, str], many: Callable[[str], list[str]]
) -> None:
    value: Any
    if name in ("levels", "by"):
        if f"{field}.shown" not in given:
            return
        allowed = tuple(LEVELS) if name == "levels" else CHANNELS
        chosen = [v for v in allowed if v in many(field)]
        # all levels is what is meant when the line names none
        value = None if set(chosen) == set(allowed) and name not in item else chosen
    elif field not in given:
        return
    elif name == "held_by":
        value = list(dict.fromkeys(p.strip() for p in given[field].replace("，", "、").split("、") if p.strip()))
    elif name in ("quantity", "within_min"):
        value = read_figure(given[field]) if given[field].strip() else None
    else:
        value = given[field].strip()
    now, before = _shown(name, value), _shown(name, item.get(name))
    if now == before or (isinstance(now, list) and set(now) == set(before)):
        return
    if value in (None, "", []):
        item.pop(name, None)
    else:
        item[name] = value


def _shown(name: str, value: Any) -> Any:
    if name == "levels":
        return list(value) if value else list(LEVELS) if value is None else []
    if name == "by":
        return list(value) if value else ["phone"] if value is None else []
    if name == "held_by":
        return "、".join(value or ())
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _items(content: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    given = content.get(name)
    return [dict(item) for item in given if isinstance(item, Mapping)] if isinstance(given, list | tuple) else []
