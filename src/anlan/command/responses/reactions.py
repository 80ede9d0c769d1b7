"""What responses do when decision announces. Imported by the room's `reactions`."""

from __future__ import annotations

from anlan.events.decision import ProposalApproved
from anlan.kernel.context import Context
from anlan.kernel.reactions import reacts_to

from . import nav, panels, services  # noqa: F401 (nav and panels register themselves)


@reacts_to(ProposalApproved)
def carry_out_approval(ctx: Context, event: ProposalApproved) -> None:
    services.carry_out(ctx, event)
