"""What somebody owes at a moment of the storm, and how it is done alone or together with its like."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from anlan.kernel.context import Context


@dataclass(frozen=True, slots=True)
class Together:
    """How acts of the same `name` are done at once: `run` takes (context, `what`) of each and returns for each its result or the
    Refused that stands against it."""

    name: str
    what: Any
    run: Callable[[Sequence[tuple[Context, Any]]], list[Any]]


@dataclass(frozen=True, slots=True)
class Act:
    """Something that the holder of `post` does at `due`. `key` names it, so that what is refused is not tried at every look.

    `together`: the same act for when many of its kind are due in one look.
    """

    key: str
    due: datetime
    post: str
    run: Callable[[Context], Any]
    together: Together | None = None
