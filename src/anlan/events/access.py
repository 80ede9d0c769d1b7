"""Announced when what somebody may see, or the world somebody works in, has changed."""

from __future__ import annotations

from typing import ClassVar

from .base import Event, contract


@contract
class AccessChanged(Event):
    """Somebody got or lost a post, was deactivated, changed the password, signed out, or stepped into another world.

    Announced by `places` in the transaction that changed it. Every live stream that answers to one of `keys` (``person:…``,
    ``post:…``, ``org:…``) reads its rights anew before it passes on anything that came later. Pages are told nothing of it.
    """

    subject: ClassVar[str] = "kernel.access.changed"
    keys: list[str]
