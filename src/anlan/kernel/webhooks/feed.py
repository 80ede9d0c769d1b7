"""The last moments' events in memory, in order and none missing: a message leaves without a question to the database."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any

#: So many events are kept; who is further behind reads from the outbox.
KEPT = 5000


class Feed:
    """Takes events as they come from the bus or the outbox, drops repeats, holds back what came before its turn.

    `head`: every event up to this position has come by.
    """

    def __init__(self, head: int, kept: int = KEPT) -> None:
        self.head = head
        self._since = head
        self._most = kept
        self._kept: deque[dict[str, Any]] = deque()
        self._early: dict[int, dict[str, Any]] = {}

    def take(self, notice: dict[str, Any]) -> list[dict[str, Any]]:
        """From the bus: what follows on without a gap now that `notice` has come."""
        if notice["position"] > self.head:
            self._early[notice["position"]] = notice
        return self._follow_on()

    def fill(self, notices: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """From the outbox, in order and all that there are: a position that is missing between two of them belongs to nothing any more."""
        fresh = []
        for notice in notices:
            if notice["position"] > self.head:
                self._early.pop(notice["position"], None)
                self._keep(notice)
                fresh.append(notice)
        self._early = {position: notice for position, notice in self._early.items() if position > self.head}
        return fresh + self._follow_on()

    @property
    def has_gap(self) -> bool:
        return bool(self._early)

    def after(self, position: int) -> list[dict[str, Any]] | None:
        """Every event since `position`; None when the beginning of that is not in memory any more."""
        if position < self._since:
            return None
        found: list[dict[str, Any]] = []
        for notice in reversed(self._kept):
            if notice["position"] <= position:
                break
            found.append(notice)
        return found[::-1]

    def _follow_on(self) -> list[dict[str, Any]]:
        fresh = []
        while self.head + 1 in self._early:
            notice = self._early.pop(self.head + 1)
            self._keep(notice)
            fresh.append(notice)
        return fresh

    def _keep(self, notice: dict[str, Any]) -> None:
        self.head = notice["position"]
        self._kept.append(notice)
        if len(self._kept) > self._most:
            self._since = self._kept.popleft()["position"]
