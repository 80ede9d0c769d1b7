"""One subscription being served: its events in order, each until the receiver has taken it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings

from anlan.kernel import clock
from anlan.kernel.context import Context
from anlan.kernel.engine.threads import in_thread
from anlan.kernel.wording import words as _

from . import noting, services
from .message import body_of, headers_of, is_exercise, secret_of
from .models import Attempt, Subscription
from .rights import asks_for, context_of, may_have
from .sending import LONGEST_PAUSE_S, Answer

if TYPE_CHECKING:
    from .dispatching import Dispatcher

log = logging.getLogger("anlan.engine.webhooks")
THREAD, PAGES = "webhooks", "webhook-pages"
#: A receiver that takes nothing for so long is given up until a person looks at it.
PATIENCE = timedelta(days=1)
#: Rights that were read so long ago (s) are read anew before the next message, whatever was or was not announced.
TRUSTED_FOR = 1.0
#: While messages go out they are read anew as often (s), so that none waits for it; after so long (s) without one no more.
REREAD_S, LIVELY_S = 0.7, 60.0
GONE = 410


class GivenUp(Exception):
    """Nothing more can be sent until a person has looked; the words say why."""


class Served:
    """The task of one subscription. `position`: every event up to it is sent or none of its business."""

    def __init__(self, dispatcher: Dispatcher, subscription: Subscription) -> None:
        self.dispatcher, self.subscription = dispatcher, subscription
        progress = subscription.progress
        self.position = self.noted = int(progress.position)
        self.failing_since: datetime | None = progress.failing_since
        self.tries, self.error = int(progress.tries), str(progress.error)
        self.wake, self.hurry = asyncio.Event(), asyncio.Event()
        self._waits = False
        self._rights: Context | None = None
        self._read_at, self._doubts = 0.0, -1
        self._sent_at = float("-inf")
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=f"webhook {self.subscription.pk}")

    @property
    def done(self) -> bool:
        return self._task is not None and self._task.done()

    def cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def renew(self, subscription: Subscription) -> None:
        """It was read anew: what it says now holds from the next message on."""
        self.subscription = subscription
        self._read_at = 0.0

    def fill(self, note: noting.Note) -> None:
        """Put into a note how far it is at this moment."""
        note.position, note.failing_since, note.tries, note.error = (
            self.position, self.failing_since, self.tries, self.error,
        )  # fmt: skip

    async def _run(self) -> None:
        while True:
            try:
                await self._serve()
            except GivenUp as given_up:
                await self._break_off(str(given_up))
                return
            except asyncio.CancelledError:
                raise
            except Exception:
                log.exception("subscription %s stopped with an error and goes on", self.subscription.pk)
                await asyncio.sleep(1)

    async def _serve(self) -> None:
        while True:
            # What comes from here on that it asks for sets it again.
            self.wake.clear()
            page = await self._next()
            for notice in page.notices:
                if await self._has_right(notice):
                    await self._deliver(notice)
                self.position = notice["position"]
            self.position = page.upto
            if not page.more:
                self._waits = True
                await self._rest()
                self._waits = False

    async def _rest(self) -> None:
        """Until something comes that it asks for."""
        while not self.wake.is_set():
            lively = time.monotonic() - self._sent_at < LIVELY_S
            try:
                await asyncio.wait_for(self.wake.wait(), REREAD_S if lively else None)
            except TimeoutError:
                await self._read_rights()

    @property
    def is_idle(self) -> bool:
        """All that it asks for up to the head of the feed is done."""
        return self._waits and not self.wake.is_set()

    async def _next(self) -> noting.Page:
        """The events that it asks for beyond `position`: from memory, else from the outbox."""
        feed = self.dispatcher.feed
        ahead = feed.after(self.position)
        if ahead is not None:
            return noting.Page([n for n in ahead if asks_for(self.subscription, n)], max(feed.head, self.position))
        wanted = self.subscription
        page: noting.Page = await in_thread(PAGES, noting.read_page, wanted.subjects, wanted.exercises, self.position)
        return page

    async def _has_right(self, notice: dict[str, Any]) -> bool:
        """Whether the person behind it may see the event by the rights of now."""
        ends = self._rights.ends_at if self._rights is not None else None
        stale = time.monotonic() - self._read_at > TRUSTED_FOR or (ends is not None and ends <= clock.real_now())
        if stale or self.dispatcher.doubts != self._doubts:
            await self._read_rights()
        if self._rights is None:
            raise GivenUp(_("登记人的账号已停用，没有人对推送负责"))
        return may_have(self._rights, self.subscription, notice)

    async def _read_rights(self) -> None:
        now, doubts = time.monotonic(), self.dispatcher.doubts
        self._rights = await in_thread(THREAD, context_of, self.subscription.acts_for)
        self._read_at, self._doubts = now, doubts

    async def _deliver(self, notice: dict[str, Any]) -> None:
        """Try until the receiver has taken it. Raises GivenUp after a day, or when the receiver says that it is gone."""
        body = body_of(notice)
        while True:
            self.hurry.clear()
            answer = await self._attempt(notice, body)
            if answer.ok:
                return
            if answer.status == GONE:
                raise GivenUp(_("接收方回答不再接收（410）"))
            waited = clock.real_now() - self.failing_since if self.failing_since else timedelta()
            if waited >= PATIENCE:
                raise GivenUp(_("连续一天没有送到"))
            pause = max(min(2.0 ** min(self.tries - 1, 20), LONGEST_PAUSE_S), answer.retry_after_s)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.hurry.wait(), pause)
            if not await self._has_right(notice):
                return

    async def _attempt(self, notice: dict[str, Any], body: bytes) -> Answer:
        at = clock.real_now()
        subscription = self.subscription
        headers = headers_of(
            body, secret_of(settings.SECRET_KEY, subscription.pk, subscription.secret_serial), at=at,
            exercise=is_exercise(notice), kind="event", attempt=self.tries + 1,
        )  # fmt: skip
        self._sent_at = time.monotonic()
        answer = await self.dispatcher.sender.post(subscription.url, body, headers)
        made = Attempt(
            subscription_id=subscription.pk, outcome="delivered" if answer.ok else "failed", event=notice["event"],
            subject=notice["subject"], position=notice["position"], exercise=is_exercise(notice), attempt=self.tries + 1, at=at,
            took_ms=answer.took_ms, lag_ms=lag_ms(notice, at), status=answer.status, error=answer.error,
        )  # fmt: skip
        if answer.ok:
            self.position, self.failing_since, self.tries, self.error = notice["position"], None, 0, ""
        else:
            self.failing_since = self.failing_since or at
            self.tries, self.error = self.tries + 1, answer.error
        self.dispatcher.note_of(subscription.pk).attempts.append(made)
        return answer

    async def _break_off(self, why: str) -> None:
        log.warning("subscription %s is broken off: %s", self.subscription.pk, why)
        await self.dispatcher.write()
        await in_thread(THREAD, services.break_off, self.subscription.pk, why)


def lag_ms(notice: dict[str, Any], at: datetime) -> float | None:
    """From the event's being written to the message's leaving; None when the notice does not say when that was."""
    recorded = notice.get("recorded_at")
    return (at - datetime.fromisoformat(recorded)).total_seconds() * 1000 if recorded else None
