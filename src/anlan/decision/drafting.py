"""The draft of a plan as a form that an officer fills in, and back into the exported form. Pure.

Figures of conditions, signing, report intervals, cards and texts are edited; the shape of a condition (which variables, joined how)
stays as it is and is changed by a file in the exported form.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from .wording import condition_text

TEXTS = ("zh", "scope", "basis", "note")
LISTS = ("downgrade", "terminate")
NEW_CARDS = 3
_TRUE = ("1", "on", "true")


def form_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """What the form shows: ``{"texts", "lists", "levels": [{"level", "approve", "report", "leaves": [{"name", "text", "value", "unit"}],
    "cards": [{"n", "id", "role", "zh", "t0", "within"}]}]}``."""
    levels = []
    for level in _levels(content):
        name = str(level.get("level"))
        leaves = [
            {
                "name": f"{name}.leaf.{n}.{key}",
                "text": condition_text(leaf),
                "value": leaf[key],
                "unit": leaf.get("unit") or "",
                "end": key,
            }
            for n, leaf in enumerate(_leaves(level.get("triggers") or {}))
            for key in ("value", "min", "max", "area_pct")
            if isinstance(leaf.get(key), int | float) and not isinstance(leaf.get(key), bool)
        ]
        cards = [
            {
                "n": n,
                "id": c.get("id"),
                "role": c.get("role"),
                "zh": c.get("zh"),
                "t0": c.get("t0"),
                "within": c.get("within_min"),
            }
            for n, c in enumerate(level.get("tasks") or ())
        ]
        cards += [
            {"n": len(cards) + i, "id": "", "role": "", "zh": "", "t0": "start", "within": ""} for i in range(NEW_CARDS)
        ]
        approve = level.get("approve") or {}
        levels.append({
            "level": name, "role": approve.get("role", ""), "approve": approve.get("zh", ""), "report": level.get("report_every_min", ""),
            "leaves": leaves, "cards": cards,
        })  # fmt: skip
    return {
        "texts": {key: content.get(key, "") for key in TEXTS}, "lists": {key: "\n".join(content.get(key) or ()) for key in LISTS},
        "levels": levels,
    }  # fmt: skip


def filled(content: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """The draft with what was filled in. A field that is not in the form stays as it was; what cannot be read stays as typed, so that
    the check names it."""
    draft = copy.deepcopy(dict(content))
    for key in TEXTS:
        if key in given:
            text = given[key].strip()
            if text:
                draft[key] = text
            else:
                draft.pop(key, None)
    for key in LISTS:
        if key in given:
            draft[key] = list(dict.fromkeys(line.strip() for line in given[key].splitlines() if line.strip()))
    for level in _levels(draft):
        _fill_level(level, str(level.get("level")), given)
    return draft


def _fill_level(level: dict[str, Any], name: str, given: Mapping[str, str]) -> None:
    if text := given.get(f"{name}.approve", "").strip():
        level.setdefault("approve", {})["zh"] = text
    if role := given.get(f"{name}.role", "").strip():
        level.setdefault("approve", {})["role"] = role
    if f"{name}.report" in given:
        level["report_every_min"] = _number(given[f"{name}.report"])
    for n, leaf in enumerate(_leaves(level.get("triggers") or {})):
        for key in ("value", "min", "max", "area_pct"):
            field = f"{name}.leaf.{n}.{key}"
            if field in given:
                leaf[key] = _number(given[field])
    if f"{name}.cards" not in given:
        return
    tasks, before = [], list(level.get("tasks") or ())
    used = {c.get("id") for c in before if isinstance(c, Mapping)}
    for n in range(len(before) + NEW_CARDS):
        prefix = f"{name}.card.{n}."
        text = given.get(f"{prefix}zh", "").strip()
        if given.get(f"{prefix}gone") in _TRUE or (not text and n >= len(before)):
            continue
        if f"{prefix}zh" not in given:
            tasks += before[n : n + 1]
            continue
        card = dict(before[n]) if n < len(before) else {"id": _fresh(used)}
        used.add(card.get("id"))
        card |= {
            "zh": text, "role": given.get(f"{prefix}role", "").strip(), "t0": given.get(f"{prefix}t0", "start"),
            "within_min": _number(given.get(f"{prefix}within", "")),
        }  # fmt: skip
        tasks.append(card)
    level["tasks"] = tasks


def _fresh(used: set[Any]) -> str:
    return next(name for n in range(1, 10_000) if (name := f"own_{n}") not in used)


def _number(text: str) -> Any:
    """A number as typed; whatever else stays as typed."""
    text = text.strip()
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() else number


def _levels(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    given = content.get("levels")
    return [lv for lv in given if isinstance(lv, dict)] if isinstance(given, list) else []


def _leaves(condition: Any) -> Iterator[dict[str, Any]]:
    if not isinstance(condition, dict):
        return
    for key in ("any", "all"):
        for part in condition.get(key) or ():
            yield from _leaves(part)
    if "not" in condition:
        yield from _leaves(condition["not"])
    if "var" in condition:
        yield condition
