"""A warning of the two highest colours proposes a consultation; loading this also says which services stand behind the steps."""

from __future__ import annotations

from anlan.events.warning import WarningReceived
from anlan.kernel.context import Context
from anlan.kernel.errors import NotFound
from anlan.kernel.reactions import reacts_to
from anlan.kernel.wording import words as _
from anlan.places.queries import region as region_of

from . import services

COLOURS = ("orange", "red")


@reacts_to(WarningReceived, when=lambda event: event.color in COLOURS and event.action in ("issue", "raise"))
def propose_for_warning(ctx: Context, event: WarningReceived) -> None:
    """One proposal for each county that the warning names; a person convenes it or says why not."""
    for code in event.regions:
        if len(code) != 6:
            continue
        try:
            region = region_of(code.ljust(12, "0"))
        except NotFound:
            continue
        services.propose_consultation(
            ctx, region=region, title=_("%(headline)s防范会商") % {"headline": event.headline[:120]},
            reason=_("收到%(issuer)s发布的预警") % {"issuer": event.issuer},
            about=("warning.notice", event.warning, f"/warnings/{event.warning}/"),
        )  # fmt: skip
