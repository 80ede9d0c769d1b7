"""平台运行: whether the platform itself works."""

from __future__ import annotations

from typing import Any, ClassVar

from .base import Event, contract


@contract
class ProbePassed(Event):
    """The platform's own probe was judged. Announced by `analysis` so that it walks on over the bus to the pages; the watchdog alone
    hears it, on the bus and on a live stream of its own.

    `number` tells probes apart (milliseconds since 1970 at which it was sent); times are of the wall clock.
    """

    subject: ClassVar[str] = "analysis.probe.passed"
    number: int
    stored_at: str
    judged_at: str

    def live(self) -> dict[str, Any]:
        return {"number": self.number}
