"""Messages that a person asked for by hand: tried once, beside the stream, so that a dead receiver can be tested."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from django.conf import settings

from anlan.kernel import clock
from anlan.kernel.engine.threads import in_thread

from . import noting
from .message import body_of, headers_of, secret_of, test_body
from .models import Attempt
from .sending import Sender

log = logging.getLogger("anlan.engine.webhooks")
THREAD = "webhooks"


class AskedFor:
    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._in_hand: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def look(self) -> None:
        """See what waits, and send it, each by itself."""
        self._begin(self._start_all())

    def cancel(self) -> None:
        for task in self._tasks:
            task.cancel()

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _start_all(self) -> None:
        for delivery in await in_thread(THREAD, noting.asked):
            if delivery.pk not in self._in_hand:
                self._in_hand.add(delivery.pk)
                self._begin(self._send(delivery))

    async def _send(self, delivery: Attempt) -> None:
        try:
            await self._try(delivery)
        except Exception:
            log.exception("message %s that was asked for stays waiting", delivery.pk)
        finally:
            self._in_hand.discard(delivery.pk)

    async def _try(self, delivery: Attempt) -> None:
        record = delivery.subscription
        delivery.at = at = clock.real_now()
        if delivery.kind == Attempt.Kind.TEST:
            body, error = test_body(delivery.event, scope=record.scope, name=record.name, at=at), ""
        else:
            notice, error = await in_thread(THREAD, noting.event_for, delivery)
            body = body_of(notice) if notice is not None else b""
        delivery.outcome, delivery.error = Attempt.Outcome.FAILED, error
        if not error:
            secret = secret_of(settings.SECRET_KEY, record.pk, record.secret_serial)
            headers = headers_of(
                body, secret, at=at, exercise=delivery.exercise, kind=delivery.kind, attempt=delivery.attempt
            )
            answer = await self._sender.post(record.url, body, headers)
            delivery.outcome = Attempt.Outcome.DELIVERED if answer.ok else Attempt.Outcome.FAILED
            delivery.status, delivery.took_ms, delivery.error = answer.status, answer.took_ms, answer.error
        await in_thread(THREAD, noting.write_asked, delivery)
