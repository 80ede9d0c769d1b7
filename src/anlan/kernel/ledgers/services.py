"""The verbs of every ledger: enter, correct, retire, bring back. One audit row with before and after, one event, each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from anlan.events.ledgers import LedgerChanged
from anlan.kernel import auditing
from anlan.kernel.announcing import announce
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, NotFound, Refused
from anlan.kernel.texts import whole
from anlan.kernel.wording import words as _

from .declaration import Ledger
from .reading import Reader, refuse
from .showing import Shower


def save_row(
    ctx: Context, ledger: Ledger, values: Mapping[str, Any], row: Any = None, *, expected: datetime | None = None,
    sample: bool = False, shared_with: Iterable[str] = (), note: str = "",
) -> Any:  # fmt: skip
    """Enter a row, or correct `row` by the fields given. Values may be typed or as people write them.

    `expected` is the `updated_at` that the person saw; a row that was changed meanwhile raises Conflict. `sample` marks a new
    record made for the demonstration, `shared_with` gives it audiences beside its region. A correction that changes
    nothing writes nothing. Raises BadInput (all faults in ``details["faults"]``), NotAllowed, NotFound.
    """
    demand_reality(ctx, ledger)
    accepted, faults = Reader(ctx, ledger).read(values, partial=row is not None)
    refuse(faults)
    with transaction.atomic():
        fresh = _lock(ctx, ledger, row) if row is not None else _blank(ctx, ledger, sample, shared_with)
        if row is not None:
            _demand(ctx, ledger, fresh.scope)
            if expected is not None and fresh.updated_at != expected:
                raise Conflict(
                    _("您打开之后，这一行已由别人改过"),
                    mend=_("请刷新后核对现在的内容，再改一次"),
                    updated_at=fresh.updated_at,
                )
        refuse(across(ledger, fresh, accepted))
        before, after = assign(ledger, fresh, accepted, fresh_row=row is None)
        if row is not None and not after:
            return fresh
        _demand(ctx, ledger, fresh.scope)
        _guard(ctx, ledger, fresh, "create" if row is None else "change")
        write(ctx, ledger, fresh)
        _log(
            ctx,
            ledger,
            fresh,
            "create" if row is None else "change",
            {"before": before, "after": after, **_noted(note)},
        )
        follow(ctx, ledger, fresh, "create" if row is None else "change")
        _tell(ctx, ledger, fresh, "created" if row is None else "changed", sorted(after))
    return fresh


def retire_row(ctx: Context, ledger: Ledger, row: Any, *, why: str) -> Any:
    """Take a row out of use. It is kept, with its history, and can be brought back."""
    demand_reality(ctx, ledger)
    why = whole(why, 200, "why")
    if not why:
        raise BadInput(_("请写明停用原因"), field="why", mend=_("如：已拆除、已撤并、重复录入"))
    with transaction.atomic():
        fresh = _lock(ctx, ledger, row)
        _demand(ctx, ledger, fresh.scope)
        if fresh.is_retired:
            raise Conflict(_("这一行已经停用"), mend=_("刷新后可看到停用时间和原因"))
        fresh.retired_at, fresh.retired_why = ctx.now(), why
        _guard(ctx, ledger, fresh, "retire")
        write(ctx, ledger, fresh)
        _log(ctx, ledger, fresh, "retire", {"why": why})
        follow(ctx, ledger, fresh, "retire")
        _tell(ctx, ledger, fresh, "retired", ["retired_at"])
    return fresh


def restore_row(ctx: Context, ledger: Ledger, row: Any) -> Any:
    """Bring a retired row back into use."""
    demand_reality(ctx, ledger)
    with transaction.atomic():
        fresh = _lock(ctx, ledger, row)
        _demand(ctx, ledger, fresh.scope)
        if not fresh.is_retired:
            raise Conflict(_("这一行没有停用"), mend=_("请刷新后查看"))
        before, fresh.retired_at, fresh.retired_why = fresh.retired_why, None, ""
        _guard(ctx, ledger, fresh, "restore")
        write(ctx, ledger, fresh)
        _log(ctx, ledger, fresh, "restore", {"was": before})
        follow(ctx, ledger, fresh, "restore")
        _tell(ctx, ledger, fresh, "restored", ["retired_at"])
    return fresh


def demand_reality(ctx: Context, ledger: Ledger) -> None:
    """The base database is one for all worlds: an exercise looks at it and never writes to it."""
    if ctx.is_exercise and not ledger.model.worldly:
        raise Refused(
            _("演练中不能改动“%(title)s”：它是各方共用的真实台账") % {"title": ledger.title},
            mend=_("退出演练、回到实况后再改"),
        )


def across(ledger: Ledger, row: Any, values: Mapping[str, Any]) -> list[dict[str, str]]:
    """Faults across fields, judged by what the row will hold."""
    faults = [
        {"field": f.name, "message": _("“%(label)s”录入后不能改") % {"label": f.label}}
        for f in ledger.form_fields
        if f.fixed and not row._state.adding and f.name in values and values[f.name] != getattr(row, f.name)
    ]
    if ledger.check is None or faults:
        return faults
    whole = {f.name: values.get(f.name, getattr(row, f.name, None)) for f in ledger.form_fields}
    return [{"field": name, "message": str(said)} for name, said in ledger.check(whole)]


def assign(
    ledger: Ledger, row: Any, values: Mapping[str, Any], *, fresh_row: bool, shower: Shower | None = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Put values on the row (not saved); returns what they were and are, for the fields that differ."""
    shower = shower or Shower(ledger)
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for name, value in values.items():
        field = ledger.field(name)
        was = None if fresh_row else shower.plain(field, getattr(row, name))
        setattr(row, name, value)
        now = shower.plain(field, value)
        if was != now:
            before[name], after[name] = was, now
    return ({} if fresh_row else before), after


def write(ctx: Context, ledger: Ledger, row: Any) -> None:
    """Save the row; a broken uniqueness becomes a fault of the field concerned."""
    row.updated_at = ctx.now()
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise as_fault(ledger, error) from error


def as_fault(ledger: Ledger, error: IntegrityError) -> Refused:
    """What a broken constraint means to a person."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""
    for constraint in ledger.model._meta.constraints:
        if constraint.name == name:
            fields = [f for f in getattr(constraint, "fields", ()) if f != "scope"]
            labels = "、".join(str(ledger.field(f).label) for f in fields if f in {k.name for k in ledger.resolved})
            text = _("同一区划里已有相同的%(labels)s") % {"labels": labels or ledger.title}
            field = fields[0] if fields else ""
            return BadInput(
                text, field=field, mend=_("查一查已有的那一行，或换一个"), faults=[{"field": field, "message": text}]
            )
    return Conflict(_("这一行与别的记录相抵触，没有保存"), mend=_("请核对后重试"))


def _blank(ctx: Context, ledger: Ledger, sample: bool, shared_with: Iterable[str]) -> Any:
    return ledger.model.blank(ctx, sample=sample, shared_with=shared_with)


def follow(ctx: Context, ledger: Ledger, row: Any, verb: str) -> None:
    """What the room does once a row is written."""
    if ledger.follow is not None:
        ledger.follow(ctx, row, verb)


def _guard(ctx: Context, ledger: Ledger, row: Any, verb: str) -> None:
    if ledger.guard is not None:
        ledger.guard(ctx, row, verb)


def _noted(note: str) -> dict[str, str]:
    return {"note": note} if note else {}


def _lock(ctx: Context, ledger: Ledger, row: Any) -> Any:
    found = ledger.model.objects.select_for_update(of=("self",)).visible_to(ctx).filter(pk=row.pk).first()
    if found is None:
        raise NotFound()
    return found


def _demand(ctx: Context, ledger: Ledger, scope: str) -> None:
    permission = ledger.permission("change")
    if not ctx.may(permission, scope):
        raise NotAllowed(
            _("您的岗位不能改动这里的“%(title)s”") % {"title": ledger.title}, permission=permission, path=scope
        )


def _log(ctx: Context, ledger: Ledger, row: Any, verb: str, data: dict[str, Any]) -> None:
    labels = {"create": _("录入"), "change": _("修改"), "retire": _("停用"), "restore": _("恢复使用")}
    auditing.record(
        ctx, action=f"{ledger.key}.{verb}", label=labels[verb], object_type=ledger.key, object_id=row.pk,
        scope=row.scope, data=data,
    )  # fmt: skip


def _tell(ctx: Context, ledger: Ledger, row: Any, change: str, fields: list[str]) -> None:
    announce(
        ctx,
        LedgerChanged(ledger=ledger.key, row=str(row.pk), change=change, fields=fields),
        scope=row.scope,
        shared_with=row.audiences,
    )
