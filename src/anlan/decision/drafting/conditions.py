"""The conditions of a level as rows: one comparison a row, rows of one group hold together, one group is enough. Pure.

Every shipped condition has this shape (any of: a comparison, or several that hold together). What is nested deeper, or says 并非, is not
taken apart: it stays as it is and is shown in words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .variables import Choice

NEW_ROWS = 3
#: What the row itself says; everything else of a comparison (its window …) stays while its variable does.
_SAID = ("var", "op", "value", "min", "max", "unit", "area_pct", "over", "over_unit", "note")


def rows_of(condition: Any) -> list[dict[str, Any]] | None:
    """``[{"n", "path", "group", "leaf"}]``; `path` as a finding names it (``any[1].all[0]``). None: nested deeper than rows can say."""
    if not isinstance(condition, Mapping) or not condition:
        return []
    if "var" in condition:
        return [{"n": 0, "path": "", "group": 1, "leaf": condition}]
    key = "all" if "all" in condition else "any"
    parts = condition.get(key)
    if len(condition) != 1 or not isinstance(parts, list):
        return None
    found: list[dict[str, Any]] = []
    for i, part in enumerate(parts):
        if not isinstance(part, Mapping):
            return None
        group = 1 if key == "all" else i + 1
        if "var" in part:
            found.append({"n": len(found), "path": f"{key}[{i}]", "group": group, "leaf": part})
        elif key == "any" and set(part) == {"all"} and isinstance(part["all"], list):
            if not all(isinstance(one, Mapping) and "var" in one for one in part["all"]):
                return None
            found += [
                {"n": len(found) + j, "path": f"any[{i}].all[{j}]", "group": group, "leaf": one}
                for j, one in enumerate(part["all"])
            ]
        else:
            return None
    return found


def shown_row(row: Mapping[str, Any], known: Mapping[str, Choice]) -> dict[str, Any]:
    """A row as its fields: texts stand in Chinese, figures as they are."""
    leaf = row["leaf"]
    choice = known.get(str(leaf.get("var")))
    op = str(leaf.get("op", ""))
    value = leaf.get("min") if op == "range" else leaf.get("value", "")
    said = [_said(v, choice) for v in value] if isinstance(value, list | tuple) else [_said(value, choice)]
    return {
        **row, "var": str(leaf.get("var", "")), "op": op, "value": "" if op in ("is_true", "is_false") else "、".join(said),
        "max": _figure(leaf.get("max")), "unit": leaf.get("unit") or (choice.unit if choice else ""),
        "area": _figure(leaf.get("area_pct")), "over": _figure(leaf.get("over")), "note": leaf.get("note", ""),
        "kind": choice.kind if choice else "number", "unknown": choice is None,
    }  # fmt: skip


def blank_row(n: int) -> dict[str, Any]:
    return {
        "n": n, "path": "", "group": "", "leaf": {}, "var": "", "op": ">=", "value": "", "max": "", "unit": "", "area": "", "over": "",
        "note": "", "kind": "number",
    }  # fmt: skip


def condition_of(before: Any, name: str, given: Mapping[str, str], known: Mapping[str, Choice]) -> Any:
    """The condition that the rows of level `name` say. Rows that say what they said before leave it as it was, piece by piece.

    A row without variable is left out; rows with the same group hold together; a row without group stands alone. What cannot be
    read as a figure stays as typed, so that the check names it.
    """
    rows = rows_of(before)
    if rows is None or f"{name}.whens" not in given:
        return before
    groups: dict[str, list[dict[str, Any]]] = {}
    for n in range(len(rows) + NEW_ROWS):
        prefix = f"{name}.when.{n}."
        old = rows[n] if n < len(rows) else None
        if f"{prefix}var" not in given:
            leaf, group = (dict(old["leaf"]), str(old["group"])) if old else ({}, "")
        else:
            leaf = _leaf(old, prefix, given, known)
            group = given.get(f"{prefix}group", "").strip()
        if leaf:
            groups.setdefault(group or f"alone {n}", []).append(leaf)
    parts = [rows[0] if len(rows) == 1 else {"all": rows} for rows in groups.values()]
    if isinstance(before, Mapping) and "var" in before and len(parts) == 1:
        return parts[0]
    if isinstance(before, Mapping) and "all" in before and len(parts) == 1:
        return {"all": groups[next(iter(groups))]}
    return {"any": parts}


def _leaf(
    old: Mapping[str, Any] | None, prefix: str, given: Mapping[str, str], known: Mapping[str, Choice]
) -> dict[str, Any]:
    said = {
        key: given.get(f"{prefix}{key}", "").strip() for key in ("var", "op", "value", "max", "area", "over", "note")
    }
    if not said["var"] or given.get(f"{prefix}gone"):
        return {}
    if old is not None:
        before = shown_row(old, known)
        if all(said[k] == str(before[k]) for k in said):
            return dict(old["leaf"])
    choice = known.get(said["var"])
    same = old is not None and old["leaf"].get("var") == said["var"]
    kept = {k: v for k, v in old["leaf"].items() if k not in _SAID} if old is not None and same else {}
    leaf: dict[str, Any] = {"var": said["var"], "op": said["op"], **kept}
    _compare(leaf, said, choice)
    unit = old["leaf"].get("unit") if old is not None and same else None
    if unit or (choice and choice.unit and choice.kind == "number"):
        leaf["unit"] = unit or (choice.unit if choice else "")
    if said["area"]:
        leaf["area_pct"] = read_figure(said["area"])
    if said["over"]:
        leaf["over"] = read_figure(said["over"])
        if old is not None and same and old["leaf"].get("over_unit"):
            leaf["over_unit"] = old["leaf"]["over_unit"]
    if said["note"]:
        leaf["note"] = said["note"]
    return leaf


def _compare(leaf: dict[str, Any], said: Mapping[str, str], choice: Choice | None) -> None:
    kind = choice.kind if choice else "number"
    if kind == "flag":
        if leaf["op"] not in ("is_true", "is_false"):
            leaf["op"] = "is_false" if said["value"] in ("否", "false", "0") else "is_true"
        return
    if leaf["op"] in ("is_true", "is_false"):
        return
    if leaf["op"] == "range":
        leaf |= {"min": read_figure(said["value"]), "max": read_figure(said["max"])}
        return
    parts = [p.strip() for p in said["value"].replace("，", "、").replace(",", "、").split("、") if p.strip()]
    read = [(choice.code_of(p) or p) if choice and kind == "text" else read_figure(p) for p in parts]
    leaf["value"] = read if leaf["op"] == "in" else read[0] if len(read) == 1 else said["value"]


def read_figure(text: str) -> Any:
    """A number as typed; whatever else stays as typed."""
    text = text.strip()
    try:
        number = float(text)
    except ValueError:
        return text
    if number != number or abs(number) == float("inf"):
        return text
    return int(number) if number.is_integer() else number


def _figure(value: Any) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _said(value: Any, choice: Choice | None) -> str:
    if isinstance(value, str) and choice is not None:
        return next((zh for code, zh in choice.texts if code == value), value)
    return _figure(value)
