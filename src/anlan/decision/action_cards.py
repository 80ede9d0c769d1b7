"""Action cards (三化一卡): what one role has to do, level by level, on one small page. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .comparing import condition_text
from .wording import STARTS, minutes_text, role_name

ORDER = ("event", "receive", "proposal", "start")


def roles_with_cards(plan: Mapping[str, Any]) -> list[dict[str, Any]]:
    """``[{"role", "name", "cards", "levels"}]`` of a plan in the exported form, who has most to do first."""
    found: dict[str, dict[str, Any]] = {}
    for level in _levels(plan):
        for card in level.get("tasks") or ():
            entry = found.setdefault(
                card["role"], {"role": card["role"], "name": role_name(card["role"]), "ids": set(), "levels": []}
            )
            entry["ids"].add(card["id"])
            if level["level"] not in entry["levels"]:
                entry["levels"].append(level["level"])
    rows = [{**e, "cards": len(e.pop("ids"))} for e in found.values()]
    return sorted(rows, key=lambda e: (-e["cards"], e["role"]))


def card_of(plan: Mapping[str, Any], role: str) -> dict[str, Any]:
    """The card of one role: ``{"role", "name", "held_by", "levels": [{"level", "approve", "report_every", "when", "tasks": [{"zh", "limit",
    "steps", "needs"}]}], "tell": [{"name", "within"}], "told_by": […]}``; no levels when the role has no card."""
    levels = []
    for level in _levels(plan):
        cards = [c for c in level.get("tasks") or () if c["role"] == role]
        if not cards:
            continue
        texts = {c["id"]: c["zh"] for c in level.get("tasks") or ()}
        cards.sort(key=lambda c: (ORDER.index(c["t0"]), c["within_min"]))
        levels.append({
            "level": level["level"], "approve": level["approve"]["zh"], "report_every": minutes_text(level["report_every_min"]),
            "when": condition_text(level["triggers"]),
            "tasks": [
                {
                    "zh": c["zh"], "limit": f"{STARTS[c['t0']]} {minutes_text(c['within_min'])}内", "steps": list(c.get("steps") or ()),
                    "needs": [texts.get(n, n) for n in c.get("needs") or ()],
                }
                for c in cards
            ],
        })  # fmt: skip
    member: Mapping[str, Any] = next((m for m in plan.get("organisation") or () if m.get("role") == role), {})
    lines = {n["id"]: n for n in plan.get("notify") or ()}
    mine = {n["id"] for n in lines.values() if n["role"] == role}
    return {
        "role": role, "name": role_name(role), "held_by": list(member.get("held_by") or ()),
        "duty": member.get("duty", ""), "levels": levels,
        "tell": [
            {"name": n.get("zh") or role_name(n["role"]), "within": n["within_min"]}
            for n in lines.values()
            if n.get("after") in mine
        ],
        "told_by": [
            lines[n["after"]].get("zh") if n.get("after") in lines else "值班室" for n in lines.values() if n["role"] == role
        ],
    }  # fmt: skip


def _levels(plan: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    given = [lv for lv in plan.get("levels") or () if isinstance(lv, Mapping)]
    return sorted(given, key=lambda lv: ("I", "II", "III", "IV").index(lv["level"]))
