"""Several people at the very same moment: each on a thread with a database connection of its own, let go together."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db import connections

#: A thread that has not come back by then waits for another one for ever. Far beyond what any machine needs.
PATIENCE = 120


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run all `acts` together; returns what each gave or raised, in their order. Fails when they wait for each other."""
    start = threading.Barrier(len(acts))
    came: list[Any] = [None] * len(acts)

    def run(index: int, act: Callable[[], Any]) -> None:
        try:
            start.wait(PATIENCE)
            came[index] = act()
        except Exception as error:
            came[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive(), "they wait for each other"
    return came


def one_won(came: list[Any]) -> tuple[Any, Exception]:
    """The single result and the single refusal of two."""
    won = [c for c in came if not isinstance(c, Exception)]
    lost = [c for c in came if isinstance(c, Exception)]
    assert (len(won), len(lost)) == (1, 1), came
    return won[0], lost[0]
