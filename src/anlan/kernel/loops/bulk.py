"""Many records of one loop at once: the same rows, audit, events and deadlines as one by one, in a handful of statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from anlan.events.loops import LoopOpened, LoopStepped
from anlan.kernel import auditing, clock
from anlan.kernel.announcing import announce_all
from anlan.kernel.context import Context
from anlan.kernel.errors import NotAllowed
from anlan.kernel.models import AuditEntry, Deadline

from .declaration import State
from .record import LoopRecord
from .registry import model_of
from .saving import save_columns
from .services import CLIMBED, _due, _entitled, _may, climb_rung, enter_target

BATCH = 500


def open_records(
    ctx: Context, model: type[LoopRecord], rows: Iterable[dict[str, Any]], *, note: dict[str, Any] | None = None,
    notes: Sequence[dict[str, Any]] = (),
) -> list[Any]:  # fmt: skip
    """Like `open_record` for each of `rows` (dicts of fields), all in one transaction. Raises NotAllowed for all or none.

    `note` goes into every audit row, `notes` (one for each of `rows`) into each its own.
    """
    loop, now = model.loop, ctx.now()
    state = loop.state(loop.initial)
    records: list[Any] = []
    for fields in rows:
        if loop.opened_by and not _entitled(ctx, loop.opened_by, fields["scope"], fields.get("owner_keys", ())):
            raise NotAllowed()
        record = model(state=loop.initial, state_since=now, opened_at=now, world_id=ctx.world, **fields)
        record.owner_role = fields.get("owner_role") or state.owner
        record.due_at = _due(record, state, now)
        records.append(record)
    said = [{"state": loop.initial, **(note or {}), **own} for own in (notes or [{}] * len(records))]
    with transaction.atomic():
        model.everything.bulk_create(records, batch_size=BATCH)
        _start_deadlines(records, state)
        _log(ctx, records, "open", loop.title, said, now)
        announce_all(
            ctx,
            [
                (LoopOpened(loop=loop.key, record=str(r.pk), state=loop.initial), r.scope, r.shared_with)
                for r in records
            ],
        )
    return records


def transition_all(
    ctx: Context, records: Sequence[LoopRecord], step: str, *, changes: dict[Any, dict[str, Any]] | None = None,
    evidence: dict[str, Any] | None = None,
) -> list[Any]:  # fmt: skip
    """Take the same step with many records; those that moved on meanwhile are left out. Returns the ones that moved.

    For steps that a part of the platform takes: `evidence` (why it was done) is kept with each in the audit as it is given, with all
    that the step demands. `changes` maps a record's id to other columns that change with it.
    """
    if not records:
        return []
    model, now = type(records[0]), ctx.now()
    loop = model.loop
    declared = loop.step(step)
    target = loop.state(declared.target)
    touched = {"state", "state_since", "rung", "owner_role", "due_at", "closed_at"}
    with transaction.atomic():
        rows = model.objects.visible_to(ctx).select_for_update(of=("self",)).order_by("pk")
        moved: list[Any] = []
        sources: list[str] = []
        for record in rows.filter(pk__in=[r.pk for r in records], state__in=declared.source):
            if not _may(ctx, declared, record):
                raise NotAllowed()
            fields = (changes or {}).get(record.pk, {})
            touched |= set(fields)
            sources.append(enter_target(record, declared, fields, now))
            moved.append(record)
        if not moved:
            return []
        save_columns(moved, touched)
        if not declared.keeps_clock:
            live = Deadline.objects.filter(loop=loop.key, record__in=[r.pk for r in moved])
            live.exclude(status=Deadline.Status.MET).update(status=Deadline.Status.MET)
            _start_deadlines(moved, target)
        data = [{"from": source, "to": declared.target, "evidence": evidence or {}} for source in sources]
        _log(ctx, moved, step, declared.label, data, now)
        announce_all(
            ctx,
            [
                (
                    LoopStepped(loop=loop.key, record=str(r.pk), step=step, source=source, target=declared.target),
                    r.scope,
                    r.shared_with,
                )
                for r, source in zip(moved, sources, strict=True)
            ],
        )
    return moved


def pass_deadlines(ctx: Context, deadlines: Sequence[Deadline]) -> int:
    """Climb the due rungs of many records of one loop, as `pass_deadline` does for one; returns how many were climbed."""
    if not deadlines:
        return 0
    model, now = model_of(deadlines[0].loop), ctx.now()
    with transaction.atomic():
        # Records before their deadlines, as every step locks them; one that somebody works on now is looked at again next time.
        locked = model.objects.in_world(ctx).with_relations().select_for_update(of=("self",), skip_locked=True)
        records = {r.pk: r for r in locked.order_by("pk").filter(pk__in=[d.record for d in deadlines])}
        absent = {d.record for d in deadlines} - records.keys()
        busy = set(model.objects.in_world(ctx).filter(pk__in=absent).values_list("pk", flat=True)) if absent else set()
        rows = Deadline.objects.select_for_update(skip_locked=True).filter(
            pk__in=[d.pk for d in deadlines if d.record not in busy], status=Deadline.Status.OPEN, due_at__lte=now
        )
        live = {row.record: row for row in rows}
        passed = [
            (row, records[pk], climb_rung(row, records[pk], now))
            for pk, row in sorted(live.items(), key=lambda item: item[1].due_at)
            if pk in records and not records[pk].closed_at and records[pk].state == row.state
        ]
        for pk, row in live.items():
            if pk not in records or records[pk].closed_at or records[pk].state != row.state:
                row.status = Deadline.Status.MET
        save_columns(list(live.values()), CLIMBED)
        save_columns([record for _row, record, _said in passed], ("rung",))
        wall = clock.real_now()
        AuditEntry.objects.bulk_create(
            [auditing.prepare(ctx, at=(wall, now), **entry) for _row, _record, (entry, _event) in passed],
            batch_size=BATCH,
        )
        announce_all(ctx, [(event, record.scope, record.shared_with) for _row, record, (_entry, event) in passed])
    return len(passed)


def _start_deadlines(records: Iterable[Any], state: State) -> None:
    if state.final:
        return
    first = timedelta(minutes=state.escalate[0].after if state.escalate else 0)
    Deadline.objects.bulk_create(
        [
            Deadline(
                world_id=r.world_id, loop=r.loop.key, record=r.pk, state=state.name, due_at=r.due_at + first
            )
            for r in records
            if r.due_at is not None
        ],
        batch_size=BATCH,
    )  # fmt: skip


def _log(ctx: Context, records: list[Any], step: str, label: Any, data: list[dict[str, Any]], now: datetime) -> None:
    wall = clock.real_now()
    auditing.write(
        [
            auditing.prepare(
                ctx, action=f"{r.loop.key}.{step}", label=label, object_type=r.loop.key, object_id=r.pk, scope=r.scope,
                data=what, at=(wall, now),
            )
            for r, what in zip(records, data, strict=True)
        ]
    )  # fmt: skip
