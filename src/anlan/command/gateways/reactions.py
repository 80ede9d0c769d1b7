"""What a person at the screens has found true is a report like any other: it waits at the desk until somebody takes it."""

from __future__ import annotations

import uuid

from anlan.analysis.queries import open_signals
from anlan.command import incoming as queue
from anlan.command.models import Incoming
from anlan.events.loops import LoopStepped
from anlan.kernel.context import Context
from anlan.kernel.reactions import reacts_to
from anlan.kernel.wording import words as _
from anlan.places.queries import region_at


@reacts_to(LoopStepped, when=lambda event: (event.loop, event.step) == ("analysis.signal", "verify"))
def report_confirmed_signal(ctx: Context, event: LoopStepped) -> None:
    """A signal that somebody confirmed comes to the desk once; what is only measured stays on the page of signals."""
    signal = open_signals(ctx).filter(pk=event.record).select_related("station").first()
    if signal is None or signal.scheme == "device":
        return
    station = signal.station
    where = region_at(signal.scope)
    queue.receive(
        ctx, text=f"{signal.text}，{_('已人工核实')}", source=str(station.name if station else _("研判信号"))[:120],
        channel=Incoming.Channel.SENSOR, scope=signal.scope, region=where, position=getattr(station, "position", None),
        happened_at=signal.since, client_id=uuid.uuid5(uuid.UUID(event.record), "report"),
    )  # fmt: skip
