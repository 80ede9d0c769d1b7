"""From the outbox to the bus, and from loose audit rows to the chain."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec
import psycopg
from django.db import connection
from nats.js import JetStreamContext

from anlan.kernel import auditing
from anlan.kernel.announcing import (
    WAKE_CHANNEL,
    announced_after,
    give_positions,
    last_position,
    mark_published,
    take_positions,
)
from anlan.kernel.models import Outbox

from .bus import PREFIX
from .threads import in_thread

log = logging.getLogger("anlan.engine.relay")
#: After a turn with so many rows the relay lets more of them gather; a few go out at once, since somebody may wait for them.
MANY, GATHER_S = 32, 0.03
#: So often (s) it is looked for what was given a position and is not known to be on the bus.
LOOK_S = 1.0
#: Who works in this process and hears of announcements as they get their positions, without the way over the bus.
_near: set[Callable[[bytes], None]] = set()


def encode(row: Outbox) -> bytes:
    """The message that travels: identity and audience beside the payload, so that pages can be told without a query."""
    return msgspec.json.encode(
        {
            "event": str(row.event), "position": row.position, "subject": row.subject, "version": row.version,
            "world": str(row.world_id), "scope": row.scope, "shared_with": row.shared_with, "live": row.live,
            "occurred_at": row.occurred_at.isoformat(), "recorded_at": row.recorded_at.isoformat(), "payload": row.payload,
        }
    )  # fmt: skip


@contextmanager
def hearing(take: Callable[[bytes], None]) -> Iterator[None]:
    """Inside the block, `take` gets every announcement (`encode`) that a relay of this process publishes, in order. They come over the
    bus as well."""
    _near.add(take)
    try:
        yield
    finally:
        _near.discard(take)


async def run_relay(js: JetStreamContext, stop: asyncio.Event) -> None:
    """Publish whatever commits, in order of position, each with its id so that a repeat after a crash is dropped."""
    wake = asyncio.Event()
    listener = asyncio.create_task(_listen(wake, stop))
    #: Published and not noted as such yet: noted beside, so that what comes next does not wait for it.
    noting: set[int] = set()
    notes: set[asyncio.Task[None]] = set()
    loop = asyncio.get_running_loop()
    #: When everything that waits was last looked for. A failure, and whoever was here before, may have left something.
    looked = float("-inf")
    #: Up to here everything with a position went out, or is found by that look.
    last = await in_thread("relay", last_position)
    try:
        while not stop.is_set():
            wake.clear()
            if loop.time() - looked < LOOK_S:
                taken = await in_thread("relay", _fresh, last)
            else:
                looked = loop.time()
                taken = await in_thread("relay", take_positions)
            last = max(last, *(row.position or 0 for row in taken)) if taken else last
            rows = [row for row in taken if row.pk not in noting]
            if not rows and len(taken) >= MANY:
                await asyncio.wait(notes)
                looked = float("-inf")
                continue
            if rows:
                sent = await _publish(js, rows)
                if sent:
                    noting.update(sent)
                    note = asyncio.create_task(_note(sent, noting))
                    notes.add(note)
                    note.add_done_callback(notes.discard)
                if len(sent) < len(rows):
                    log.warning("%s announcements wait for the bus", len(rows) - len(sent))
                    looked = float("-inf")
                    await asyncio.sleep(0.5)
                # A turn costs as much for one as for a hundred.
                if len(rows) >= MANY:
                    await asyncio.sleep(GATHER_S)
                continue
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(wake.wait(), LOOK_S)
    finally:
        listener.cancel()
        if notes:
            await asyncio.wait(notes)


def _fresh(last: int) -> list[Outbox]:
    """What has come since `last`, in order: first what whoever announced it gave a position itself, since somebody waits for that."""
    if rows := announced_after(last):
        return rows
    given = give_positions()
    if given and given[0].position != last + 1:
        # Others were given between the two questions: they go before.
        return announced_after(last)
    return given


async def _publish(js: JetStreamContext, rows: list[Outbox]) -> list[int]:
    """Those that the bus has taken. Their positions are committed: who is near hears of them meanwhile."""
    messages = [encode(row) for row in rows]
    acks = asyncio.gather(
        *(
            js.publish(PREFIX + row.subject, message, headers={"Nats-Msg-Id": str(row.event)})
            for row, message in zip(rows, messages, strict=True)
        ),
        return_exceptions=True,
    )
    for take in list(_near):
        for message in messages:
            take(message)
    results = await acks
    return [row.pk for row, r in zip(rows, results, strict=True) if not isinstance(r, BaseException)]


async def _note(sent: list[int], noting: set[int]) -> None:
    """Note what was published. What is not, since the process ended here, is published again under the same id and dropped."""
    try:
        await in_thread("relay-notes", mark_published, sent)
    finally:
        noting.difference_update(sent)


async def _listen(wake: asyncio.Event, stop: asyncio.Event) -> None:
    """Wake on NOTIFY; when the connection is lost, the relay's own one-second look still finds everything."""
    params = await in_thread("relay", lambda: connection.get_connection_params())
    params = {k: v for k, v in params.items() if k in ("dbname", "user", "password", "host", "port", "options")}
    while not stop.is_set():
        try:
            async with await psycopg.AsyncConnection.connect(**params, autocommit=True) as conn:
                await conn.execute(f"LISTEN {WAKE_CHANNEL}")
                async for _notice in conn.notifies():
                    wake.set()
        except (psycopg.Error, OSError) as error:
            log.warning("waiting for the database to listen to: %s", error)
            await asyncio.sleep(1)


async def run_sequencer(stop: asyncio.Event, *, heads_file: str | None = None) -> None:
    """Link audit rows every 0.4 s; note the chain's head in a file outside the database each minute."""
    noted = 0.0
    loop = asyncio.get_running_loop()
    while not stop.is_set():
        linked = await in_thread("sequencer", auditing.link)
        if linked and heads_file and loop.time() - noted > 60:
            noted = loop.time()
            await in_thread("sequencer", _note_head, heads_file)
        if linked < 2000:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), 0.4)


def _note_head(path: str) -> None:
    from anlan.kernel.models import AuditEntry

    head = AuditEntry.objects.filter(seq__isnull=False).order_by("-seq").values_list("seq", "hash").first()
    if head:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "a", encoding="ascii") as out:
            out.write(f"{head[0]} {head[1]}\n")
