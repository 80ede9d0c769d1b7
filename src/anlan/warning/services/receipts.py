"""Each addressed county confirms for itself: a warning received once for several of them asks every duty room concerned."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from anlan.kernel.context import Context, system
from anlan.kernel.loops import open_records, transition, transition_all
from anlan.places.models import Region

from ..areas import duty_paths
from ..models import Notice, WarningReceipt


def ask_receipts(ctx: Context, notice: Notice, regions: Sequence[Region]) -> list[WarningReceipt]:
    """Open one receipt per duty room below the place for which the warning was received; none where that room is the only one."""
    places = Region.objects.filter(path__in=[p for p in duty_paths(ctx, regions) if p != notice.scope])
    rows = [
        {"notice": notice, "region": place, "scope": place.path, "shared_with": [place.key]} for place in places.order_by("path")
    ]  # fmt: skip
    found: list[WarningReceipt] = open_records(ctx, WarningReceipt, rows) if rows else []
    return found


def acknowledge_receipt(ctx: Context, *, receipt: WarningReceipt, note: str = "") -> WarningReceipt:
    """The county's duty room has read it. Where no room stands above the counties, the last of them puts the warning in force."""
    machine = system("warning.receipts", world=ctx.world, cause=ctx.actor.key)
    with transaction.atomic():
        # The warning before its receipts, as its end locks them: two that lock in opposite order would wait for ever.
        notice = Notice.objects.in_world(machine).select_for_update(of=("self",)).filter(pk=receipt.notice_id).first()
        done: WarningReceipt = transition(
            ctx, receipt, "acknowledge", evidence={"note": note} if note else {}, note=note[:500],
            by_name=f"{ctx.actor.name} {ctx.actor.post}".strip()[:160],
        )  # fmt: skip
        open_ones = WarningReceipt.objects.in_world(machine).open().filter(notice=receipt.notice_id)
        waits = notice is not None and notice.state == "received" and notice.due_at is None
        if notice is not None and waits and not open_ones.exists():
            transition(machine, notice, "all_acknowledge")
    return done


def lapse_receipts(machine: Context, notice: Notice) -> None:
    """The warning has ended: nobody owes a receipt any more. Who had not given one stays visible."""
    transition_all(machine, list(WarningReceipt.objects.in_world(machine).open().filter(notice=notice)), "lapse")
