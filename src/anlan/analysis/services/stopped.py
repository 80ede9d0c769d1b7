"""What cannot be judged is named to people, and no longer once it can."""

from __future__ import annotations

import traceback
from collections.abc import Collection

from anlan.kernel import clock
from anlan.kernel.context import Context

from ..models import StoppedRule


def note_stopped(ctx: Context, *, what: str, error: BaseException) -> StoppedRule:
    """Keep a failure for a person. `what`: a station's code, or `StoppedRule.of_book` of a path."""
    now = clock.real_now()
    text = "".join(traceback.format_exception(error))[-8000:]
    row, created = StoppedRule.objects.get_or_create(
        world_id=ctx.world, station=what, ended_at=None, defaults={"error": text, "since": now, "at": now}
    )
    if not created:
        row.error, row.at, row.times = text, now, row.times + 1
        row.save(update_fields=["error", "at", "times"])
    return row


def end_stopped(ctx: Context, *, what: Collection[str]) -> int:
    """These are judged again; returns how many of them were not."""
    rows = StoppedRule.objects.filter(world_id=ctx.world, station__in=list(what), ended_at__isnull=True)
    return rows.update(ended_at=clock.real_now())
