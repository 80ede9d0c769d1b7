"""The verbs of every loop. `transition()` is the only door to a state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.timezone import localtime
from django.utils.translation import gettext

from anlan.events.loops import DeadlinePassed, LoopOpened, LoopStepped
from anlan.kernel import auditing
from anlan.kernel.announcing import announce
from anlan.kernel.context import Context
from anlan.kernel.errors import Conflict, NotAllowed, NotFound, Refused
from anlan.kernel.models import AuditEntry, Deadline
from anlan.kernel.wording import own_language
from anlan.kernel.wording import words as _

from .declaration import ASSIGNEE, Loop, State, Step
from .evidence import accept
from .record import LoopRecord

#: What climbing a rung changes in a deadline.
CLIMBED = ("rung", "due_at", "status", "tries", "not_before", "error")


def open_record(ctx: Context, model: type[LoopRecord], *, note: dict[str, Any] | None = None, **fields: Any) -> Any:
    """Create a record in its loop's initial state: row, audit, event and first deadline in one transaction.

    `note` goes into the audit row (why it was opened, from what). Raises NotAllowed when the loop names who may open it
    and the actor is none of them.
    """
    loop = model.loop
    if loop.opened_by and not _entitled(ctx, loop.opened_by, fields["scope"], fields.get("owner_keys", ())):
        raise NotAllowed()
    now = ctx.now()
    state = loop.state(loop.initial)
    with transaction.atomic():
        record = model(state=loop.initial, state_since=now, opened_at=now, world_id=ctx.world, **fields)
        record.owner_role = fields.get("owner_role") or state.owner
        record.due_at = _due(record, state, now)
        record.save(force_insert=True)
        _keep_deadline(record, state)
        auditing.record(
            ctx,
            action=f"{loop.key}.open",
            label=loop.title,
            object_type=loop.key,
            object_id=record.pk,
            scope=record.scope,
            data={"state": loop.initial, **(note or {})},
        )
        announce(
            ctx,
            LoopOpened(loop=loop.key, record=str(record.pk), state=loop.initial),
            scope=record.scope,
            shared_with=record.shared_with,
        )
    return record


def transition(
    ctx: Context, record: LoopRecord, step: str, *, evidence: dict[str, Any] | None = None, **fields: Any
) -> Any:
    """Move `record` through the declared step: lock, check, demand evidence, write audit, event and next deadline.

    `fields` are other columns of the record that change with the step. Returns the locked, updated record (and updates the
    one given). Raises Conflict when the record has moved on, NotAllowed, BadInput (evidence), NotFound (foreign row).
    """
    loop = record.loop
    declared = _declared(loop, step)
    with transaction.atomic():
        fresh = _lock(ctx, record)
        said = change(ctx, fresh, declared, evidence or {}, fields)
        if not declared.keeps_clock:
            _keep_deadline(fresh, loop.state(declared.target))
        fresh.save()
        auditing.record(
            ctx,
            action=f"{loop.key}.{step}",
            label=declared.label,
            object_type=loop.key,
            object_id=fresh.pk,
            scope=fresh.scope,
            data=said,
        )
        announce(
            ctx,
            LoopStepped(loop=loop.key, record=str(fresh.pk), step=step, source=said["from"], target=declared.target),
            scope=fresh.scope,
            shared_with=fresh.shared_with,
        )
    with record._opened_door():
        record.__dict__.update(
            {k: v for k, v in fresh.__dict__.items() if k in {f.attname for f in fresh._meta.fields}}
        )
    return fresh


def change(
    ctx: Context, fresh: Any, declared: Step, evidence: Mapping[str, Any], fields: Mapping[str, Any]
) -> dict[str, Any]:
    """Check a step and take it with the locked record, unsaved; returns what the audit keeps of it. Raises as `transition`."""
    if fresh.state not in declared.source:
        raise moved_on(fresh, declared)
    _check_may(ctx, declared, fresh)
    given = accept(declared, dict(evidence), fresh)
    if declared.guard and (why := declared.guard(ctx, fresh, given)):
        raise why if isinstance(why, Refused) else Refused(why)
    source = enter_target(fresh, declared, fields, ctx.now())
    return {"from": source, "to": declared.target, "evidence": given}


def enter_target(fresh: Any, declared: Step, fields: Mapping[str, Any], now: datetime) -> str:
    """Put a locked record into the state that the step leads to, unsaved; returns the state that it was in. For the machinery only."""
    source, target = str(fresh.state), fresh.loop.state(declared.target)
    for name, value in fields.items():
        setattr(fresh, name, value)
    with fresh._opened_door():
        fresh.state = declared.target
    if declared.afterwards:
        return source
    if not declared.keeps_clock:
        fresh.state_since, fresh.rung = now, 0
        fresh.owner_role = fields.get("owner_role") or target.owner
        fresh.due_at = None if target.final else _due(fresh, target, now)
    fresh.closed_at = now if target.final else None
    return source


def reassign(ctx: Context, record: LoopRecord, *, owner_keys: Iterable[str], reason: str) -> Any:
    """Put the present obligation on other shoulders; the clock runs on. The new owners can see the record."""
    keys = sorted(set(owner_keys))
    with transaction.atomic():
        fresh = _lock(ctx, record)
        before, fresh.owner_keys = fresh.owner_keys, keys
        fresh.shared_with = sorted({*fresh.shared_with, *keys})
        fresh.save(update_fields=["owner_keys", "shared_with"])
        _log_and_tell(ctx, fresh, "reassign", _("改派"), {"from": before, "to": keys, "reason": reason})
    return fresh


def move_deadline(ctx: Context, record: LoopRecord, *, due_at: datetime | None, reason: str) -> Any:
    """Give the present state another due time (a stricter rule was found, an extension was granted)."""
    with transaction.atomic():
        fresh = _lock(ctx, record)
        before, fresh.due_at, fresh.rung = fresh.due_at, due_at, 0
        fresh.save(update_fields=["due_at", "rung"])
        _keep_deadline(fresh, fresh.loop.state(fresh.state))
        _log_and_tell(ctx, fresh, "move_deadline", _("调整时限"), {"from": before, "to": due_at, "reason": reason})
    return fresh


def pass_deadline(ctx: Context, deadline: Deadline) -> bool:
    """A rung is due: climb it. Called by the engine for each due row; returns False when somebody acted meanwhile."""
    from .registry import model_of

    with transaction.atomic():
        # The record before its deadline, as every step locks them: two that lock in opposite order would wait for ever.
        model = model_of(deadline.loop)
        rows = model.objects.select_for_update(of=("self",), skip_locked=True).in_world(ctx).filter(pk=deadline.record)
        record = rows.first()
        if record is None and model.objects.in_world(ctx).filter(pk=deadline.record).exists():
            return False
        row = Deadline.objects.select_for_update(skip_locked=True).filter(pk=deadline.pk, status="open").first()
        if row is None or row.due_at > ctx.now():
            return False
        if record is None or record.closed_at or record.state != row.state:
            row.status = Deadline.Status.MET
            row.save(update_fields=["status"])
            return False
        entry, event = climb_rung(row, record, ctx.now())
        row.save(update_fields=CLIMBED)
        record.save(update_fields=["rung"])
        auditing.record(ctx, **entry)
        announce(ctx, event, scope=record.scope, shared_with=record.shared_with)
    return True


def climb_rung(row: Deadline, record: LoopRecord, now: datetime) -> tuple[dict[str, Any], DeadlinePassed]:
    """Move both rows to the next rung, unsaved; returns the audit entry's fields and the event that say so."""
    rungs = record.loop.state(record.state).escalate
    index = row.rung
    notify = rungs[index].notify if index < len(rungs) else ""
    if notify.startswith("."):
        notify = getattr(record, notify[1:])
    row.rung = record.rung = index + 1
    row.tries, row.not_before, row.error = 0, None, ""
    if row.rung < len(rungs):
        row.due_at = row.due_at + timedelta(minutes=rungs[row.rung].after)
    else:
        row.status = Deadline.Status.EXHAUSTED
    # A first rung may lie before the due time: a reminder, not a lapse.
    early = record.due_at is not None and now < record.due_at
    entry = {
        "action": f"{record.loop.key}.late", "label": _("临近时限") if early else _("超时"), "object_type": record.loop.key,
        "object_id": record.pk, "scope": record.scope,
        "data": {"state": record.state, "rung": record.rung, "notify": notify, "due_at": record.due_at},
    }  # fmt: skip
    with own_language():
        headline = str(record.headline)
    event = DeadlinePassed(
        loop=record.loop.key, record=str(record.pk), state=record.state, label=headline,
        owner_role=record.owner_role, owner_keys=list(record.owner_keys), notify=notify, rung=record.rung,
        due_at=(record.due_at or row.due_at).isoformat(),
    )  # fmt: skip
    return entry, event


def available_steps(ctx: Context, record: LoopRecord) -> list[Step]:
    """The steps that this actor could take now, the main one first: what the page shows as buttons."""
    steps = [s for s in record.loop.steps_from(record.state) if not s.automatic and _may(ctx, s, record)]
    return sorted(steps, key=lambda s: not s.main)


def moved_on(record: LoopRecord, step: Step) -> Conflict:
    """Somebody was quicker: who, when and with what, as far as the audit tells."""
    log = AuditEntry.objects.filter(object_type=record.loop.key, object_id=str(record.pk)).exclude(
        action__endswith=".late"
    )
    last = log.order_by("-id").first()
    words = {"title": record.headline, "state": record.state_label, "step": step.label}
    mend = _("请刷新后查看最新状态")
    if last is None:
        return Conflict(_("「%(title)s」现在是“%(state)s”，不能再“%(step)s”") % words, mend=mend, state=record.state)
    words |= {
        "who": last.actor_name if not last.actor.startswith("system:") else _("平台"),
        "at": f"{localtime(last.at_world):%m-%d %H:%M:%S}", "did": gettext(last.label),
    }  # fmt: skip
    return Conflict(
        _("%(who)s已于 %(at)s 办理“%(did)s”，「%(title)s」现在是“%(state)s”，不能再“%(step)s”") % words,
        mend=mend, state=record.state, by=last.actor_name, at=last.at_world.isoformat(),
    )  # fmt: skip


def _declared(loop: Loop, step: str) -> Step:
    try:
        return loop.step(step)
    except KeyError:
        raise NotFound(_("没有“%(step)s”这一步") % {"step": step}) from None


def _lock(ctx: Context, record: LoopRecord) -> Any:
    rows = type(record).objects.select_for_update(of=("self",)).visible_to(ctx)
    fresh = rows.filter(pk=record.pk).first()
    if fresh is None:
        raise NotFound()
    return fresh


def _may(ctx: Context, step: Step, record: LoopRecord) -> bool:
    may = step.may
    if step.narrowed_by:
        now = getattr(record, step.narrowed_by)
        may = tuple(role for role in step.may if role in now)
    return _entitled(ctx, may, record.scope, record.owner_keys) and (bool(may) or not step.narrowed_by)


def _entitled(ctx: Context, may: Iterable[str], scope: str, owner_keys: Iterable[str]) -> bool:
    if any(role != ASSIGNEE and ctx.holds(role, scope) for role in may) or ctx.holds("system", scope):
        return True
    return ASSIGNEE in may and bool(ctx.keys & set(owner_keys))


def _check_may(ctx: Context, step: Step, record: LoopRecord) -> None:
    if not _may(ctx, step, record):
        raise NotAllowed(
            _("您的岗位不能对「%(title)s」办理“%(step)s”") % {"title": record.headline, "step": step.label}
        )


def _due(record: LoopRecord, state: State, now: datetime) -> datetime | None:
    within = getattr(record, state.within)() if isinstance(state.within, str) else state.within
    if within is None or isinstance(within, datetime):
        return within
    return now + timedelta(minutes=float(within))


def _keep_deadline(record: LoopRecord, state: State) -> None:
    Deadline.objects.filter(loop=record.loop.key, record=record.pk).exclude(status=Deadline.Status.MET).update(
        status=Deadline.Status.MET
    )
    if record.due_at is None or state.final:
        return
    first = state.escalate[0].after if state.escalate else 0
    Deadline.objects.create(
        world_id=record.world_id, loop=record.loop.key, record=record.pk, state=record.state,
        due_at=record.due_at + timedelta(minutes=first),
    )  # fmt: skip


def _log_and_tell(ctx: Context, record: LoopRecord, step: str, label: str, data: dict[str, Any]) -> None:
    key = record.loop.key
    auditing.record(
        ctx, action=f"{key}.{step}", label=label, object_type=key, object_id=record.pk, scope=record.scope, data=data
    )
    announce(
        ctx,
        LoopStepped(loop=key, record=str(record.pk), step=step, source=record.state, target=record.state),
        scope=record.scope,
        shared_with=record.shared_with,
    )
