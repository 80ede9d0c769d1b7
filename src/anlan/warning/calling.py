"""Whom a received warning asks, read from `data/calling.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

FILE = Path(__file__).parent / "data" / "calling.yaml"
MODES = ("call", "inform")


class BadCallingRules(ValueError):
    """The file does not hold together."""


@dataclass(frozen=True, slots=True)
class CallRule:
    """`levels` are levels of divisions; `urgent` rings the telephone at once."""

    mode: Literal["call", "inform"]
    levels: tuple[str, ...]
    urgent: bool


@cache
def _rules() -> tuple[dict[str, CallRule], dict[str, str], int]:
    raw: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    colours = {c: CallRule(r["mode"], tuple(r["levels"]), bool(r["urgent"])) for c, r in raw["colours"].items()}
    actions = dict(raw["actions"])
    wrong = [c for c, r in colours.items() if r.mode not in MODES or not set(r.levels) <= {"township", "village"}]
    wrong += [a for a, how in actions.items() if how not in ("by_colour", *MODES)]
    if wrong or "unknown" not in colours or set(actions) != {"issue", "raise", "lower", "continue"}:
        raise BadCallingRules(f"{FILE.name}: {wrong or 'a colour or an action is missing'}")
    return colours, actions, int(raw["acknowledge_min"])


def rule_for(colour: str, action: str) -> CallRule:
    """The rule for a warning of `colour` ("" unknown) whose action is issue, raise, lower or continue."""
    colours, actions, _minutes = _rules()
    rule = colours.get(colour or "unknown", colours["unknown"])
    how = actions[action]
    return rule if how == "by_colour" else CallRule("inform", rule.levels, False)


def acknowledge_min() -> int:
    """Minutes within which the duty room confirms that it has read a warning."""
    return _rules()[2]
