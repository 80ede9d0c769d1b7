"""The variables that a condition may ask for, as the editor offers them: name, unit, and what it may be compared with. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from anlan.analysis.data.warning_signals import shipped_signals
from anlan.kernel.facts import Variable

from ..checking.triggers import known_variables
from ..data.response_levels import shipped_plans
from ..data.variables import words
from ..proposing import ABOVE

COLOURS = ("none", "blue", "yellow", "orange", "red")


@dataclass(frozen=True, slots=True)
class Choice:
    """`kind`: number, text or flag; `texts`: (code, Chinese) of a text, lowest first where there is an order."""

    var: str
    zh: str
    kind: str
    unit: str
    texts: tuple[tuple[str, str], ...]

    def code_of(self, said: str) -> str | None:
        """The code of a text typed by its code or its Chinese; None when it is neither."""
        said = said.strip()
        return next((code for code, zh in self.texts if said in (code, zh)), None)


@cache
def known_choices() -> dict[str, Choice]:
    """Every variable that the platform can know, by name; those with a figure first."""
    shapes: dict[str, Variable] = {}
    for plan in shipped_plans():
        for key, variable in plan.variables.items():
            shapes.setdefault(key.partition("@")[0], variable)
    found = [_choice(name, shapes.get(name)) for name in known_variables() if not name.endswith(".*")]
    order = {"number": 0, "text": 1, "flag": 2}
    return {
        c.var: c for c in sorted(found, key=lambda c: (c.var.startswith(("signal.", "city_")), order[c.kind], c.var))
    }


def choices_for(content: Mapping[str, Any]) -> dict[str, Choice]:
    """The known variables and those that the plan declares as its locality's own."""
    found = dict(known_choices())
    own = content.get("variables")
    for part in own if isinstance(own, list) else ():
        if isinstance(part, Mapping) and isinstance(part.get("var"), str) and part["var"]:
            name = part["var"]
            found[name] = Choice(name, str(part.get("zh") or name), "number", str(part.get("unit") or ""), ())
    return found


def _choice(name: str, shape: Variable | None) -> Choice:
    said = words()
    if name.startswith("signal."):
        signal = shipped_signals().signals.get(name.removeprefix("signal."))
        called = signal.zh if signal else name
        zh = said.names.get(name) or f"{called}{'' if '预警' in called else '预警'}（生效中）"
        return Choice(name, zh, "text", "", tuple((c, said.value(c)) for c in COLOURS))
    if name.startswith("city_response."):
        return Choice(name, _above(name), "text", "", tuple((c, said.value(c)) for c in ABOVE))
    if shape is None:
        return Choice(name, said.name(name), "number", said.unit(name), ())
    texts = tuple((t, said.value(t)) for t in shape.texts if t != "*")
    return Choice(name, said.name(name), shape.kind, shape.unit or "", texts)


def _above(name: str) -> str:
    hazard = name.removeprefix("city_response.")
    plan = next((p for p in shipped_plans() if p.hazard == hazard), None)
    return words().names.get(name) or f"市级{plan.zh if plan else hazard}应急响应"
