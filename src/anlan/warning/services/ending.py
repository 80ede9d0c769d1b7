"""How a warning is confirmed as read, and how it ends: by its issuer's message or by its own time."""

from __future__ import annotations

import logging
from typing import Any

from django.db import transaction

from anlan.events.warning import WarningEnded
from anlan.kernel.announcing import announce
from anlan.kernel.context import Context, system
from anlan.kernel.loops import transition
from anlan.kernel.models import World
from anlan.kernel.outages import is_outage

from ..loops import OPEN
from ..models import Notice
from .receipts import lapse_receipts

log = logging.getLogger("anlan.warning")

STEPS = {"cancelled": "cancel", "replaced": "replace", "expired": "expire"}


def acknowledge_notice(ctx: Context, *, notice: Notice, note: str = "") -> Notice:
    """The duty room has read it."""
    return transition(ctx, notice, "acknowledge", evidence={"note": note} if note else {})


def end_notice(ctx: Context, *, notice: Notice, cause: str, by: Notice | None = None) -> Notice:
    """End it because of `cause` (cancelled, replaced, expired); one that has ended already is left as it is."""
    machine = system("warning.notices", world=ctx.world, cause=ctx.cause or ctx.actor.key)
    fields: dict[str, Any] = {"ended_by": by} if by is not None else {}
    with transaction.atomic():
        rows = Notice.objects.in_world(machine).select_for_update(of=("self",))
        fresh = rows.filter(pk=notice.pk, state__in=OPEN).first()
        if fresh is None:
            return notice
        ended: Notice = transition(machine, fresh, STEPS[cause], **fields)
        lapse_receipts(machine, ended)
        event = WarningEnded(
            warning=str(ended.pk), hazard=ended.hazard, color=ended.color, cause=cause,
            regions=[r.short_code for r in ended.regions.all()],
        )  # fmt: skip
        announce(machine, event, scope=ended.scope, shared_with=ended.shared_with)
    return ended


def expire_due() -> int:
    """End every warning whose time has run out by the clock of its world; returns how many. Called by the engine.

    One that cannot be ended is logged and holds up no other.
    """
    ended = 0
    for world in World.objects.filter(ended_at__isnull=True):
        ctx = system("warning.expiry", world=world.pk)
        for notice in Notice.objects.in_world(ctx).filter(state__in=OPEN, expires_at__lte=ctx.now()):
            try:
                end_notice(ctx, notice=notice, cause="expired")
            except Exception as error:
                if is_outage(error):
                    raise
                log.exception("warning %s could not be ended", notice.pk)
            else:
                ended += 1
    return ended
