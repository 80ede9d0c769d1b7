"""Announced about messages to other systems that a person asked for by hand."""

from __future__ import annotations

from typing import Any, ClassVar

from .base import Event, contract


@contract
class WebhookAsked(Event):
    """Somebody asked for a test message, for one to be sent again, or changed a subscription: the engine looks at once."""

    subject: ClassVar[str] = "kernel.webhook.asked"
    subscription: str


@contract
class WebhookAnswered(Event):
    """What became of a message that was asked for by hand is written down; the open page of the subscription shows it."""

    subject: ClassVar[str] = "kernel.webhook.answered"
    subscription: str
    delivery: int

    def live(self) -> dict[str, Any]:
        return {"subscription": self.subscription}
