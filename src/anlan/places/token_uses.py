"""What a program with an access token may be let in for. Each room declares its own in a ``token_uses.py``.

A use is a set of permissions *and* the doors it opens: a token is refused at every other address, whatever its permissions are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context


@dataclass(frozen=True, slots=True)
class Limit:
    """A use that is for named things only (stations). ``bind(ctx, key=, scope=, names=)`` keeps it; ``names_of(key)`` reads it."""

    label: Any
    hint: Any
    bind: Callable[..., None]
    names_of: Callable[[str], list[str]]


@dataclass(frozen=True, slots=True)
class TokenUse:
    """`doors`: (methods, address) pairs; an address stands for itself and everything below it."""

    key: str
    title: Any
    explained: Any
    permissions: frozenset[str]
    doors: tuple[tuple[frozenset[str], str], ...]
    limit: Limit | None = None

    def opens(self, method: str, path: str) -> bool:
        path = path.rstrip("/")
        return any(
            method in methods and (path == door or path.startswith((door + "/", door + "(")))
            for methods, door in self.doors
        )


READ = frozenset({"GET", "HEAD"})
_uses: dict[str, TokenUse] = {}


def add_use(
    key: str, title: Any, explained: Any, *, permissions: Sequence[str],
    doors: Sequence[tuple[Sequence[str] | frozenset[str], str]], limit: Limit | None = None,
) -> TokenUse:  # fmt: skip
    """Declare a use; `key` is ``room.noun``, at most 40 letters. Raises ValueError for a second one of that name."""
    if key in _uses or len(key) > 40:
        raise ValueError(f"use of tokens {key} is declared twice, or its name is too long")
    opened = tuple((frozenset(methods), door.rstrip("/")) for methods, door in doors)
    _uses[key] = TokenUse(key, title, explained, frozenset(permissions), opened, limit)
    return _uses[key]


def token_uses() -> dict[str, TokenUse]:
    """All of them by key, in the order in which they were declared."""
    return dict(_uses)


def permissions_of(keys: Sequence[str]) -> frozenset[str]:
    """Over all uses that are still declared; a use that is gone allows nothing."""
    return frozenset(p for key in keys if key in _uses for p in _uses[key].permissions)


def opens(keys: Sequence[str], method: str, path: str) -> bool:
    return any(_uses[key].opens(method, path) for key in keys if key in _uses)


def reaches(ctx: Context) -> bool:
    """Whether the context is that of a token."""
    return ctx.actor.key.startswith("token:")


add_use(
    "kernel.webhook", _("查看事件推送"), _("看本地区的接收方和每条消息的送达情况；不能登记或修改接收方"),
    permissions=["kernel.webhook.view"], doors=[(READ, "/api/v1/webhooks")],
)  # fmt: skip
