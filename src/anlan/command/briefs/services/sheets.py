"""The day sheet: asked of units, chased, closed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.utils.timezone import get_current_timezone, localtime

from anlan.command.models import DaySheet, SheetLine
from anlan.kernel import auditing
from anlan.kernel.context import Context, system
from anlan.kernel.errors import BadInput, Conflict, NotAllowed
from anlan.kernel.loops import open_record, open_records, transition
from anlan.kernel.loops.stepping import step_service
from anlan.kernel.texts import whole
from anlan.kernel.wording import words as _
from anlan.messaging.services import send
from anlan.places.queries import Organisation, Region, organisations

from ..forms import forms_of
from ..loops import DAY_SHEET

SHEET, LINE = DaySheet.loop.key, SheetLine.loop.key
#: Chasing again within so many minutes says nothing new.
CHASE_AGAIN_MIN = 5


def askable(region: Region) -> list[Organisation]:
    """Units that may be asked: streets first, then bureaus and teams; of a street its communities."""
    kinds = ("committee",) if region.level == "township" else ("street", "bureau", "team")
    rows = organisations(region.path).filter(kind__in=kinds).exclude(actor="duty")
    return sorted(rows, key=lambda o: (kinds.index(o.kind), o.region.code, o.code))


def open_sheet(
    ctx: Context, *, region: Region, form: str, day: date, units: Sequence[str], wanted_at: datetime | None = None, occasion: str = "",
    remark: str = "",
) -> DaySheet:  # fmt: skip
    """Ask units (codes) for the figures of a day by `wanted_at` (default: the form's own time). The same form and day is asked once.

    Raises BadInput naming the field, NotAllowed, Conflict when it was asked already.
    """
    known_form = forms_of(region).get(form)
    if known_form is None:
        raise BadInput(_("没有这种调度表"), field="form", mend=_("请从列出的表中选择"))
    if not any(ctx.holds(role, region.path) for role in DAY_SHEET.opened_by):
        raise NotAllowed(_("只有值班室和指挥部办公室能发起每日调度"))
    due = wanted_at or datetime.combine(day, datetime.strptime(known_form.at, "%H:%M").time(), get_current_timezone())
    if due <= ctx.now():
        raise BadInput(
            _("填报时限 %(at)s 已经过去") % {"at": f"{localtime(due):%m-%d %H:%M}"},
            field="wanted_at",
            mend=_("请填写晚于现在的时间"),
        )
    allowed = {o.code: o for o in askable(region)}
    chosen = [allowed[c] for c in dict.fromkeys(units) if c in allowed]
    if not chosen or len(chosen) < len(set(units)):
        raise BadInput(_("请选择本辖区的填报单位"), field="units", mend=_("至少选一个，从列出的单位中选"))
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"sheet:{ctx.world}:{region.pk}:{form}:{day}"]
            )
        if (
            DaySheet.objects.in_world(ctx)
            .filter(region=region, form_id=form, day=day)
            .exclude(state="cancelled")
            .exists()
        ):
            raise Conflict(
                _("%(day)s 的%(title)s已经发起") % {"day": f"{day:%m-%d}", "title": known_form.title},
                mend=_("请到列表里打开它"),
            )
        sheet: DaySheet = open_record(
            ctx, DaySheet, scope=region.path, region=region, form_id=form, form=[f.as_dict() for f in known_form.fields],
            title=known_form.title, occasion=whole(occasion, 80, "occasion"), day=day, wanted_at=due, remark=whole(remark, 1000, "remark"),
            opened_by_name=f"{ctx.actor.name} {ctx.actor.post}".strip()[:160], note={"units": [o.name for o in chosen]},
        )  # fmt: skip
        open_records(system("sheets", world=ctx.world, cause=ctx.cause), SheetLine, [
            {"scope": o.region.path, "shared_with": [o.key], "owner_keys": [o.key], "sheet": sheet, "organisation": o} for o in chosen
        ])  # fmt: skip
        for line in SheetLine.objects.in_world(ctx).filter(sheet=sheet).select_related("organisation"):
            send(
                ctx, text=_("%(title)s：请在 %(due)s 前填报") % {"title": sheet, "due": f"{localtime(due):%m-%d %H:%M}"},
                to_keys=line.owner_keys, about=(LINE, line.pk, line.get_absolute_url()), scope=line.scope, dedupe=f"line:{line.pk}",
            )  # fmt: skip
    return sheet


def chase_missing(ctx: Context, sheet: DaySheet) -> int:
    """One press: remind every unit that has not filled in; returns how many were reminded now."""
    if not any(ctx.holds(role, sheet.scope) for role in DAY_SHEET.opened_by):
        raise NotAllowed(_("只有值班室和指挥部办公室能催报"))
    now, chased = ctx.now(), 0
    with transaction.atomic():
        for line in SheetLine.objects.in_world(ctx).filter(sheet=sheet, state="asked").select_related("organisation"):
            minutes = int((now - sheet.wanted_at).total_seconds() // 60)
            late = (
                _("已超时 %(n)d 分钟") % {"n": minutes}
                if minutes > 0
                else _("%(at)s 截止") % {"at": f"{localtime(sheet.wanted_at):%H:%M}"}
            )
            said = send(
                ctx, text=_("【催报】%(title)s还没有填报，%(late)s") % {"title": sheet, "late": late}, to_keys=line.owner_keys,
                about=(LINE, line.pk, line.get_absolute_url()), scope=line.scope, urgent=minutes > 0,
                dedupe=f"line:{line.pk}:{int(now.timestamp()) // (CHASE_AGAIN_MIN * 60)}",
            )  # fmt: skip
            if said is None:
                continue
            chased += 1
            auditing.record(
                ctx,
                action=f"{LINE}.chase",
                label=_("催报"),
                object_type=LINE,
                object_id=line.pk,
                scope=line.scope,
                data={"late_minutes": minutes},
            )
    return chased


@step_service(SHEET, "close")
def close_sheet(ctx: Context, sheet: DaySheet, evidence: dict[str, Any]) -> DaySheet:
    """No more filling in by the units; those that did not are missing."""
    with transaction.atomic():
        done: DaySheet = transition(
            ctx, sheet, "close", evidence=evidence, note=str(evidence.get("note") or "").strip()
        )
        _end_lines(ctx, done, "miss")
    return done


@step_service(SHEET, "cancel")
def cancel_sheet(ctx: Context, sheet: DaySheet, evidence: dict[str, Any]) -> DaySheet:
    with transaction.atomic():
        done: DaySheet = transition(ctx, sheet, "cancel", evidence=evidence)
        _end_lines(ctx, done, "drop")
    return done


def _end_lines(ctx: Context, sheet: DaySheet, step: str) -> None:
    me = system("sheets", world=ctx.world, cause=ctx.cause)
    for line in (
        SheetLine.objects.in_world(me).filter(sheet=sheet, state="asked").select_related("sheet", "organisation")
    ):
        transition(me, line, step)
