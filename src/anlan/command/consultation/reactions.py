"""A warning of a colour and kind that the region names proposes a consultation. Loading this also gives the steps their services."""

from __future__ import annotations

from anlan.events.warning import WarningReceived
from anlan.kernel.context import Context
from anlan.kernel.errors import NotFound
from anlan.kernel.reactions import reacts_to
from anlan.kernel.wording import words as _
from anlan.places.queries import region as region_of

from . import services
from .scheduling import asks_for


@reacts_to(WarningReceived, when=lambda event: event.action in ("issue", "raise"))
def propose_for_warning(ctx: Context, event: WarningReceived) -> None:
    """One proposal for each county that the warning names; a person convenes it or says why not."""
    for code in event.regions:
        if len(code) != 6:
            continue
        try:
            region = region_of(code.ljust(12, "0"))
        except NotFound:
            continue
        if not asks_for(region, event.hazard, event.color):
            continue
        services.propose_consultation(
            ctx, region=region, title=_("%(headline)s防范会商") % {"headline": event.headline[:120]},
            reason=_("收到%(issuer)s发布的预警") % {"issuer": event.issuer},
            about=("warning.notice", event.warning, f"/warnings/{event.warning}/"),
        )  # fmt: skip
