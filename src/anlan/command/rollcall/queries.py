"""What may be asked of roll calls: those running, one with its answers, and the answer rate of each unit by month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When

from anlan.command.models import RollCall, RollCallAnswer, RollCallPlan
from anlan.kernel.context import Context
from anlan.messaging.models import Delivery

OVER = ("withdrawn",)
MISSED = ("absent", "explained", "excused", "counted")


def rollcalls(ctx: Context) -> QuerySet[RollCall]:
    """Roll calls that this person may see, those still running first, then the newest."""
    rows = RollCall.objects.visible_to(ctx)
    running = Case(When(closed_at=None, then=Value(0)), default=Value(1), output_field=IntegerField())
    return rows.order_by(running, "-opened_at")


def answers_of(ctx: Context, call: RollCall) -> list[RollCallAnswer]:
    """Answers of one roll call that this person may see: the absent first, then the silent, then the others."""
    pressing = Case(
        When(state="absent", then=Value(0)), When(state="explained", then=Value(1)), When(state="asked", then=Value(2)),
        When(state="counted", then=Value(3)), When(state="excused", then=Value(4)), When(state="answered_late", then=Value(5)),
        default=Value(6), output_field=IntegerField(),
    )  # fmt: skip
    rows = RollCallAnswer.objects.visible_to(ctx).filter(rollcall=call).select_related("organisation", "rollcall")
    return list(rows.order_by(pressing, "organisation__kind", "organisation_id"))


def my_answers(ctx: Context) -> QuerySet[RollCallAnswer]:
    """What this very person still owes: the answer, or the reason why there was none."""
    rows = RollCallAnswer.objects.visible_to(ctx).open().filter(state__in=("asked", "absent"))
    return (
        rows.filter(owner_keys__overlap=sorted(ctx.keys)).select_related("rollcall", "organisation").order_by("due_at")
    )


@dataclass(slots=True)
class Tally:
    """Counts of answers: `asked` of all units, `in_time`, `late`, `missed`, `waiting`."""

    asked: int = 0
    in_time: int = 0
    late: int = 0
    missed: int = 0
    waiting: int = 0

    @property
    def rate(self) -> float | None:
        """Percent of the units that answered in time, once the time is over for all; None before."""
        done = self.asked - self.waiting
        return round(100 * self.in_time / done, 1) if done else None

    @property
    def so_far(self) -> int:
        return self.in_time + self.late


_COUNTS = {
    "asked": Count("pk", filter=~Q(state__in=OVER)),
    "in_time": Count("pk", filter=Q(state="answered")),
    "late": Count("pk", filter=Q(state="answered_late")),
    "missed": Count("pk", filter=Q(state__in=MISSED)),
    "waiting": Count("pk", filter=Q(state="asked")),
}  # fmt: skip


def tallies(ctx: Context, calls: Iterable[RollCall]) -> dict[UUID, Tally]:
    """Counts by roll call over the answers that this person may see, in one query."""
    rows = RollCallAnswer.objects.visible_to(ctx).filter(rollcall__in=[c.pk for c in calls]).order_by()
    return {row.pop("rollcall_id"): Tally(**row) for row in rows.values("rollcall_id").annotate(**_COUNTS)}


@dataclass(slots=True)
class UnitRate:
    """A unit's month: its counts and the median seconds from the call to the answer (None without an answer)."""

    code: str
    name: str
    tally: Tally = field(default_factory=Tally)
    median_s: int | None = None


def rates(ctx: Context, since: datetime, until: datetime) -> tuple[list[UnitRate], Tally]:
    """Answer rate per unit over the roll calls drawn up in [since, until), the worst first, and of all units together.

    Answers still awaited are left out of the rate; a withdrawn roll call counts nowhere (IND-099 asks for 100 %).
    """
    rows = (
        RollCallAnswer.objects.visible_to(ctx).filter(opened_at__gte=since, opened_at__lt=until).exclude(state__in=OVER)
    )
    units: dict[str, UnitRate] = {}
    waits: dict[str, list[float]] = defaultdict(list)
    total = Tally()
    light = rows.order_by().values_list(
        "organisation_id", "organisation__name", "organisation__short_name", "state", "opened_at", "answered_at"
    )
    for code, name, short, state, opened, answered in light.iterator():
        unit = units.setdefault(code, UnitRate(code, short or name))
        for tally in (unit.tally, total):
            tally.asked += 1
            tally.in_time += state == "answered"
            tally.late += state == "answered_late"
            tally.missed += state in MISSED
            tally.waiting += state == "asked"
        if answered:
            waits[code].append((answered - opened).total_seconds())
    for code, seconds in waits.items():
        units[code].median_s = int(sorted(seconds)[len(seconds) // 2])
    found = sorted(units.values(), key=lambda u: (u.tally.rate is None, u.tally.rate or 0, u.code))
    return found, total


def proofs(answers: Iterable[RollCallAnswer], call: RollCall) -> dict[UUID, list[Delivery]]:
    """How each unit was asked: deliveries of the first message by answer, in one query."""
    if call.message_id is None:
        return {}
    found: dict[str, list[Delivery]] = defaultdict(list)
    for delivery in Delivery.objects.filter(message=call.message_id).order_by("queued_at", "channel"):
        found[str(delivery.person_id)].append(delivery)
    return {a.pk: [d for who in a.called for d in found.get(who["person"], ())] for a in answers}


def plans(ctx: Context) -> QuerySet[RollCallPlan]:
    """Plans in use, the next due first."""
    return RollCallPlan.objects.visible_to(ctx).filter(stopped_at__isnull=True).order_by("next_at")
