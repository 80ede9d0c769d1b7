"""The outbox: an announcement is a row of the transaction that caused it, delivered at least once afterwards."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection, transaction
from django.db.models import Max

from anlan.events.base import Event

from . import clock
from .context import Context
from .models import Outbox
from .wording import kept

#: Postgres channel that wakes the sequencer at commit.
WAKE_CHANNEL = "anlan_outbox"
#: Whoever gives positions holds this (pg_advisory_xact_lock key) until it commits: one at a time.
POSITIONS = 0x616E6C02
_LAST = "(SELECT COALESCE(max(position), 0) FROM kernel_outbox)"
#: So many rows get their positions in one statement.
FEW = 64
_WRITTEN = (
    "event", "subject", "version", "payload", "live", "actor", "cause", "world_id", "scope", "shared_with", "occurred_at",
    "recorded_at",
)  # fmt: skip
_COLUMNS = ("id", *_WRITTEN, "position")
_gathering: ContextVar[list[Outbox] | None] = ContextVar("gathering", default=None)


def announce(ctx: Context, event: Event, *, scope: str, shared_with: Iterable[str] = ()) -> uuid.UUID:
    """Write `event` to the outbox. Must run inside a transaction; returns the event id.

    `scope` and `shared_with` say who may get the live notice, as for any scoped row.
    """
    return announce_all(ctx, [(event, scope, shared_with)])[0]


def announce_all(ctx: Context, notices: Iterable[tuple[Event, str, Iterable[str]]]) -> list[uuid.UUID]:
    """Write many events (each with its scope and audiences) in one go; returns their ids in the same order."""
    occurred_at = ctx.now()
    return _write([(ctx, occurred_at, *notice) for notice in notices])


def announce_each(notices: Iterable[tuple[Context, Event, str, Iterable[str]]]) -> list[uuid.UUID]:
    """Like `announce_all`, each by its own actor at its own moment."""
    return _write([(ctx, ctx.now(), event, scope, shared) for ctx, event, scope, shared in notices])


def _write(notices: list[tuple[Context, datetime, Event, str, Iterable[str]]]) -> list[uuid.UUID]:
    recorded_at = clock.real_now()
    rows = [
        Outbox(
            event=uuid.uuid4(),
            subject=event.subject,
            version=event.version,
            payload=msgspec.to_builtins(event, enc_hook=_plain),
            live=event.live(),
            actor=ctx.actor.key,
            cause=ctx.cause[:80],
            world_id=ctx.world,
            scope=scope,
            shared_with=sorted(set(shared_with)),
            occurred_at=occurred_at,
            recorded_at=recorded_at,
        )
        for ctx, occurred_at, event, scope, shared_with in notices
    ]
    if not connection.in_atomic_block:
        subjects = sorted({row.subject for row in rows})
        raise RuntimeError(f"announce({', '.join(subjects)}) outside a transaction: the event could outlive its cause")
    gathering = _gathering.get()
    if gathering is None:
        _keep(rows)
    else:
        gathering.extend(rows)
    return [row.event for row in rows]


@contextmanager
def gathered(*, at_once: bool = False) -> Iterator[None]:
    """Write what is announced inside, in its order, in one go at the end of the block; nothing when the block fails.

    For use right inside a transaction or savepoint that ends with the block, where nothing rolls back a part of it and goes on.
    `at_once`: the announcements get their positions here and not from the relay, since somebody waits for them. Nobody else gives
    positions until the transaction ends, so it must end right after the block.
    """
    rows: list[Outbox] = []
    token = _gathering.set(rows)
    try:
        yield
    finally:
        _gathering.reset(token)
    _keep(rows, at_once=at_once)


def _keep(rows: list[Outbox], *, at_once: bool = False) -> None:
    """Write the rows and call the sequencer, which hears of it at commit, in one exchange with the database."""
    if at_once and rows:
        with connection.cursor() as cur:
            cur.execute("SELECT pg_advisory_xact_lock(%s)", [POSITIONS])
    for at in range(0, len(rows), 500):
        part = rows[at : at + 500]
        values = ", ".join(
            "(%s, %s, %s, %s::jsonb, %s::jsonb, %s, %s, %s, %s, %s::varchar[], %s, %s, "
            f"{f'{_LAST} + {n}' if at_once else 'NULL::bigint'})"
            for n in range(1, len(part) + 1)
        )
        given = [
            value
            for row in part
            for value in (
                row.event, row.subject, row.version, msgspec.json.encode(row.payload).decode(),
                msgspec.json.encode(row.live).decode(), row.actor, row.cause, row.world_id, row.scope, row.shared_with,
                row.occurred_at, row.recorded_at,
            )
        ]  # fmt: skip
        with connection.cursor() as cur:
            cur.execute(
                f"WITH written AS (INSERT INTO kernel_outbox ({', '.join(_WRITTEN)}, position) VALUES {values} RETURNING id)"
                " SELECT pg_notify(%s, '')",
                [*given, WAKE_CHANNEL],
            )


def _plain(value: Any) -> Any:
    """Texts that services name are kept in the platform's own language."""
    plain = kept(value)
    if plain is value:
        raise TypeError(f"an event cannot carry a {type(value).__name__}")
    return plain


def take_positions(limit: int = 1000) -> list[Outbox]:
    """Give unpositioned rows the next positions (gap-free, one sequencer at a time) and return all that await publishing."""
    give_positions(limit)
    return unpublished(limit)


def unpublished(limit: int = 1000) -> list[Outbox]:
    """Everything with a position that is not known to be on the bus, in order."""
    return list(Outbox.objects.filter(published_at__isnull=True, position__isnull=False).order_by("position")[:limit])


def last_position() -> int:
    """The position that was given last, 0 for none."""
    return Outbox.objects.aggregate(last=Max("position"))["last"] or 0


def announced_after(position: int, limit: int = 1000) -> list[Outbox]:
    """Everything with a position beyond this one, in order: one exchange."""
    with connection.cursor() as cur:
        cur.execute(
            f"SELECT {', '.join(_COLUMNS)} FROM kernel_outbox WHERE position > %s ORDER BY position LIMIT %s",
            [position, limit],
        )
        return [_row(values) for values in cur.fetchall()]


def give_positions(limit: int = 1000) -> list[Outbox]:
    """Give unpositioned rows the next positions; returns these rows in order. Somebody may wait for them: two short exchanges."""
    with transaction.atomic(), connection.cursor() as cur:
        cur.execute("SELECT pg_advisory_xact_lock(%s)", [POSITIONS])
        cur.execute(
            "SELECT id, (SELECT max(position) FROM kernel_outbox WHERE position IS NOT NULL) FROM kernel_outbox"
            " WHERE position IS NULL ORDER BY id LIMIT %s",
            [limit],
        )
        fresh = cur.fetchall()
        if not fresh:
            return []
        ids, last = [row[0] for row in fresh], fresh[0][1] or 0
        if len(ids) <= FEW:
            # The list is in the order of the ids; a joined statement is planned as a product of tables while the table is new.
            cur.execute(
                "UPDATE kernel_outbox SET position = %s + array_position(%s::bigint[], id) WHERE id = ANY(%s::bigint[])"
                f" RETURNING {', '.join(_COLUMNS)}",
                [last, ids, ids],
            )
            return sorted((_row(values) for values in cur.fetchall()), key=lambda row: row.position or 0)
        cur.executemany(
            "UPDATE kernel_outbox SET position = %s WHERE id = %s", [(last + n, pk) for n, pk in enumerate(ids, 1)]
        )
        return list(Outbox.objects.filter(pk__in=ids).order_by("position"))


def _row(values: tuple[Any, ...]) -> Outbox:
    given = dict(zip(_COLUMNS, values, strict=True))
    return Outbox(**given | {name: msgspec.json.decode(given[name]) for name in ("payload", "live")})


def mark_published(ids: Iterable[int]) -> None:
    Outbox.objects.filter(pk__in=list(ids)).update(published_at=clock.real_now())
