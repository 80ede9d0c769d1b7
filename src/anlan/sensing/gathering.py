"""Many small requests at the same moment become one journal entry and one commit: the first to come carries the others along.

A request waits for nobody when it is alone. While one transaction is under way the next requests gather, and the first of them
commits for all; each gets its own answer, and only once its readings are durable.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable
from typing import Any

from django.db import connection

from .services.accepting import MAX_BATCH, Batch, accept_together, check_batch

log = logging.getLogger("anlan.sensing")
Key = tuple[uuid.UUID, str, str, bool]


class _Waiting:
    """A batch that waits for its answer, in the thread of its request."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.turn = threading.Event()
        self.answer: dict[str, Any] | None = None
        self.error: BaseException | None = None


class Gathering:
    """Queues by world, actor, source and kind; thread-safe."""

    def __init__(self, accept: Callable[[list[Batch]], list[dict[str, Any]]] = accept_together) -> None:
        self._accept = accept
        self._guard = threading.Lock()
        #: A key is in here while somebody commits for it; the list is who waits.
        self._waiting: dict[Key, list[_Waiting]] = {}

    def submit(self, batch: Batch) -> dict[str, Any]:
        """Accept a batch, perhaps together with others; returns its answer as `accept_readings` does and raises what it raises."""
        check_batch(batch)
        if connection.in_atomic_block:
            # Somebody's transaction is open in this thread: its readings are part of it.
            return self._accept([batch])[0]
        key = (batch.ctx.world, batch.ctx.actor.key, batch.source, batch.history)
        mine = _Waiting(batch)
        with self._guard:
            queue = self._waiting.get(key)
            leads = queue is None
            if queue is None:
                self._waiting[key] = []
            else:
                queue.append(mine)
        if not leads:
            mine.turn.wait()
            leads = mine.answer is None and mine.error is None
        if leads:
            self._lead(key, mine)
        if mine.error is not None:
            raise mine.error
        assert mine.answer is not None
        return mine.answer

    def _lead(self, key: Key, mine: _Waiting) -> None:
        """Commit what waits, at most one full batch, then hand the lead to the first of those that came meanwhile."""
        group = [mine, *self._taken(key, MAX_BATCH - len(mine.batch.rows))]
        try:
            self._carry(group)
        finally:
            with self._guard:
                queue = self._waiting[key]
                following = queue.pop(0) if queue else None
                if following is None:
                    del self._waiting[key]
            for waiting in group[1:]:
                if waiting.answer is None and waiting.error is None:
                    waiting.error = InterruptedError("the request that committed for this one was ended")
                waiting.turn.set()
            if following is not None:
                following.turn.set()

    def _taken(self, key: Key, room: int) -> list[_Waiting]:
        with self._guard:
            queue, taken = self._waiting[key], []
            while queue and len(queue[0].batch.rows) <= room:
                room -= len(queue[0].batch.rows)
                taken.append(queue.pop(0))
        return taken

    def _carry(self, group: list[_Waiting]) -> None:
        try:
            for waiting, answer in zip(group, self._accept([w.batch for w in group]), strict=True):
                waiting.answer = answer
            return
        except Exception as error:
            if len(group) == 1:
                group[0].error = error
                return
            log.exception("%s batches could not be kept together and are kept one by one", len(group))
        for waiting in group:
            try:
                waiting.answer = self._accept([waiting.batch])[0]
            except Exception as error:
                waiting.error = error


#: That of this process.
gathering = Gathering()
