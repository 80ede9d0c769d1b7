"""What public opinion does when others announce. Imported by the room's `reactions`."""

from __future__ import annotations

from anlan.command.models import Incoming
from anlan.events.loops import LoopStepped
from anlan.kernel.context import Context
from anlan.kernel.reactions import reacts_to

from . import services
from .services.topics import follow_incoming

__all__ = ["follow_taken_report", "services"]


@reacts_to(LoopStepped, when=lambda e: e.loop == "command.incoming" and e.target in ("registered", "joined"))
def follow_taken_report(ctx: Context, event: LoopStepped) -> None:
    found = Incoming.objects.in_world(ctx).select_related("incident").filter(pk=event.record).first()
    if found is not None:
        follow_incoming(ctx, found)
