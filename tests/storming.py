"""A replay of the storm whose clock is moved by hand: everything that is due happens in the test's own process."""

from __future__ import annotations

from datetime import datetime, timedelta

from anlan.kernel import clock
from anlan.kernel.context import system
from anlan.kernel.engine.timers import pass_due
from anlan.kernel.exercises import set_rate
from anlan.kernel.models import World
from anlan.kernel.reactions import drain
from anlan.review.demonstration import seed
from anlan.review.models import Presence, Replay
from anlan.review.replay import cast
from anlan.review.replay.player import advance
from anlan.review.services import start_replay
from anlan.warning.services import expire_due


def at(text: str) -> datetime:
    """``20 12:40`` of July 2016, or the whole moment."""
    return datetime.fromisoformat(f"2016-07-{text.replace(' ', 'T')}:00+08:00" if len(text) < 10 else text)


class Storm:
    """A replay on a standing clock: `to` moves it, and everything that is due happens in this process."""

    def __init__(self, replay: Replay) -> None:
        self.replay = replay
        self.world = replay.world_id

    @property
    def ctx(self):
        return system("test", world=self.world)

    def now(self) -> datetime:
        return clock.read(self.world).now()

    def show(self, moment: datetime) -> None:
        World.objects.filter(pk=self.world).update(anchor_world=moment, anchor_real=clock.real_now(), rate=0)

    def settle(self) -> None:
        """Everything that follows from what is there, until nothing more does. Whoever came stays: their pages are open."""
        Presence.objects.filter(world=self.world).update(seen_at=clock.real_now())
        for _round in range(40):
            moved = drain() + pass_due() + expire_due() + advance(self.replay.pk, paced=False)
            if not moved:
                return
        raise AssertionError("it never settles")

    def to(self, text: str, *, minutes: float = 10) -> None:
        """Walk the clock to a moment in steps."""
        end = at(text)
        while self.now() < end:
            self.show(min(end, self.now() + timedelta(minutes=minutes)))
            self.settle()


def begin_storm(**given) -> Storm:
    """The demonstration district with the storm at its start; the clock stands until it is moved."""
    cast.forget()
    seed()
    replay = start_replay(system("test"), scenario="beijing_2016_07_20", rate=60, **given)
    set_rate(system("test", world=replay.world_id), replay.world_id, 0)
    begun = Storm(replay)
    begun.show(replay.starts_at)
    return begun
