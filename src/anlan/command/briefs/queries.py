"""What may be asked about briefs and day sheets; every answer is cut to what the person may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from anlan.command.models import Brief, DaySheet, SheetLine
from anlan.kernel.context import Context
from anlan.messaging.models import Delivery
from anlan.places.queries import Region, region_at


def own_region(ctx: Context, permission: str) -> Region | None:
    """The place whose duty room this person works in: the highest path with the permission."""
    paths = ctx.paths(permission)
    return region_at(min(paths, key=len)) if paths else None


def briefs(ctx: Context) -> QuerySet[Brief]:
    """Visible briefs, the newest day first."""
    return Brief.objects.visible_to(ctx).select_related("region").order_by("-day", "-opened_at")


def brief(ctx: Context, pk: Any) -> Brief:
    """Raises NotFound."""
    found: Brief = Brief.objects.select_related("region").get_visible(ctx, pk=pk)
    return found


def receipts(of: Brief) -> list[dict[str, Any]]:
    """Who got a brief and when it was opened, those who have not on top. The caller has shown that the brief is visible."""
    if of.message is None:
        return []
    rows = Delivery.objects.filter(message_id=of.message, channel=Delivery.Channel.APP).select_related("person")
    return [
        {"name": d.person.name, "read_at": d.read_at, "sent_at": d.queued_at}
        for d in rows.order_by(F("read_at").asc(nulls_first=True), "person__username")
    ]


def sheets(ctx: Context) -> QuerySet[DaySheet]:
    """Visible day sheets with how many units have filled in, the newest first."""
    rows = DaySheet.objects.visible_to(ctx).select_related("region")
    counted = rows.annotate(asked=Count("lines"), filled=Count("lines", filter=Q(lines__state="filled")))
    return counted.order_by(F("closed_at").desc(nulls_first=True), "-day", "-opened_at")


def sheet(ctx: Context, pk: Any) -> DaySheet:
    """Raises NotFound."""
    found: DaySheet = DaySheet.objects.select_related("region").get_visible(ctx, pk=pk)
    return found


def line(ctx: Context, pk: Any) -> SheetLine:
    """Raises NotFound."""
    found: SheetLine = SheetLine.objects.select_related("sheet__region", "organisation").get_visible(ctx, pk=pk)
    return found


def lines_of(of: DaySheet) -> list[SheetLine]:
    """Lines of a sheet that the caller may see, those not filled in first."""
    rows = SheetLine.objects.unscoped("the caller has shown that the whole sheet is visible").filter(sheet=of)
    found = list(rows.select_related("organisation__region"))
    for one in found:
        one.sheet = of
    return sorted(found, key=lambda x: (x.state == "filled", x.organisation.kind != "street", x.organisation.code))


def own_lines(ctx: Context) -> QuerySet[SheetLine]:
    """Lines that this very person's unit owes or has filled in, what is owed first."""
    rows = SheetLine.objects.visible_to(ctx).filter(owner_keys__overlap=sorted(ctx.keys)).exclude(state="dropped")
    return rows.select_related("sheet", "organisation").order_by(F("closed_at").desc(nulls_first=True), "due_at")


def owed_lines(ctx: Context) -> QuerySet[SheetLine]:
    """Lines that this person's unit still owes: for the rail."""
    return SheetLine.objects.visible_to(ctx).filter(owner_keys__overlap=sorted(ctx.keys), state="asked")


@dataclass(frozen=True, slots=True)
class Total:
    """A field put together over the units. `value` None: nobody said; `of`: how many said so; `before`: that of the sheet before."""

    field: dict[str, Any]
    value: float | None
    of: int
    before: float | None = None


def totals(of: DaySheet, rows: list[SheetLine], before: dict[str, float | None] | None = None) -> list[Total]:
    """Sums and greatest values of the fields that have one. What a unit does not know counts as nothing said, never as 0."""
    found = []
    for field in of.form:
        if field["total"] not in ("sum", "max"):
            continue
        known = [v for r in rows if r.state == "filled" and isinstance(v := r.values.get(field["name"]), int | float)]
        value = (sum(known) if field["total"] == "sum" else max(known)) if known else None
        found.append(Total(field, value, len(known), (before or {}).get(field["name"])))
    return found


def sheet_before(ctx: Context, of: DaySheet) -> DaySheet | None:
    """The last sheet of the same form and place before this one."""
    rows = DaySheet.objects.visible_to(ctx).filter(region=of.region_id, form_id=of.form_id, day__lt=of.day)
    found: DaySheet | None = rows.exclude(state="cancelled").order_by("-day").first()
    return found


def totals_before(ctx: Context, of: DaySheet) -> dict[str, float | None]:
    earlier = sheet_before(ctx, of)
    return {t.field["name"]: t.value for t in totals(earlier, lines_of(earlier))} if earlier else {}
