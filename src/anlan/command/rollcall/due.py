"""What roll calls owe at the desk: the own answer by one press, the explanations of one roll call in one row."""

from __future__ import annotations

from itertools import groupby

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from anlan.command.due import Due, owed, page_button, register, row_of
from anlan.command.models import RollCallAnswer
from anlan.kernel.context import Context

MOST = 500


@register("rollcall.answers", title=_lazy("点名"), url="/rollcall/", instead_of=(RollCallAnswer.loop.key,))
def answers(ctx: Context) -> list[Due]:
    """Answers that this person owes, each with its button; those that wait for a judgement by roll call."""
    rows = owed(ctx, RollCallAnswer.loop.key)
    if rows is None:
        return []
    found = list(rows.with_relations().order_by("rollcall_id", "due_at", "organisation_id")[:MOST])
    shown = [row_of(a, ctx.now()) for a in found if a.state != "explained"]
    for _call, group in groupby((a for a in found if a.state == "explained"), key=lambda a: a.rollcall_id):
        shown.append(_together(ctx, list(group)))
    return shown


def _together(ctx: Context, waiting: list[RollCallAnswer]) -> Due:
    first = waiting[0]
    units = "、".join(str(a.organisation) for a in waiting[:3])
    words = {"title": first.rollcall.title, "units": units, "n": len(waiting)}
    text = (
        _("核定缺岗说明：%(title)s，%(units)s")
        if len(waiting) <= 3
        else _("核定缺岗说明：%(title)s，%(units)s等 %(n)d 个单位")
    )
    return row_of(
        first, ctx.now(), id=f"explained-{first.rollcall_id}", text=text % words, record=None,
        button=page_button(_("看说明"), first.get_absolute_url()),
    )  # fmt: skip
