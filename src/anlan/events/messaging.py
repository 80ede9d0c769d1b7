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


@contract
class MessageSent(Event):
    """A message was put into the inboxes of people (`count` of them); their bells ring. Shared with their person keys only."""

    subject: ClassVar[str] = "messaging.message.sent"
    message: str
    count: int
    urgent: bool

    def live(self) -> dict[str, Any]:
        return {"message": self.message, "urgent": self.urgent}


@contract
class PhoneRang(Event):
    """The telephone that is only simulated (模拟) rang at a person's. `calls` are the calls (叫应) it was about, if any.

    Whoever plays the person reacts: answers after a while through `messaging.services.answer_call`, or stays silent.
    """

    subject: ClassVar[str] = "messaging.phone.rang"
    delivery: str
    message: str
    person: str
    username: str
    name: str
    calls: list[str]
    text: str

    def live(self) -> dict[str, Any]:
        return {"delivery": self.delivery}


@contract
class CallRoundStarted(Event):
    """A round of calls (叫应) began: `calls` regions must answer, about the object named."""

    subject: ClassVar[str] = "messaging.round.started"
    round: str
    why: str
    calls: int
    urgent: bool
    about_type: str
    about_id: str

    def live(self) -> dict[str, Any]:
        return {"round": self.round, "why": self.why, "calls": self.calls}
