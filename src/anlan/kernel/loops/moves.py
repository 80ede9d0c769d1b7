"""The same step with many records, each by its own actor at its own moment, in a handful of statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from anlan.events.loops import LoopStepped
from anlan.kernel import auditing
from anlan.kernel.announcing import announce_each
from anlan.kernel.context import Context
from anlan.kernel.errors import NotFound, Refused
from anlan.kernel.models import AuditEntry, Deadline
from anlan.kernel.scope import sees

from .bulk import BATCH, _start_deadlines
from .declaration import Step
from .record import LoopRecord
from .saving import save_columns
from .services import _declared, change

_TOUCHED = frozenset({"state", "state_since", "rung", "owner_role", "due_at", "closed_at"})


@dataclass(frozen=True, slots=True)
class Move:
    """A record and whoever takes the step with it. `fields` are other columns of the record that change with the step."""

    ctx: Context
    record: LoopRecord
    evidence: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)


def transition_each(moves: Sequence[Move], step: str) -> list[Any]:
    """Take `step` with every record (all of one loop, each once) in one transaction, with the checks and traces of `transition`.

    Returns for each move, in order, the record as it is now, or the Refused that `transition` would have raised for it: one
    that is refused changes nothing and holds up no other.
    """
    if not moves:
        return []
    model = type(moves[0].record)
    declared = _declared(model.loop, step)
    answers: list[Any] = []
    taken: list[tuple[Move, Any, dict[str, Any]]] = []
    with transaction.atomic():
        rows = model.objects.unscoped("each row is checked against its own actor below").with_relations()
        locked = rows.select_for_update(of=("self",)).order_by("pk").filter(pk__in={m.record.pk for m in moves})
        fresh = {row.pk: row for row in locked}
        for move in moves:
            row = fresh.get(move.record.pk)
            try:
                if row is None or not sees(move.ctx, row):
                    raise NotFound()
                said = change(move.ctx, row, declared, move.evidence, move.fields)
            except Refused as refused:
                answers.append(refused)
                continue
            taken.append((move, row, said))
            answers.append(row)
        _write(declared, taken)
    return answers


def _write(declared: Step, taken: Sequence[tuple[Move, Any, dict[str, Any]]]) -> None:
    if not taken:
        return
    records = [row for _move, row, _said in taken]
    loop = records[0].loop
    save_columns(records, _TOUCHED.union(*(move.fields for move, _row, _said in taken)))
    if not declared.keeps_clock:
        live = Deadline.objects.filter(loop=loop.key, record__in=[r.pk for r in records])
        live.exclude(status=Deadline.Status.MET).update(status=Deadline.Status.MET)
        _start_deadlines(records, loop.state(declared.target))
    AuditEntry.objects.bulk_create(
        [
            auditing.prepare(
                move.ctx, action=f"{loop.key}.{declared.name}", label=declared.label, object_type=loop.key,
                object_id=row.pk, scope=row.scope, data=said,
            )
            for move, row, said in taken
        ],
        batch_size=BATCH,
    )  # fmt: skip
    announce_each(
        (
            move.ctx,
            LoopStepped(
                loop=loop.key, record=str(row.pk), step=declared.name, source=said["from"], target=declared.target
            ),
            row.scope,
            row.shared_with,
        )
        for move, row, said in taken
    )
