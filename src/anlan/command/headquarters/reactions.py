"""What the command post at the scene does when others announce; loading this also says which services stand behind its steps."""

from __future__ import annotations

from anlan.events.command import IncidentClosed
from anlan.kernel.context import Context
from anlan.kernel.reactions import reacts_to

from . import site_services


@reacts_to(IncidentClosed)
def end_site_post(ctx: Context, event: IncidentClosed) -> None:
    """The command post ends with its incident."""
    site_services.end_with_incident(ctx, incident=event.incident)
