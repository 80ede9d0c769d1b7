"""评估: exercises, replays and what was learnt."""

from __future__ import annotations

from typing import Any, ClassVar

from .base import Event, contract


@contract
class ReplayChanged(Event):
    """A replay was started, changed its speed, or ended (`state`)."""

    subject: ClassVar[str] = "review.replay.changed"
    replay: str
    state: str
    rate: float
    at: str

    def live(self) -> dict[str, Any]:
        return {"replay": self.replay, "state": self.state, "rate": self.rate, "at": self.at}
