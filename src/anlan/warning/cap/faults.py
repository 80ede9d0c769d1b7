"""What is wrong with a message: where, what, and how to mend it, in Chinese and in English.

The wording lives in ``data/faults.yaml``, one entry per code, so that every door says the same sentence.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import yaml

WORDING = Path(__file__).parent / "data" / "faults.yaml"

MENDABLE = frozenset({"order", "element_unknown"})
"""Faults of form that leave the meaning clear: a lenient reader keeps the message and says so."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One finding. ``level`` is ``error`` (refuses the message) or ``notice`` (kept, but say so)."""

    path: str
    code: str
    message_zh: str
    message_en: str
    mend_zh: str
    mend_en: str
    level: str = "error"

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


@cache
def wording() -> dict[str, dict[str, str]]:
    return yaml.safe_load(WORDING.read_text("utf-8"))


def fault(path: str, code: str, *, level: str | None = None, **details: object) -> Fault:
    """The fault ``code`` at ``path``, its sentences filled with ``details``; values from outside are shortened."""
    entry = wording()[code]
    values = {name: _shown(value) for name, value in details.items()}

    def say(key: str) -> str:
        return entry[key].format(**values)

    return Fault(
        path=path,
        code=code,
        message_zh=say("zh"),
        message_en=say("en"),
        mend_zh=say("mend_zh"),
        mend_en=say("mend_en"),
        level=level or entry.get("level", "error"),
    )


def _shown(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 80 else text[:77] + "…"


class CapRefused(ValueError):
    """The message cannot be used; ``errors`` says everything at once, ``notices`` what else was seen."""

    def __init__(self, errors: Iterable[Fault], notices: Iterable[Fault] = ()) -> None:
        self.errors = tuple(errors)
        self.notices = tuple(notices)
        super().__init__("; ".join(f"{e.path}: {e.message_en}" for e in self.errors))
