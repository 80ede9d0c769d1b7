"""The shape every announcement has.

An event is frozen and versioned: a published field is never renamed, retyped or removed; a new meaning is a new version.
`subject` is `<room>.<noun>.<past participle>` and becomes the bus subject.
"""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all events. Payload fields are plain JSON types; ids are strings, times ISO 8601 with offset."""

    subject: ClassVar[str] = ""
    version: ClassVar[int] = 1

    def live(self) -> dict[str, Any]:
        """The few harmless fields that go to open pages with the notice; pages fetch the rest through scoped queries."""
        return {}


_KNOWN: dict[str, type[Event]] = {}


def contract(cls: type[Event]) -> type[Event]:
    """Register an event class under its subject. Raises ValueError when a subject is declared twice."""
    if not cls.subject or cls.subject in _KNOWN:
        raise ValueError(f"event subject missing or declared twice: {cls.__name__} {cls.subject!r}")
    _KNOWN[cls.subject] = cls
    return cls


def known() -> dict[str, type[Event]]:
    """All registered contracts by subject."""
    return dict(_KNOWN)


def decode(subject: str, payload: dict[str, Any]) -> Event:
    """Rebuild an event from its stored payload. Raises KeyError for an unknown subject, msgspec.ValidationError for a bad one."""
    return msgspec.convert(payload, _KNOWN[subject])
