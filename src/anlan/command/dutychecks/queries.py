"""What may be asked of duty checks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Sum, Value, When

from anlan.command.models import DutyCheck, Shift
from anlan.kernel.context import Context


def checks(ctx: Context) -> QuerySet[DutyCheck]:
    """Checks that this person may see, the open ones first."""
    open_first = Case(When(closed_at=None, then=Value(0)), default=Value(1), output_field=IntegerField())
    return DutyCheck.objects.visible_to(ctx).select_related("organisation").order_by(open_first, "-opened_at")


def my_checks(ctx: Context) -> QuerySet[DutyCheck]:
    """What this very person's unit has to put right."""
    rows = DutyCheck.objects.visible_to(ctx).filter(state="rectifying", owner_keys__overlap=sorted(ctx.keys))
    return rows.select_related("organisation").order_by("due_at")


#: So many empty seats of a month are listed.
MOST_EMPTY = 200


def unattended(ctx: Context, since: datetime, until: datetime) -> list[Shift]:
    """Shifts of [since, until) to which nobody came, of the duty rooms that this person may see, newest first."""
    rows = Shift.objects.visible_to(ctx).filter(
        state__in=("unattended", "missed"), starts_at__gte=since, starts_at__lt=until
    )
    return list(rows.select_related("region", "person").order_by("-starts_at", "order", "id")[:MOST_EMPTY])


@dataclass(frozen=True, slots=True)
class UnitChecks:
    """A unit's month: checks carried out, those with faults, faults in all, those put right."""

    code: str
    name: str
    checked: int
    with_faults: int
    faults: int
    rectified: int


def month(ctx: Context, since: datetime, until: datetime) -> list[UnitChecks]:
    """Checks carried out in [since, until) by unit, most faults first. In one query."""
    rows = (
        DutyCheck.objects.visible_to(ctx)
        .filter(checked_at__gte=since, checked_at__lt=until)
        .order_by()
        .values(code=F("organisation_id"), name=F("organisation__name"), short=F("organisation__short_name"))
        .annotate(
            checked=Count("pk"), with_faults=Count("pk", filter=Q(faults__gt=0)), found=Sum("faults"),
            rectified=Count("pk", filter=Q(state="rectified")),
        )
    )  # fmt: skip
    units = [
        UnitChecks(r["code"], r["short"] or r["name"], r["checked"], r["with_faults"], r["found"] or 0, r["rectified"]) for r in rows
    ]  # fmt: skip
    return sorted(units, key=lambda u: (-u.faults, u.code))
