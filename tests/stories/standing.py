"""An exercise whose clock stands until it is moved by hand, while the real engine does all that follows: nothing depends on speed."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from anlan.kernel import clock
from anlan.kernel.context import system
from anlan.kernel.models import AuditEntry, Deadline, Inbox, Outbox, World
from anlan.review.models import Presence, Replay
from anlan.review.replay.scenario import load_scenario
from anlan.review.services import tell
from tests.storming import at

#: Wall seconds after which something is broken; never a measure of how fast it ought to be.
GIVE_UP_S = 600


class StandingReplay:
    """A replay that somebody has started: stopped at once, and from then on moved to moments."""

    def __init__(self, replay: Replay) -> None:
        self.pk, self.world = replay.pk, replay.world_id
        self.inputs = load_scenario(replay.scenario).inputs
        Replay.objects.unscoped("the test holds the clock").filter(pk=self.pk).update(chosen_rate=0)
        self.show(replay.starts_at)

    @property
    def ctx(self):
        return system("story", world=self.world)

    def now(self) -> datetime:
        return clock.read(self.world).now()

    def show(self, moment: datetime) -> None:
        """Set the clock. The player goes on from the last moment it saw, so it has to have seen this one."""
        now = clock.real_now()
        rows = Replay.objects.unscoped("the test holds the clock").filter(pk=self.pk)
        with transaction.atomic():
            World.objects.filter(pk=self.world).update(anchor_world=moment, anchor_real=now, rate=0)
            rows.update(beat_at=now, beat_world=moment)
            tell(self.ctx, rows.get())

    def everybody_stays(self) -> None:
        """Whoever has come is there until the end, however long the test takes: nobody else plays the post."""
        Presence.objects.filter(world=self.world).update(seen_at=clock.real_now() + timedelta(days=1))

    def to(self, *moments: str) -> None:
        """Move to each moment in turn and let everything happen that is due by then."""
        for text in moments:
            end, deadline = at(text), time.monotonic() + GIVE_UP_S
            while not self._settled(end):
                assert time.monotonic() < deadline, f"{text}: {self._left(end)}"
                if self.now() != end:
                    self.show(end)
                time.sleep(0.05)

    def _settled(self, end: datetime) -> bool:
        """Nothing is due any more, and the player has looked twice since the last thing that was recorded."""
        if self.now() != end or any(self._left(end).values()):
            return False
        before = self._recorded()
        return self._looked() and self._looked() and self._recorded() == before and not any(self._left(end).values())

    def _left(self, end: datetime) -> dict[str, int]:
        replay = self._replay()
        due = sum(1 for i in self.inputs if i.at <= end)
        return {
            "inputs": max(0, due - replay.done) if replay.is_open else 0,
            "announcements": Outbox.objects.filter(published_at=None).count(),
            "deadlines": Deadline.objects.filter(world=self.world, status="open", due_at__lte=self.now()).count()
            if replay.is_open
            else 0,
        }

    def _recorded(self) -> tuple[int, int]:
        return AuditEntry.objects.filter(world=self.world).count(), Inbox.objects.count()

    def _looked(self) -> bool:
        """Wait until the player has begun another look (an ended replay is looked at no more)."""
        before, deadline = self._replay().beat_at, time.monotonic() + GIVE_UP_S
        while (now := self._replay()).is_open and now.beat_at == before:
            assert time.monotonic() < deadline, "the engine does not play any more"
            time.sleep(0.05)
        return True

    def _replay(self) -> Any:
        return Replay.objects.unscoped("the test holds the clock").get(pk=self.pk)
