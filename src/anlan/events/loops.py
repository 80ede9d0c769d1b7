"""Announced by the kernel for every closed loop, so that no room has to repeat the plumbing."""

from __future__ import annotations

from typing import Any, ClassVar

from .base import Event, contract


@contract
class LoopOpened(Event):
    """A record entered its loop. Announced by `kernel.loops` in the transaction that created it."""

    subject: ClassVar[str] = "kernel.loop.opened"
    loop: str
    record: str
    state: str

    def live(self) -> dict[str, Any]:
        return {"loop": self.loop, "record": self.record, "state": self.state}


@contract
class LoopStepped(Event):
    """A record moved from one state to another through a declared step."""

    subject: ClassVar[str] = "kernel.loop.stepped"
    loop: str
    record: str
    step: str
    source: str
    target: str

    def live(self) -> dict[str, Any]:
        return {"loop": self.loop, "record": self.record, "step": self.step, "state": self.target}


@contract
class DeadlinePassed(Event):
    """Nobody acted in time: rung number `rung` of the escalation is due and `notify` (a role) has to be told.

    Announced once per rung; `owner_role` is who should have acted. Messaging reacts by reaching the person.
    """

    subject: ClassVar[str] = "kernel.deadline.passed"
    loop: str
    record: str
    state: str
    label: str
    owner_role: str
    owner_keys: list[str]
    notify: str
    rung: int
    due_at: str

    def live(self) -> dict[str, Any]:
        return {"loop": self.loop, "record": self.record, "rung": self.rung}
