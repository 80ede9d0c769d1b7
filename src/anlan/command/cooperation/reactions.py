"""What cooperation does when others announce; loading this also says which services stand behind its steps."""

from __future__ import annotations

from anlan.command.models import Agreement
from anlan.events.command import IncidentClosed
from anlan.events.loops import DeadlinePassed
from anlan.kernel.context import Context
from anlan.kernel.reactions import reacts_to

from . import services


@reacts_to(DeadlinePassed, when=lambda event: (event.loop, event.state) == (Agreement.loop.key, "in_force"))
def review_agreement(ctx: Context, event: DeadlinePassed) -> None:
    """The days before its end have come: its review is owed."""
    services.begin_review(ctx, agreement=event.record)


@reacts_to(IncidentClosed)
def lapse_requests(ctx: Context, event: IncidentClosed) -> None:
    """Help that has not set out is not needed any more."""
    services.lapse_with_incident(ctx, incident=event.incident)
