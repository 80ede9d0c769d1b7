"""Making a month's roster, changing it, publishing it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.timezone import get_current_timezone

from anlan.command.models import Roster, Shift
from anlan.kernel import auditing
from anlan.kernel.context import Context, system
from anlan.kernel.days import days_of
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, Refused
from anlan.kernel.loops import open_record, open_records, transition, transition_all
from anlan.kernel.loops.stepping import step_service
from anlan.kernel.wording import words as _
from anlan.messaging.services import send
from anlan.places.models import Person, Region

from ..cells import Cell, Fault, changed, faults_of, lay_out, take_turns
from ..circumstances import around, calendar_of, candidates, seats_of
from ..faults import said
from ..rest import rules_of

PLAN = "command.roster.plan"
#: A roster is made for months this near, so that a slip of the year is noticed.
MOST_AHEAD = timedelta(days=400)


def cells_of(roster: Roster) -> list[Cell]:
    return [Cell.of(given) for given in roster.cells]


def judged(ctx: Context, roster: Roster, cells: list[Cell] | None = None) -> list[Fault]:
    """What is wrong with a roster as it stands, or as it would with these cells."""
    cells = cells_of(roster) if cells is None else cells
    return faults_of(cells, around(ctx, roster.region, roster.month, cells), rules_of(roster.region, roster.month))


def begin_roster(ctx: Context, *, region: Region, month: date, fill: bool = True) -> Roster:
    """A roster of a month, laid out by the region's templates; with `fill`, people take turns by the templates' groups.

    Raises NotAllowed, BadInput (a month far away), Conflict when somebody is working on one for the same month.
    """
    ctx.require(PLAN, region.path)
    month = month.replace(day=1)
    if abs(month - ctx.now().date()) > MOST_AHEAD:
        raise BadInput(_("这个月份离现在太远"), field="month", mend=_("请核对年份"))
    cells = _filled(ctx, region, month, laid_out(region, month)) if fill else laid_out(region, month)
    try:
        with transaction.atomic():
            made: Roster = open_record(
                ctx, Roster, region=region, scope=region.path, month=month, cells=[c.as_dict() for c in cells],
                note={"month": month.isoformat(), "region": region.name},
            )  # fmt: skip
    except IntegrityError:
        raise Conflict(
            _("%(month)s 已有一份值班表正在编排") % {"month": f"{month:%Y-%m}"},
            mend=_("请打开那一份接着排，或先作废它"),
        ) from None
    return made


def laid_out(region: Region, month: date) -> list[Cell]:
    """The vacant cells of a month by the region's templates, its days off and its key periods."""
    kinds, strong = calendar_of(region, month)
    off = {day for day, kind in kinds.items() if kind.off}
    return lay_out(
        days_of(month), seats_of(region, "normal"), seats_of(region, "strong"), off=off, strong=set(strong),
        zone=get_current_timezone(),
    )  # fmt: skip


def _filled(ctx: Context, region: Region, month: date, cells: list[Cell]) -> list[Cell]:
    seats = {s.key: s for kind in ("strong", "normal") for s in seats_of(region, kind)}
    groups = {key: seat.group for key, seat in seats.items() if seat.group}
    circumstances = around(ctx, region, month, cells)
    serving = circumstances.serving
    groups = {key: tuple(p for p in group if p in serving) for key, group in groups.items()}
    named = {p for group in groups.values() for p in group}
    if named:
        circumstances = around(ctx, region, month, [*cells, *_phantoms(cells, named)])
    return take_turns(cells, groups, circumstances, rules_of(region, month), last=_last_turns(ctx, region, month))


def _phantoms(cells: list[Cell], people: set[str]) -> list[Cell]:
    """One cell a person, so that what keeps each of a group away is read too."""
    return [replace(cells[0], key=f"of:{p}", person=p) for p in people] if cells else []


def _last_turns(ctx: Context, region: Region, month: date) -> dict[tuple[str, bool], str]:
    """Who sat last on each seat before the month, on working days and on days off."""
    kinds, _strong = calendar_of(region, month - timedelta(days=1))
    rows = Shift.objects.in_world(ctx).filter(
        region=region, day__lt=month, day__gte=month - timedelta(days=31), state__in=("planned", "on_duty", "over")
    )
    found = {}
    for seat, day, person in rows.order_by("starts_at", "id").values_list("seat", "day", "planned_person_id"):
        if day in kinds:
            found[seat, kinds[day].off] = str(person)
    return found


def change_cells(ctx: Context, *, roster: Roster, people: Mapping[str, str]) -> Roster:
    """Put people (ids, "" for nobody) into cells (keys) of a draft. Several cells change together or not at all.

    Conflicts are told by `judged`, not refused: a draft may be wrong. Raises NotFound, NotAllowed, Conflict, BadInput.
    """
    with transaction.atomic():
        fresh = _draft(ctx, roster)
        cells = cells_of(fresh)
        by_key = {c.key: c for c in cells}
        strange = [key for key in people if key not in by_key]
        if strange or not people:
            raise BadInput(_("值班表里没有这一格"), field="cell", mend=_("请刷新后再排"))
        asked = {p for p in people.values() if p}
        allowed = {str(p.pk): p.name for p in candidates(fresh.region, fresh.month)}
        if unknown := asked - set(allowed):
            name = Person.objects.filter(pk__in=unknown).values_list("name", flat=True).first() or "?"
            raise BadInput(
                _("“%(name)s”不在本地区任职，不能排班") % {"name": name}, field="person",
                mend=_("请从名单里选；新来的人先由管理员任职"),
            )  # fmt: skip
        before = {key: by_key[key].person for key in people}
        fresh.cells = [c.as_dict() for c in changed(cells, people)]
        fresh.save(update_fields=["cells"])
        auditing.record(
            ctx, action="command.roster.cells", object_type=Roster.loop.key, object_id=fresh.pk, scope=fresh.scope,
            label=_("排班"), data={"before": before, "after": dict(people)},
        )  # fmt: skip
    roster.cells = fresh.cells
    return fresh


def refill(ctx: Context, *, roster: Roster, anew: bool = False) -> int:
    """Fill the vacant cells by turn; `anew` empties all before. Returns how many cells changed."""
    with transaction.atomic():
        fresh = _draft(ctx, roster)
        before = cells_of(fresh)
        start = [replace(c, person="") for c in before] if anew else before
        after = {c.key: c.person for c in _filled(ctx, fresh.region, fresh.month, start)}
        differ = {c.key: after[c.key] for c in before if after[c.key] != c.person}
        if differ:
            change_cells(ctx, roster=fresh, people=differ)
    roster.cells = fresh.cells
    return len(differ)


def _draft(ctx: Context, roster: Roster) -> Roster:
    fresh: Roster = Roster.objects.select_for_update(of=("self",)).get_visible(ctx, pk=roster.pk)
    ctx.require(PLAN, fresh.scope)
    if fresh.state != "drafted":
        raise Conflict(
            _("这份值班表%(state)s，不能再改") % {"state": fresh.state_label},
            mend=_("待发布的请先退回修改；已发布的请用替班、换班"),
        )
    return fresh


@step_service("command.roster", "submit")
def submit(ctx: Context, roster: Roster, evidence: dict[str, Any]) -> Roster:
    hard = [f for f in judged(ctx, roster) if f.hard]
    if hard:
        raise _refused(roster, hard, _("还不能送审"))
    return transition(  # type: ignore[no-any-return]
        ctx, roster, "submit", evidence=evidence, planned_by=ctx.actor.key, planned_by_name=ctx.actor.name[:120]
    )


@step_service("command.roster", "publish")
def publish(ctx: Context, roster: Roster, evidence: dict[str, Any]) -> Roster:
    """Publish: the cells become shifts, an older roster of the same month gives way to it. Published by a second person, or by
    the leader in charge, who has the right.

    Raises NotAllowed, Refused (what keeps it from being published), BadInput (what is noted needs a reason), Conflict.
    """
    with transaction.atomic():
        fresh: Roster = Roster.objects.select_for_update(of=("self",)).get_visible(ctx, pk=roster.pk)
        if fresh.planned_by == ctx.actor.key and not ctx.holds("duty_leader", fresh.scope):
            raise NotAllowed(_("自己编排的值班表由另一人发布"), mend=_("请由带班领导或另一位负责人审核发布"))
        cells = cells_of(fresh)
        # Two rosters that name the same person are published one after the other.
        list(Person.objects.select_for_update().filter(pk__in={c.person for c in cells if c.person}).order_by("pk"))
        faults = judged(ctx, fresh, cells)
        if hard := [f for f in faults if f.hard]:
            raise _refused(fresh, hard, _("不能发布"))
        accepted = str(evidence.get("accepted") or "").strip()
        if faults and not accepted:
            raise BadInput(
                _("有 %(n)d 处提示：%(first)s") % {"n": len(faults), "first": _sentences(fresh, faults)}, field="accepted",
                mend=_("请退回修改，或写明保留的理由"),
            )  # fmt: skip
        _make_way(ctx, fresh)
        done: Roster = transition(
            ctx, fresh, "publish", evidence={"accepted": accepted}, published_by_name=ctx.actor.name[:120],
            published_at=ctx.now(), accepted=accepted, noted=[{"key": f.key, "kind": f.kind, **f.about} for f in faults],
        )  # fmt: skip
        _make_shifts(ctx, done, cells)
    with roster._opened_door():
        roster.__dict__.update({f.attname: getattr(done, f.attname) for f in done._meta.concrete_fields})
    return done


def _make_way(ctx: Context, roster: Roster) -> None:
    """An older published roster of the month gives way; what of it has begun stays."""
    rows = Roster.objects.in_world(ctx).select_for_update(of=("self",))
    for old in rows.filter(region=roster.region, month=roster.month, state="published").exclude(pk=roster.pk):
        machine = system("rosters", world=ctx.world, cause=ctx.cause)
        transition(machine, old, "replace", evidence={"by": str(roster)})
        ahead = Shift.objects.in_world(ctx).filter(roster=old, state="planned", starts_at__gt=ctx.now())
        transition_all(machine, list(ahead), "cancel", evidence={"reason": _("值班表已由新表取代")})


def _make_shifts(ctx: Context, roster: Roster, cells: list[Cell]) -> None:
    """Shifts for the cells that are not over yet; one that runs already is only made where nobody sits there."""
    now = ctx.now()
    sitting = set(
        Shift.objects.in_world(ctx).filter(region=roster.region, starts_at__lte=now, ends_at__gt=now)
        .exclude(state="cancelled").values_list("seat", "starts_at")
    )  # fmt: skip
    wanted = [c for c in cells if c.person and c.ends > now and (c.seat, c.starts) not in sitting]
    machine = system("rosters", world=ctx.world, cause=ctx.cause)
    open_records(machine, Shift, [shift_fields(roster, c) for c in wanted])
    people = {c.person for c in wanted}
    send(
        ctx, text=_("%(roster)s已发布，请查看“我的值班”") % {"roster": str(roster)}, people=list(Person.objects.filter(pk__in=people)),
        about=(Roster.loop.key, roster.pk, "/duty/mine/"), scope=roster.scope, dedupe=f"roster:{roster.pk}", channels=("app", "email"),
    )  # fmt: skip


def shift_fields(roster: Roster, cell: Cell) -> dict[str, Any]:
    """The columns of the shift that a cell becomes."""
    key = f"person:{cell.person}"
    return {
        "roster": roster, "region": roster.region, "scope": roster.scope, "shared_with": [key], "owner_keys": [key], "day": cell.day,
        "seat": cell.seat, "seat_name": cell.seat_name, "role": cell.role, "order": cell.order, "desk": cell.desk,
        "starts_at": cell.starts, "ends_at": cell.ends, "person_id": cell.person, "planned_person_id": cell.person,
    }  # fmt: skip


def _sentences(roster: Roster, faults: list[Fault], most: int = 3) -> str:
    cells = {c.key: c for c in cells_of(roster)}
    lines = [f"{cells[f.key].day:%m-%d} {cells[f.key].seat_name}{said(f)}" for f in faults[:most]]
    return "；".join(lines) + ("…" if len(faults) > most else "")


def _refused(roster: Roster, faults: list[Fault], head: str) -> Refused:
    words = {"head": head, "n": len(faults), "first": _sentences(roster, faults)}
    return Refused(_("%(head)s：有 %(n)d 处必须改：%(first)s") % words, mend=_("请在值班表上改好标出的格子再办"))
