"""联络: who was reached, who answered, who did not."""

from __future__ import annotations

from typing import Any, ClassVar

from .base import Event, contract


@contract
class CallAnswered(Event):
    """Somebody responsible for a region answered a call (叫应). `means`: app, phone, by_hand."""

    subject: ClassVar[str] = "messaging.call.answered"
    round: str
    call: str
    region: str
    answered_by: str
    means: str

    def live(self) -> dict[str, Any]:
        return {"round": self.round, "call": self.call, "region": self.region}


@contract
class CallExhausted(Event):
    """The whole ladder of a region was called and nobody answered: a person has to go there."""

    subject: ClassVar[str] = "messaging.call.exhausted"
    round: str
    call: str
    region: str

    def live(self) -> dict[str, Any]:
        return {"round": self.round, "call": self.call, "region": self.region}


@contract
class MessageDelivered(Event):
    """A message reached a mailbox, a screen or a simulated telephone, or finally failed (`ok` false)."""

    subject: ClassVar[str] = "messaging.message.delivered"
    message: str
    channel: str
    ok: bool

    def live(self) -> dict[str, Any]:
        return {"message": self.message, "ok": self.ok}
