"""行动: what was really done on the ground."""

from __future__ import annotations

from typing import Any, ClassVar

from .base import Event, contract


@contract
class ShelterOpened(Event):
    """A shelter was opened or closed (`open`)."""

    subject: ClassVar[str] = "action.shelter.opened"
    shelter: str
    name: str
    region: str
    open: bool

    def live(self) -> dict[str, Any]:
        return {"shelter": self.shelter, "open": self.open}


@contract
class PeopleCounted(Event):
    """A new head count of a shelter, or of people moved out of a danger area. Totals are per region and world."""

    subject: ClassVar[str] = "action.people.counted"
    region: str
    shelter: str
    sheltered: int
    relocated_total: int
    at: str

    def live(self) -> dict[str, Any]:
        return {"shelter": self.shelter, "sheltered": self.sheltered, "relocated_total": self.relocated_total}
