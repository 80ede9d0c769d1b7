"""The verbs of the directory: showing one personal number, taking the list out, confirming entries."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.timezone import localtime

from anlan.kernel import auditing, clock
from anlan.kernel.context import Context, system
from anlan.kernel.errors import NotAllowed, NotFound, Refused
from anlan.kernel.loops import open_records, transition, transition_all
from anlan.kernel.loops.stepping import step_service
from anlan.kernel.spreadsheet import Column, write_xlsx
from anlan.kernel.wording import words as _

from ..keeping import checked_number
from ..models import DirectoryCheck, Holding, Organisation, Person
from .queries import EXPORT, NUMBER, entries, may_see_number, organisations_for

ASK = "places.directory.ask"
#: Kinds of units that look at their own entry.
ASKED = ("government", "headquarters", "bureau", "street", "committee", "team")


def show_number(ctx: Context, *, person: Person | str) -> tuple[Person, str]:
    """The personal number of somebody in the directory. Every look is written into the person's history: who, by which post, when.

    Raises NotFound for somebody outside the person's directory, NotAllowed where the right is missing, Refused without a number.
    """
    pk = person.pk if isinstance(person, Person) else UUID(str(person))
    held = Holding.objects.filter(Holding.now(), person=pk, person__is_active=True, post__retired_at__isnull=True)
    reachable = held.filter(post__organisation__in=organisations_for(ctx)).select_related(
        "person", "post__organisation"
    )
    posts = list(reachable)
    if not posts:
        raise NotFound()
    seen = next((h for h in posts if may_see_number(ctx, h.post.organisation)), None)
    if seen is None:
        raise NotAllowed(permission=NUMBER, mend=_("请拨打该单位的值班电话"))
    if not seen.person.phone:
        raise Refused(_("没有登记电话"), mend=_("请拨打该单位的值班电话"))
    auditing.record(
        ctx, action="places.person.number_seen", label=_("查看电话号码"), object_type="places.person", object_id=seen.person.pk,
        scope=seen.post.scope, data={"name": seen.person.name, "post": seen.post.code},
    )  # fmt: skip
    return seen.person, seen.person.phone


def directory_xlsx(ctx: Context) -> bytes:
    """The directory as a spreadsheet; personal numbers only where the person may see them. That it was taken out is written down."""
    paths = ctx.paths(EXPORT)
    if not paths:
        raise NotAllowed(permission=EXPORT)
    rows: list[dict[str, Any]] = []
    numbers = 0
    for entry in entries(ctx, organisations_for(ctx).order_by("kind", "code")):
        o = entry.organisation
        base = {
            "kind": str(o.get_kind_display()), "unit": o.name, "duty_phone": o.duty_phone,
            "confirmed_at": o.confirmed_at,
        }  # fmt: skip
        if not entry.holders:
            rows.append({**base, "post": "", "name": "", "phone": ""})
        for holder in entry.holders:
            shown = holder.may_see and holder.has_number
            numbers += shown
            rows.append(
                {**base, "post": holder.post, "name": holder.person.name, "phone": holder.person.phone if shown else ""}
            )
    auditing.record(
        ctx, action="places.directory.export", label=_("导出通讯录"), object_type="places.directory", object_id="-",
        scope=paths[0], data={"rows": len(rows), "numbers": numbers},
    )  # fmt: skip
    columns = [
        Column("kind", _("类别")), Column("unit", _("单位")), Column("duty_phone", _("值班电话")), Column("post", _("岗位")),
        Column("name", _("姓名")), Column("phone", _("电话")), Column("confirmed_at", _("通讯录核实时间"), kind="datetime"),
    ]  # fmt: skip
    return write_xlsx(columns, rows, title=_("通讯录"), notes=[_("含个人电话，请按规定保管")] if numbers else [])


def ask_units(ctx: Context, *, samples: bool = True) -> int:
    """Ask every unit that has not been asked this month to look at its entry; returns how many. What was open before is replaced.

    In reality only: who exists is the same in every world. `samples` False leaves the records of the demonstration alone.
    """
    paths = ctx.paths(ASK)
    if not paths:
        raise NotAllowed(permission=ASK)
    if ctx.is_exercise:
        raise Refused(_("演练中不核实通讯录"), mend=_("退出演练、回到实况后再办"))
    month = localtime(ctx.now()).date().replace(day=1)
    with transaction.atomic():
        units = _to_ask(paths, month, samples)
        machine = system("places.directory", world=ctx.world, cause=ctx.actor.key)
        rows = DirectoryCheck.objects.in_world(ctx).select_for_update(of=("self",)).order_by("pk")
        transition_all(machine, list(rows.filter(organisation__in=units, state="asked")), "supersede")
        open_records(machine, DirectoryCheck, [
            {"organisation": o, "month": month, "scope": o.scope, "owner_keys": [o.key], "shared_with": [o.key]} for o in units
        ])  # fmt: skip
    return len(units)


def _to_ask(paths: tuple[str, ...], month: date, samples: bool) -> list[Organisation]:
    rows = Organisation.objects.filter(
        retired_at__isnull=True, kind__in=ASKED, posts__retired_at__isnull=True
    ).distinct()
    if not samples:
        rows = rows.filter(sample=False)
    asked = DirectoryCheck.everything.filter(month=month).values("organisation_id")
    found = rows.exclude(pk__in=asked).order_by("code")
    return [o for o in found if any(o.scope.startswith(path) for path in paths)]


@step_service("places.directory_check", "confirm")
def _confirm(ctx: Context, check: Any, given: dict[str, Any]) -> Any:
    with transaction.atomic():
        moved = transition(ctx, check, "confirm", evidence=given)
        _confirmed(ctx, moved.organisation_id, {})
    return moved


@step_service("places.directory_check", "correct")
def _correct(ctx: Context, check: Any, given: dict[str, Any]) -> Any:
    number = checked_number(str(given.get("duty_phone") or ""))
    with transaction.atomic():
        moved = transition(
            ctx, check, "correct", evidence={**given, "duty_phone": number}, note=str(given.get("note") or "")[:300]
        )
        _confirmed(ctx, moved.organisation_id, {"duty_phone": number})
    return moved


def _confirmed(ctx: Context, organisation: str, changes: dict[str, str]) -> None:
    row = Organisation.objects.select_for_update(of=("self",)).get(pk=organisation)
    before = {name: getattr(row, name) for name in changes}
    for name, value in changes.items():
        setattr(row, name, value)
    row.confirmed_at, row.confirmed_by = clock.real_now(), ctx.actor.name[:160]
    row.save(update_fields=["confirmed_at", "confirmed_by", *changes])
    auditing.record(
        ctx, action="places.organisation.confirmed", label=_("核实通讯录"), object_type="places.organisation", object_id=row.pk,
        scope=row.scope, data={"before": before, "after": changes},
    )  # fmt: skip
