"""The process that judges: woken by the journal, real world first, for as long as the platform runs."""

from __future__ import annotations

import logging
import signal
import sys
import time
import uuid
from collections.abc import Callable
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


class Watching:
    """Judges until `stop` is asked for; a lost database is waited for."""

    def __init__(self) -> None:
        self.judge = Judge()
        self.stopped = False
        self._listening: psycopg.Connection | None = None

    def stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        self.stopped = True

    def run(self) -> None:
        """Until `stop`."""
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

    def look(self) -> int:
        """Judge whatever the journal holds, the real world first; returns the number of readings."""
        done = 0
        for world in sorted(worlds_with_news(), key=lambda w: w != REAL):
            # An exercise that plays faster than life must not keep reality waiting: one turn, then look again.
            done += self.judge.catch_up(world, stop=self._stop_after(world))
        self.judge.tell()
        return done

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

    def _wait(self) -> None:
        assert self._listening is not None
        patience = TELL_S if self.judge.owes() else LOOK_S
        for _notice in self._listening.notifies(timeout=patience, stop_after=1):
            pass

    def _leave(self) -> None:
        if self._listening is not None:
            self._listening.close()
            self._listening = None
        connections.close_all()


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
    keep_loaded()
    watching.run()
    return 0
