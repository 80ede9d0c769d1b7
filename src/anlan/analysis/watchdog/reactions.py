"""Where the judgement is a reaction of the engine (no watching process of its own runs), the probe is passed on from there."""

from __future__ import annotations

from datetime import UTC, datetime

from anlan.events.sensing import ObservationsArrived
from anlan.kernel.context import Context
from anlan.kernel.reactions import reacts_to
from anlan.sensing.probing import CODE

from .services import announce_probes


def _brings_probe(event: ObservationsArrived) -> bool:
    return any(row[0] == CODE for row in event.readings)


@reacts_to(ObservationsArrived, when=_brings_probe)
def pass_probe_on(ctx: Context, event: ObservationsArrived) -> None:
    """The probe's reading has come as far as the judgement of all others."""
    announce_probes(
        (int(value), datetime.fromisoformat(at).astimezone(UTC))
        for code, _property, at, value in event.readings
        if code == CODE and value is not None
    )
