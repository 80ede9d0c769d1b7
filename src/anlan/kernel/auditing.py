"""The audit chain: rows commit with the change; one sequencer links them within a second; anybody can verify.

Each linked row carries ``hash = sha256(prev_hash + "\\n" + row text)`` where the row text is produced by the database from what
is stored, so that an edited byte anywhere breaks the chain at that row.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

from . import clock
from .context import Context
from .exchanges import insert_rows
from .models import AuditEntry
from .wording import kept, own_language

#: One sequencer at a time (pg_advisory_xact_lock key).
SEQUENCER_LOCK = 0x616E6C01
_gathering: ContextVar[list[AuditEntry] | None] = ContextVar("gathering_audit", default=None)

_ROW_TEXT = """jsonb_build_array(id, to_char(at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'),
  to_char(at_world at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), world_id, actor, actor_name, post, simulated, action, label,
  object_type, object_id, scope, cause, data)::text"""


def record(
    ctx: Context,
    *,
    action: str,
    object_type: str,
    object_id: Any,
    scope: str,
    label: Any = "",
    data: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Write one audit row inside the caller's transaction."""
    entry = prepare(
        ctx, action=action, object_type=object_type, object_id=object_id, scope=scope, label=label, data=data
    )
    if _gathering.get() is None:
        entry.save(force_insert=True)
    else:
        write([entry])
    return entry


def write(entries: Sequence[AuditEntry]) -> None:
    """Write prepared rows in their order; nobody asks for their numbers."""
    gathering = _gathering.get()
    if gathering is None:
        insert_rows(entries)
    else:
        gathering.extend(entries)


@contextmanager
def gathered() -> Iterator[None]:
    """Write what is recorded inside, in its order, in one go at the end of the block; nothing when the block fails.

    For use right inside a transaction or savepoint that ends with the block, where nothing rolls back a part of it and goes on, and
    where nobody reads what was recorded inside.
    """
    entries: list[AuditEntry] = []
    token = _gathering.set(entries)
    try:
        yield
    finally:
        _gathering.reset(token)
    write(entries)


def prepare(
    ctx: Context,
    *,
    action: str,
    object_type: str,
    object_id: Any,
    scope: str,
    label: Any = "",
    data: Mapping[str, Any] | None = None,
    at: tuple[datetime, datetime] | None = None,
) -> AuditEntry:
    """An audit row that is not written yet; services that change many records write theirs with one bulk insert.

    `at`: (wall clock, world clock) read once for all of them.
    """
    with own_language():
        plain = json.loads(json.dumps(data or {}, cls=DjangoJSONEncoder, ensure_ascii=False, default=str))
    wall, world = at or (clock.real_now(), ctx.now())
    return AuditEntry(
        at=wall,
        at_world=world,
        world_id=ctx.world,
        actor=ctx.actor.key,
        actor_name=ctx.actor.name[:120],
        post=ctx.actor.post[:160],
        simulated=ctx.actor.simulated,
        action=action,
        label=str(kept(label))[:200],
        object_type=object_type,
        object_id=str(object_id),
        scope=scope,
        cause=ctx.cause[:80],
        data=plain,
    )


def link(limit: int = 2000) -> int:
    """Chain up to `limit` unlinked rows in order of id; returns how many. Safe to call from several processes."""
    with transaction.atomic(), connection.cursor() as cur:
        cur.execute("SELECT pg_advisory_xact_lock(%s)", [SEQUENCER_LOCK])
        cur.execute(
            f"SELECT id, {_ROW_TEXT} FROM kernel_auditentry WHERE seq IS NULL ORDER BY id LIMIT %s FOR UPDATE", [limit]
        )
        rows = cur.fetchall()
        if not rows:
            return 0
        cur.execute("SELECT seq, hash FROM kernel_auditentry WHERE seq IS NOT NULL ORDER BY seq DESC LIMIT 1")
        seq, head = cur.fetchone() or (0, "")
        linked = []
        for row_id, text in rows:
            seq += 1
            digest = _digest(head, text)
            linked.append((row_id, seq, head, digest))
            head = digest
        cur.executemany(
            "UPDATE kernel_auditentry SET seq = %s, prev_hash = %s, hash = %s WHERE id = %s",
            [(s, p, h, i) for i, s, p, h in linked],
        )
        return len(linked)


def _digest(prev: str, text: str) -> str:
    return hashlib.sha256(f"{prev}\n{text}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Result of a verification. `first_bad` is the sequence number of the first row that does not fit, with `reason`."""

    linked: int
    unlinked: int
    head: str
    first_bad: int | None = None
    reason: str = ""
    oldest_unlinked: datetime | None = None

    @property
    def intact(self) -> bool:
        return self.first_bad is None


def verify(*, known_head: tuple[int, str] | None = None, batch: int = 5000) -> Verdict:
    """Recompute the whole chain. `known_head` (seq, hash) noted earlier also finds a chain that was cut at its end."""
    seq, head, bad, reason = 0, "", None, ""
    with connection.cursor() as cur:
        while bad is None:
            cur.execute(
                f"SELECT seq, prev_hash, hash, {_ROW_TEXT} FROM kernel_auditentry WHERE seq > %s ORDER BY seq LIMIT %s",
                [seq, batch],
            )
            rows = cur.fetchall()
            if not rows:
                break
            for row_seq, prev, digest, text in rows:
                if row_seq != seq + 1:
                    bad, reason = seq + 1, "missing"
                elif prev != head:
                    bad, reason = row_seq, "link"
                elif digest != _digest(head, text):
                    bad, reason = row_seq, "content"
                elif known_head and row_seq == known_head[0] and digest != known_head[1]:
                    bad, reason = row_seq, "rewritten"
                if bad is not None:
                    break
                seq, head = row_seq, digest
        if bad is None and known_head and known_head[0] > seq:
            bad, reason = seq + 1, "cut"
        cur.execute("SELECT count(*), min(at) FROM kernel_auditentry WHERE seq IS NULL")
        unlinked, oldest = cur.fetchone()
    return Verdict(seq, unlinked, head, bad, reason, oldest)
