"""Who may report for which station, and how far back single readings are still taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from anlan.kernel import clock
from anlan.kernel.context import Context
from anlan.kernel.exchanges import sent
from anlan.kernel.worlds import REAL

from . import store
from .retention import LEAST_DAYS

FEED = "sensing.observation.feed"
#: Stations that keys are bound to, and (in reality) what is thinned before when: asked at every batch, so in one question.
_BOUNDS = (
    "SELECT thing_id, NULL, NULL::timestamptz FROM sensing_feeder WHERE key = ANY(%s)"
    " UNION ALL SELECT NULL, property, thinned_before FROM sensing_retention WHERE %s AND thinned_before IS NOT NULL"
)


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


def bounds_of(ctx: Context) -> Callable[[], Bounds]:
    """The bounds of an actor: an account that is bound to stations may report for these and no other. Asked at once, answered when
    it is called."""
    asked = sent(_BOUNDS, [sorted({ctx.actor.key, *ctx.keys}), ctx.world == REAL], tuple)

    def answer() -> Bounds:
        rows = asked()
        bound = frozenset(station for station, _name, _at in rows if station is not None)
        return Bounds(bound or None, {name: at for _station, name, at in rows if name is not None})

    return answer
