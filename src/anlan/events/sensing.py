"""感知: what was measured or seen."""

from __future__ import annotations

from typing import Any, ClassVar

from .base import Event, contract


@contract
class ObservationsArrived(Event):
    """A batch of readings was stored. Announced by `sensing` so that criteria are judged and stations light up.

    `readings`: at most 500 rows ``[station code, property, phenomenon time, value or None]``; `period_s` is the length of the
    period that each reading closes (an hour of rain: 3600).
    """

    subject: ClassVar[str] = "sensing.observations.arrived"
    batch: str
    first: str
    last: str
    readings: list[tuple[str, str, str, float | None]]
    period_s: int = 3600

    def live(self) -> dict[str, Any]:
        newest = {(s, p): {"station": s, "property": p, "at": t, "value": v} for s, p, t, v in self.readings}
        return {"readings": list(newest.values())}
