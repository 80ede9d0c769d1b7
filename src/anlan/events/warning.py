"""预警: official warnings received, and departmental ones issued."""

from __future__ import annotations

from typing import Any, ClassVar

from .base import Event, contract


@contract
class WarningReceived(Event):
    """An official warning arrived and was accepted (never re-issued). `action`: issue, raise, lower, continue.

    `regions` are short division codes that the warning names and that this platform knows.
    """

    subject: ClassVar[str] = "warning.notice.received"
    warning: str
    identifier: str
    hazard: str
    color: str
    action: str
    issuer: str
    sent_at: str
    headline: str
    regions: list[str]
    simulated: bool = False

    def live(self) -> dict[str, Any]:
        return {"warning": self.warning, "hazard": self.hazard, "color": self.color, "headline": self.headline}


@contract
class WarningEnded(Event):
    """A warning was cancelled, replaced or ran out. `cause`: cancelled, replaced, expired."""

    subject: ClassVar[str] = "warning.notice.ended"
    warning: str
    hazard: str
    color: str
    cause: str
    regions: list[str]

    def live(self) -> dict[str, Any]:
        return {"warning": self.warning, "cause": self.cause}
