"""Who may report for which station, and how far back single readings are still taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from anlan.kernel import clock
from anlan.kernel.context import Context
from anlan.kernel.worlds import REAL

from . import store
from .models import Feeder, Retention
from .retention import LEAST_DAYS

FEED = "sensing.observation.feed"


@dataclass(frozen=True, slots=True)
class Bounds:
    """`stations` None: all that the grants cover. `thinned`: by property, before when only hours are kept."""

    stations: frozenset[str] | None
    thinned: dict[str, datetime]

    def may_feed(self, code: str) -> bool:
        return self.stations is None or code in self.stations

    def is_thinned(self, name: str, at: datetime) -> bool:
        before = self.thinned.get(name)
        return before is not None and at <= before


def settle_bounds(ctx: Context, oldest_us: int) -> bool:
    """Whether the bounds must be read anew for readings as old as these, because thinning may have begun since they were read.

    True: the journal is locked now until the transaction ends, so that what is read from here on still holds when they are stored.
    """
    if ctx.world != REAL or oldest_us > store.micros(clock.real_now() - timedelta(days=LEAST_DAYS)):
        return False
    store.lock(ctx.world)
    return True


def bounds_of(ctx: Context) -> Bounds:
    """The bounds of an actor: an account that is bound to stations may report for these and no other."""
    bound = frozenset(
        Feeder.objects.filter(key__in=[ctx.actor.key, *sorted(ctx.keys)]).values_list("thing_id", flat=True)
    )
    thinned = {}
    if ctx.world == REAL:
        rows = Retention.objects.filter(thinned_before__isnull=False)
        thinned = {name: at for name, at in rows.values_list("property", "thinned_before") if at is not None}
    return Bounds(bound or None, thinned)
