"""What circulars owe at the desk: the own receipt, and what units say they have done, by circular."""

from __future__ import annotations

from itertools import groupby

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from anlan.command.due import Due, owed, page_button, register, row_of
from anlan.command.models import CircularReceipt
from anlan.kernel.context import Context

MOST = 500


@register("circulars.receipts", title=_lazy("通知通报"), url="/circulars/", instead_of=(CircularReceipt.loop.key,))
def receipts(ctx: Context) -> list[Due]:
    """Receipts that this person's unit owes; the reports of one circular's units that wait to be checked in one row."""
    rows = owed(ctx, CircularReceipt.loop.key)
    if rows is None:
        return []
    found = list(rows.with_relations().order_by("circular_id", "due_at", "organisation_id")[:MOST])
    shown = [row_of(r, ctx.now(), matter=_matter(r)) for r in found if r.state != "reported"]
    for _circular, group in groupby((r for r in found if r.state == "reported"), key=lambda r: r.circular_id):
        shown.append(_together(ctx, list(group)))
    return shown


def _together(ctx: Context, waiting: list[CircularReceipt]) -> Due:
    first = waiting[0]
    units = "、".join(str(r.organisation) for r in waiting[:3])
    words = {"title": first.circular.headline, "units": units, "n": len(waiting)}
    text = (
        _("核验办理情况：%(title)s（%(units)s）")
        if len(waiting) <= 3
        else _("核验办理情况：%(title)s（%(units)s等 %(n)d 个单位）")
    )
    return row_of(
        first, ctx.now(), id=f"reported-{first.circular_id}", text=text % words, record=None, matter=_matter(first),
        button=page_button(_("去核验"), first.get_absolute_url()),
    )  # fmt: skip


def _matter(receipt: CircularReceipt) -> str:
    return str(receipt.circular.incident_id or "")
