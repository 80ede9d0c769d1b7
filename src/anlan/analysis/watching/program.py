"""The process that judges: woken by the journal, real world first, for as long as the platform runs."""

from __future__ import annotations

import logging
import signal
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from types import FrameType

import psycopg
from django.db import connection, connections

from anlan.kernel.runtime.memory import keep_loaded
from anlan.kernel.worlds import REAL
from anlan.sensing import store

from .judge import TELL_S, Judge

log = logging.getLogger("anlan.analysis.watching")

#: Without a call from the database the journal is looked at this often (s).
LOOK_S = 0.5
PAUSE_S = 0.5
#: Seconds for which whoever tells of arrivals may keep the judgement from running.
SWITCH_S = 0.0005


class Watching:
    """Judges until `stop` is asked for; a lost database is waited for."""

    def __init__(self) -> None:
        self.judge = Judge(beside=True)
        self.stopped = False
        self._listening: psycopg.Connection | None = None
        #: Worlds whose journal has called, and when it was last looked at every world.
        self._called: set[uuid.UUID] = set()
        self._looked_at = 0.0

    def stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        self.stopped = True

    def run(self) -> None:
        """Until `stop`."""
        beside = threading.Thread(target=self._beside, name="anlan-beside", daemon=True)
        beside.start()
        while not self.stopped:
            try:
                self._listen()
                self.look()
                self._wait()
            except Exception:
                # Whatever failed: nothing is lost, the journal is where it was. Say so, breathe, begin again.
                log.exception("judging failed and begins again")
                self._leave()
                time.sleep(PAUSE_S)
        self._leave()
        beside.join(1.0)

    def look(self) -> int:
        """Judge whatever the journal holds, the real world first; returns the number of readings."""
        done = 0
        called, self._called = self._called, set()
        if not called or time.monotonic() - self._looked_at > LOOK_S:
            called |= set(worlds_with_news())
            self._looked_at = time.monotonic()
        for world in sorted(called, key=lambda w: w != REAL):
            # An exercise that plays faster than life must not keep reality waiting: one turn, then look again.
            done += self.judge.catch_up(world, stop=self._stop_after(world))
        return done

    def _beside(self) -> None:
        """What no signal waits for, on a thread and a connection of its own: telling of arrivals, looking for other criteria."""
        while not self.stopped:
            time.sleep(TELL_S / 5)
            try:
                self.judge.tell()
                self.judge.look_again()
            except Exception:
                log.exception("arrivals are told of once more")
                connections.close_all()
                time.sleep(PAUSE_S)
        connections.close_all()

    def _stop_after(self, world: object) -> Callable[[], bool]:
        turns = 0

        def ended() -> bool:
            nonlocal turns
            turns += 1
            return self.stopped or (world != REAL and turns > 1)

        return ended

    def _listen(self) -> None:
        if self._listening is None or self._listening.closed:
            params = {
                k: v for k, v in connection.get_connection_params().items()
                if k in ("dbname", "user", "password", "host", "port", "options")
            }  # fmt: skip
            self._listening = psycopg.connect(**params, autocommit=True)
            self._listening.execute(f"LISTEN {store.CHANNEL}")
            # What called before this connection listened is found by looking.
            self._looked_at = 0.0

    def _wait(self) -> None:
        assert self._listening is not None
        self._called |= _worlds(n.payload for n in self._listening.notifies(timeout=LOOK_S, stop_after=1))

    def _leave(self) -> None:
        if self._listening is not None:
            self._listening.close()
            self._listening = None
        connections.close_all()


def _worlds(names: Iterable[str]) -> set[uuid.UUID]:
    return {uuid.UUID(name) for name in names}


def worlds_with_news() -> list[uuid.UUID]:
    """Worlds whose journal holds entries that are not judged."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT w.id FROM kernel_world w WHERE EXISTS (SELECT 1 FROM sensing_journal j WHERE j.world_id = w.id"
            " AND j.id > COALESCE((SELECT position FROM analysis_watch WHERE world_id = w.id), 0))"
        )
        return [world for (world,) in cursor.fetchall()]


def main(argv: list[str]) -> int:
    """``anlan judge``: started by `demo` and `run`; takes no arguments. Returns 0, or 2 for arguments."""
    if argv:
        asked = argv in (["-h"], ["--help"])
        said = "usage: anlan judge\n\njudge readings as they arrive, until it is stopped; started by demo and run"
        print(said, file=sys.stdout if asked else sys.stderr)
        return 0 if asked else 2
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    watching = Watching()
    signal.signal(signal.SIGTERM, watching.stop)
    signal.signal(signal.SIGINT, watching.stop)
    sys.setswitchinterval(SWITCH_S)
    keep_loaded()
    watching.run()
    return 0
