"""评估: exercises, replays and what was learnt."""

from __future__ import annotations

from typing import Any, ClassVar

from .base import Event, contract


@contract
class ReplayChanged(Event):
    """A replay was started, changed its speed, or ended (`state`). `held`: why it runs slower for now."""

    subject: ClassVar[str] = "review.replay.changed"
    replay: str
    state: str
    rate: float
    at: str
    anchor_world: str = ""
    anchor_real: str = ""
    held: str = ""

    def live(self) -> dict[str, Any]:
        told = {"replay": self.replay, "state": self.state, "rate": self.rate, "at": self.at, "held": self.held}
        # Pages set their clocks by these two.
        return told | (
            {"anchor_world": self.anchor_world, "anchor_real": self.anchor_real} if self.anchor_world else {}
        )


@contract
class ReportMade(Event):
    """An after-action report was written about a response or an incident, and is kept with it."""

    subject: ClassVar[str] = "review.report.made"
    subject_type: str
    about: str
    paper: str
    name: str

    def live(self) -> dict[str, Any]:
        return {"about": self.about, "paper": self.paper}
