"""Announced by the kernel about worlds: the real one and exercises."""

from __future__ import annotations

from typing import Any, ClassVar

from .base import Event, contract


@contract
class WorldPaced(Event):
    """The clock of a world changed its pace, stopped or ended. Announced by `kernel.exercises` inside the world itself.

    At the wall-clock instant `anchor_real` the world's clock showed `anchor_world`; from then on it runs `rate` times as fast
    (0: it stands still). Open pages set their clocks by these three.
    """

    subject: ClassVar[str] = "kernel.world.paced"
    world: str
    anchor_world: str
    anchor_real: str
    rate: float
    ended: bool = False

    def live(self) -> dict[str, Any]:
        return {
            "world": self.world, "anchor_world": self.anchor_world, "anchor_real": self.anchor_real, "rate": self.rate,
            "ended": self.ended,
        }  # fmt: skip


@contract
class WorldOpened(Event):
    """An exercise has begun. Announced by `kernel.exercises` inside the new world.

    Whoever takes part works in it from now on unless the person chose otherwise: every live stream looks anew in which world
    its person is.
    """

    subject: ClassVar[str] = "kernel.world.opened"
    world: str
    title: str

    def live(self) -> dict[str, Any]:
        return {"world": self.world}
