"""The draft of a plan as a form that an officer fills in, and back into the exported form. Pure.

Conditions are rows (`conditions`), so are cards, organisation, resources, the notification list, annexes and maps (`sections`). What a
form does not show stays as it was; what cannot be read stays as typed, so that the check names it beside its line (`beside`).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from ..data.plan_document import LEVELS
from ..wording import condition_text
from .beside import faults_of, placed
from .conditions import NEW_ROWS, blank_row, condition_of, read_figure, rows_of, shown_row
from .sections import LISTED, fill_list, list_rows
from .variables import choices_for

TEXTS = ("zh", "scope", "basis", "note", "upper", "source")
LISTS = ("downgrade", "terminate")
NEW_CARDS = 3
_TRUE = ("1", "on", "true")
CONFIDENCES = ("high", "medium", "low")


def form_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """What the form shows: ``{"texts", "lists", "own", "levels": [{"level", "approve", "report", "whens", "said", "cards"}], "tables",
    "missing", "choices"}``. `whens` None: a condition nested deeper than rows can say, shown in words (`said`)."""
    known = choices_for(content)
    levels = [_level_form(level, known) for level in _levels(content)]
    own = content.get("variables")
    return {
        "texts": {key: content.get(key, "") for key in TEXTS},
        "lists": {key: "\n".join(content.get(key) or ()) for key in LISTS},
        "own": "\n".join(
            " ".join(str(v.get(k)) for k in ("var", "zh", "unit") if v.get(k))
            for v in (own if isinstance(own, list) else ()) if isinstance(v, Mapping)
        ),
        "levels": levels, "tables": {listed.name: list_rows(content, listed) for listed in LISTED},
        "missing": [name for name in reversed(LEVELS) if name not in {lv["level"] for lv in levels}],
        "choices": list(known.values()), "lines": [
            (str(n.get("id")), str(n.get("zh") or n.get("role"))) for n in content.get("notify") or () if isinstance(n, Mapping)
        ],
    }  # fmt: skip


def _level_form(level: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    tasks = [c for c in level.get("tasks") or () if isinstance(c, Mapping)]
    places = {c.get("id"): n for n, c in enumerate(tasks, start=1)}
    cards = [
        {
            "n": n, "no": n + 1, "id": c.get("id"), "role": c.get("role"), "zh": c.get("zh"), "t0": c.get("t0"),
            "within": c.get("within_min"),
            "needs": "、".join(str(places.get(name, name)) for name in c.get("needs") or ()),
            "takes": c.get("takes_min", ""), "place": c.get("place", ""), "renew": bool(c.get("renew")),
            "steps": "\n".join(c.get("steps") or ()),
        }
        for n, c in enumerate(tasks)
    ]  # fmt: skip
    cards += [
        {
            "n": len(tasks) + i, "no": len(tasks) + i + 1, "id": "", "role": "", "zh": "", "t0": "start", "within": "", "needs": "",
            "takes": "", "place": "", "renew": False, "steps": "",
        }
        for i in range(NEW_CARDS)
    ]  # fmt: skip
    rows = rows_of(level.get("triggers"))
    whens = None
    if rows is not None:
        whens = [shown_row(row, known) for row in rows] + [blank_row(len(rows) + i) for i in range(NEW_ROWS)]
    approve = level.get("approve") or {}
    return {
        "level": str(level.get("level")), "role": approve.get("role", ""), "approve": approve.get("zh", ""),
        "report": level.get("report_every_min", ""), "source": level.get("source", ""), "confidence": level.get("confidence", ""),
        "note": level.get("note", ""), "whens": whens, "said": "" if whens is not None else condition_text(level["triggers"]),
        "cards": cards, "asked": len(tasks),
    }  # fmt: skip


def beside_rows(form: dict[str, Any], beside: Mapping[str, list[dict[str, str]]]) -> dict[str, Any]:
    """The form with each line's problems at the line (`wrong`), and what is left of a level at its head."""
    for level in form["levels"]:
        name = level["level"]
        level["wrong"] = beside.get(name, [])
        for row in level["whens"] or ():
            row["wrong"] = beside.get(f"{name}.when.{row['n']}", [])
        for card in level["cards"]:
            card["wrong"] = beside.get(f"{name}.card.{card['id']}", []) if card["id"] else []
        level["troubled"] = any(card["wrong"] for card in level["cards"])
    for name, rows in form["tables"].items():
        for row in rows:
            row["wrong"] = beside.get(f"{name}.{row['id']}", []) if row["id"] else []
    return form


def filled(
    content: Mapping[str, Any], given: Mapping[str, str], many: Callable[[str], list[str]] | None = None
) -> dict[str, Any]:
    """The draft with what was filled in. A field that is not in the form stays as it was; what cannot be read stays as typed, so that
    the check names it. `many`: all values of a field (a line of ticks)."""
    draft = copy.deepcopy(dict(content))
    every = many or (lambda name: [given[name]] if name in given else [])
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
    if "variables" in given:
        _fill_own(draft, given["variables"])
    known = choices_for(draft)
    for level in _levels(draft):
        _fill_level(level, str(level.get("level")), given, known)
    gone = {name for name in LEVELS if given.get(f"{name}.gone") in _TRUE}
    if gone:
        draft["levels"] = [lv for lv in draft["levels"] if not (isinstance(lv, dict) and lv.get("level") in gone)]
    if given.get("level.add") in LEVELS:
        _add_level(draft, given["level.add"])
    for listed in LISTED:
        fill_list(draft, listed, given, every)
    return draft


def _fill_own(draft: dict[str, Any], text: str) -> None:
    """Variables of the locality's own, one a line: code, name, unit."""
    rows = [line.split(maxsplit=2) for line in text.splitlines() if line.strip()]
    made = [dict(zip(("var", "zh", "unit"), parts, strict=False)) for parts in rows]
    if made:
        draft["variables"] = made
    else:
        draft.pop("variables", None)


def _fill_level(level: dict[str, Any], name: str, given: Mapping[str, str], known: Mapping[str, Any]) -> None:
    if text := given.get(f"{name}.approve", "").strip():
        level.setdefault("approve", {})["zh"] = text
    if role := given.get(f"{name}.role", "").strip():
        level.setdefault("approve", {})["role"] = role
    if f"{name}.report" in given:
        level["report_every_min"] = read_figure(given[f"{name}.report"])
    for key in ("source", "note", "confidence"):
        if f"{name}.{key}" not in given:
            continue
        text = given[f"{name}.{key}"].strip()
        if text and (key != "confidence" or text in CONFIDENCES):
            level[key] = text
        else:
            level.pop(key, None)
    level["triggers"] = condition_of(level.get("triggers"), name, given, known)
    if f"{name}.cards" not in given:
        return
    tasks, before = [], [c for c in level.get("tasks") or () if isinstance(c, dict)]
    used = {c.get("id") for c in before}
    numbers: dict[str, Any] = {}
    for n in range(len(before) + NEW_CARDS):
        prefix = f"{name}.card.{n}."
        text = given.get(f"{prefix}zh", "").strip()
        if given.get(f"{prefix}gone") in _TRUE or (not text and n >= len(before)):
            continue
        if f"{prefix}zh" not in given:
            tasks += [dict(c) for c in before[n : n + 1]]
            numbers |= {str(n + 1): c.get("id") for c in before[n : n + 1]}
            continue
        card = dict(before[n]) if n < len(before) else {"id": _fresh(used)}
        used.add(card.get("id"))
        numbers[str(n + 1)] = card.get("id")
        card |= {
            "zh": text, "role": given.get(f"{prefix}role", "").strip(), "t0": given.get(f"{prefix}t0", "start"),
            "within_min": read_figure(given.get(f"{prefix}within", "")),
        }  # fmt: skip
        _fill_steps(card, prefix, given)
        tasks.append(card)
    _tie_cards(tasks, numbers, name, before, given)
    level["tasks"] = tasks


def _fill_steps(card: dict[str, Any], prefix: str, given: Mapping[str, str]) -> None:
    """The process of the card, how long its work takes, where it binds, whether every order renews it."""
    if f"{prefix}steps" not in given:
        return
    lines = list(dict.fromkeys(line.strip() for line in given[f"{prefix}steps"].splitlines() if line.strip()))
    said: dict[str, Any] = {
        "steps": lines,
        "takes_min": read_figure(given.get(f"{prefix}takes", "")) if given.get(f"{prefix}takes", "").strip() else None,
        "place": given.get(f"{prefix}place", ""), "renew": given.get(f"{prefix}renew") in _TRUE,
    }  # fmt: skip
    for key, value in said.items():
        if value in ([], None, "", False):
            card.pop(key, None)
        else:
            card[key] = value


def _tie_cards(
    tasks: list[dict[str, Any]], numbers: Mapping[str, Any], name: str, before: list[dict[str, Any]], given: Mapping[str, str]
) -> None:  # fmt: skip
    """Which card waits for which, typed as the numbers at the edge; what is no number of a card stays as typed."""
    index = {c.get("id"): n for n, c in enumerate(before)}
    at = {v: int(k) - 1 for k, v in numbers.items()}
    for card in tasks:
        n = index.get(card.get("id"), at.get(card.get("id")))
        field = f"{name}.card.{n}.needs"
        if field not in given:
            continue
        typed = [p.strip() for p in given[field].replace("，", "、").replace(",", "、").split("、") if p.strip()]
        needs = list(dict.fromkeys(str(numbers.get(p, p)) for p in typed))
        if needs:
            card["needs"] = needs
        else:
            card.pop("needs", None)


def _add_level(draft: dict[str, Any], name: str) -> None:
    """A level that the plan lacked, begun as its nearest neighbour says it; its figures are then set."""
    levels = _levels(draft)
    if any(lv.get("level") == name for lv in levels):
        return
    near = min(levels, key=lambda lv: abs(LEVELS.get(str(lv.get("level")), 9) - LEVELS[name]), default=None)
    made = (
        copy.deepcopy(near) if near else {"tasks": [], "approve": {"role": "hq_office_head", "zh": "指挥部办公室主任"}}
    )
    made |= {"level": name, "zh": f"{name}级", "confidence": "low"}
    made.pop("order", None)
    draft["levels"] = sorted([*levels, made], key=lambda lv: -LEVELS.get(str(lv.get("level")), 9))


def _fresh(used: set[Any]) -> str:
    return next(name for n in range(1, 10_000) if (name := f"own_{n}") not in used)


def _levels(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    given = content.get("levels")
    return [lv for lv in given if isinstance(lv, dict)] if isinstance(given, list) else []


__all__ = ["LISTED", "beside_rows", "faults_of", "filled", "form_of", "placed"]
