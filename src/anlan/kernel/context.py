"""Who acts, with what rights, in which world, and why: the first argument of every service.

The kernel knows no regions and no organisations. A scope is an opaque path such as ``"a/b/c/"``; a grant on a path covers
everything below it. `places` fills the grants in.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from . import clock
from .errors import NotAllowed
from .worlds import REAL

#: A permission that covers every other one; carried by the named system actor only.
EVERYTHING = "*"
#: How people read what a part of the platform did that bears no name of their language.
PLATFORM = "平台"


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody or something that can be held to account. `key` is stable (``person:<uuid>``, ``system:<name>``)."""

    key: str
    name: str
    post: str = ""
    simulated: bool = False

    @property
    def signature(self) -> str:
        """Who signs, with the post in which it is done; at most 160 characters, as the columns that keep it."""
        return (f"{self.name}（{self.post}）" if self.post else self.name)[:160]


@dataclass(frozen=True, slots=True)
class Grant:
    """A role held on a path, with the permissions that the role carries there (``room.noun.verb``)."""

    role: str
    path: str
    permissions: frozenset[str] = frozenset()

    def allows(self, permission: str) -> bool:
        return EVERYTHING in self.permissions or permission in self.permissions


@dataclass(frozen=True, slots=True)
class Context:
    """Actor, grants, audience keys, world and cause of one request, reaction or command.

    `keys` are the audiences that the actor belongs to (``org:…``, ``post:…``, ``person:…``); a record shared with one of
    them is visible without a grant on its path. `cause` names what led here (a request id or an event id).
    """

    actor: Actor
    grants: tuple[Grant, ...] = ()
    keys: frozenset[str] = frozenset()
    world: uuid.UUID = REAL
    cause: str = ""
    language: str = "zh-hans"
    reading: clock.Reading | None = field(default=None, compare=False)
    _known: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    #: When some of these grants end by the calendar; who keeps a context for longer than a request must look at it.
    ends_at: datetime | None = field(default=None, compare=False)

    def now(self) -> datetime:
        """The time of the context's world (aware). In an exercise this is the exercise's clock."""
        return (self.reading or clock.read(self.world)).now()

    def once(self, key: tuple[Any, ...], ask: Callable[[], Any]) -> Any:
        """The answer to a question that several parts of one page ask: asked once in the life of this context (a request).

        `key` names all that the answer depends on. Never for what the same request changes.
        """
        if key not in self._known:
            self._known[key] = ask()
        return self._known[key]

    def may(self, permission: str, path: str) -> bool:
        """True when some grant allows `permission` on `path` or above it."""
        return any(g.allows(permission) and path.startswith(g.path) for g in self.grants)

    def require(self, permission: str, path: str) -> None:
        """Raise NotAllowed unless `may`."""
        if not self.may(permission, path):
            raise NotAllowed(permission=permission, path=path)

    def holds(self, role: str, path: str) -> bool:
        """True when the actor holds `role` on `path` or above it. The system actor holds every role."""
        return any((g.role == role or EVERYTHING in g.permissions) and path.startswith(g.path) for g in self.grants)

    def paths(self, permission: str) -> tuple[str, ...]:
        """The highest paths on which `permission` is granted, without those already covered by another one."""
        mine = sorted({g.path for g in self.grants if g.allows(permission)})
        return tuple(p for i, p in enumerate(mine) if not any(p.startswith(q) for q in mine[:i]))

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(g.role for g in self.grants)

    @property
    def is_exercise(self) -> bool:
        return self.world != REAL

    def caused_by(self, cause: str) -> Context:
        return replace(self, cause=cause)

    def inside(self, world: uuid.UUID) -> Context:
        """The same actor in another world (its clock is read anew)."""
        return replace(self, world=world, reading=clock.read(world))


def system(name: str, *, world: uuid.UUID = REAL, cause: str = "") -> Context:
    """The context of a named part of the platform itself. "The system" is an actor with a name, never nobody.

    The part stays in the key; people read `PLATFORM`, or the name itself when it is written for them.
    """
    grant = Grant(role="system", path="", permissions=frozenset({EVERYTHING}))
    shown = PLATFORM if name.isascii() else name
    return Context(actor=Actor(key=f"system:{name}", name=shown), grants=(grant,), world=world, cause=cause)
