"""What the rosters owe at the desk: signing on, handing over, seats that nobody has come to."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import DateTimeField, Q
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from anlan.command.due import Due, as_room, owed, page_button, register, row_of
from anlan.command.models import Handover, Shift
from anlan.kernel.asking import Open, ask
from anlan.kernel.context import Context
from anlan.kernel.loops.record import LoopQuerySet
from anlan.kernel.web.steps import step_url

from .loops import DESK
from .services.handovers import may_take

#: A seat without a handover is left by a press of its own: it stands on the desk from a quarter of an hour before its end.
LEAVES = timedelta(minutes=15)
#: A seat that nobody came to is a matter of the desk until half a day after its end; the roster keeps it.
MISSED_FOR = timedelta(hours=12)
NAMED = 3


@register("duty.handover", title=_lazy("交接班"), url="/duty/handovers/", instead_of=(Handover.loop.key,))
def handovers(ctx: Context) -> list[Due]:
    """A handover in work, read on its page before it is signed. It stands with who is to take it; late, with everybody who answers."""
    rows = owed(ctx, Handover.loop.key)
    if rows is None:
        return []
    shown = []
    for h in rows.with_relations():
        if h.state == "drafted":
            shown.append(row_of(h, ctx.now(), button=page_button(_("去交班"), h.get_absolute_url())))
        elif may_take(ctx, h):
            shown.append(row_of(h, ctx.now(), button=page_button(_("看并接班"), h.get_absolute_url())))
        elif h.is_late(ctx.now()) and h.outgoing_person.key != ctx.actor.key:
            shown.append(row_of(h, ctx.now(), button=page_button(_("去看"), h.get_absolute_url())))
    return shown


@register("duty.shift", title=_lazy("值班表"), url="/duty/mine/", instead_of=(Shift.loop.key,))
def shifts(ctx: Context) -> list[Due]:
    """The person's own shift, to be signed on to and handed over, and the seats of the room that are empty."""
    now = ctx.now()
    mine = owed(ctx, Shift.loop.key)
    rows = [] if mine is None else [_own(ctx, shift) for shift in mine.with_relations() if _concerns(ctx, shift)]
    own_room = [s for s in ask(as_room(ctx), _unattended, now=now, since=now - MISSED_FOR) if _of_room(ctx, s)]
    running, over = [s for s in own_room if s.ends_at > now], [s for s in own_room if s.ends_at <= now]
    return rows + [_empty(ctx, seats) for seats in (running, over) if seats]


def _unattended(room: Context) -> LoopQuerySet:
    now, since = Open("now", DateTimeField()), Open("since", DateTimeField())
    rows: LoopQuerySet = Shift.objects.visible_to(room).filter(
        Q(state="planned", due_at__lte=now) | Q(state="unattended"), ends_at__gt=since, starts_at__lte=now
    )
    return rows.with_relations().order_by("starts_at", "order", "id")


def _concerns(ctx: Context, shift: Shift) -> bool:
    """Nobody signs on to what is over: that is for the chief to settle. A seat without a handover has time until its end, and one
    whose handover is being written stands in the handover's row."""
    if shift.state == "planned":
        return ctx.now() < shift.ends_at
    if shift.desk:
        return not Handover.objects.visible_to(ctx).filter(outgoing=shift, state="drafted").exists()
    return shift.ends_at - ctx.now() <= LEAVES


def _own(ctx: Context, shift: Shift) -> Due:
    words = {
        "seat": shift.seat_name,
        "since": f"{localtime(shift.starts_at):%H:%M}",
        "until": shift.until,
    }
    where = shift.region.name
    if shift.state == "planned":
        return row_of(
            shift, ctx.now(), text=_("签到：%(seat)s %(since)s—%(until)s") % words, where=where,
            button={"label": _("签到"), "url": step_url(shift, "sign_on"), "kind": "post"},
        )  # fmt: skip
    if not shift.desk:
        return row_of(
            shift, ctx.now(), text=_("下班：%(seat)s %(since)s—%(until)s") % words, where=where,
            button=page_button(_("去办理"), shift.get_absolute_url()),
        )  # fmt: skip
    made = Handover.objects.visible_to(ctx).open().filter(region=shift.region).first()
    if made is not None and made.state == "offered":
        where = _("已签字，等接班人签字")
    return row_of(
        shift, ctx.now(), text=_("交班：%(seat)s %(since)s—%(until)s") % words, where=where,
        button=page_button(
            _("去交班"), made.get_absolute_url() if made else f"/duty/handovers/?region={shift.region.short_code}"
        ),
    )  # fmt: skip


def _of_room(ctx: Context, shift: Shift) -> bool:
    """Whether it is another's seat of this very duty room: a street's own seats are the street's matter."""
    return shift.person.key != ctx.actor.key and any(
        grant.role in DESK and grant.path == shift.region.path for grant in ctx.grants
    )


def _empty(ctx: Context, rows: list[Shift]) -> Due:
    """Empty seats in one row: those that should be sat on now, or those that nobody came to."""
    first, now = rows[0], ctx.now()
    over = first.ends_at <= now
    names = "、".join(f"{s.seat_name} {s.person.name}" for s in rows[:NAMED])
    more = _("等 %(n)d 班") % {"n": len(rows)} if len(rows) > NAMED else ""
    here = first.get_absolute_url() if len(rows) == 1 else f"/duty/?region={first.region.short_code}"
    text = _("无人到岗：%(names)s") if over else _("到时未签到：%(names)s")
    where = _("补记缺岗情况") if over else _("联系本人，或安排替班、记为缺岗")
    return Due(
        id=f"{'gone' if over else 'empty'}-{first.region_id}", text=text % {"names": names + more}, url=here, where=where,
        due_at=first.sign_on_by(), late=True, button=page_button(_("去办理"), here),
    )  # fmt: skip
