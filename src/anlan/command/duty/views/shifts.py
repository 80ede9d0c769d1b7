"""One shift: who, when, what can be done; substitution, and asking for a swap."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from anlan.command.data.duty_rules import duty_rules
from anlan.command.models import Shift, Swap
from anlan.command.views.answers import ctx_of, done
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, NotFound
from anlan.kernel.web.history import entries_of
from anlan.kernel.web.loops import evidence_names
from anlan.kernel.web.steps import actions
from anlan.places.models import Person
from anlan.places.web import signed_in

from .. import services
from ..circumstances import candidates, near
from ..loops import CHIEFS, SHIFT

#: Shifts of others that a person may offer to change for.
OFFERED = 60


def shift_at(ctx: Context, pk: UUID) -> Shift:
    found: Shift = Shift.objects.select_related("region", "person", "planned_person", "roster").get_visible(ctx, pk=pk)
    return found


@require_GET
@signed_in
def shift(request: HttpRequest, pk: UUID) -> HttpResponse:
    ctx = ctx_of(request)
    found = shift_at(ctx, pk)
    mine = found.person.key == ctx.actor.key
    chief = any(ctx.holds(role, found.scope) for role in CHIEFS)
    early = found.starts_at - timedelta(minutes=duty_rules().sign_on_early)
    # A button that would only be refused is not offered.
    steps = [a for a in actions(ctx, found) if a["name"] != "sign_on" or early <= ctx.now() < found.ends_at]
    ahead = found.state == "planned" and found.starts_at > ctx.now()
    asked = (
        Swap.objects.visible_to(ctx)
        .filter(shift=found)
        .select_related("by", "to", "shift", "other")
        .order_by("-opened_at")
    )
    return render(request, "command/duty/shift.html", {
        "shift": found, "mine": mine, "actions": steps, "early": early if mine and ctx.now() < early else None, "swaps": list(asked[:5]),
        "may_substitute": chief and found.state in ("planned", "on_duty"), "may_swap": mine and ahead,
        "people": near(found.region, found.day.replace(day=1)), "others": _others(ctx, found) if mine and ahead else [],
        "record": found, "loop": SHIFT, "due": found.due_at.isoformat() if found.due_at and found.is_open else "",
        "history": entries_of(SHIFT.key, found.pk, names=evidence_names(SHIFT)),
    })  # fmt: skip


def _others(ctx: Context, found: Shift) -> list[Shift]:
    rows = Shift.objects.visible_to(ctx).filter(
        region=found.region, state="planned", starts_at__gt=ctx.now(), role=found.role
    )
    return list(rows.exclude(person=found.person).select_related("person", "region").order_by("starts_at")[:OFFERED])


@require_POST
@signed_in
def substitute(request: HttpRequest, pk: UUID) -> HttpResponse:
    ctx = ctx_of(request)
    found = shift_at(ctx, pk)
    now = services.substitute(
        ctx, shift=found, to=_person(found, request.POST.get("to", "")), reason=request.POST.get("reason", "")
    )
    return done(request, _("已改由%(name)s值班，并已通知本人") % {"name": now.person.name}, to=now.get_absolute_url())


@require_POST
@signed_in
def swap(request: HttpRequest, pk: UUID) -> HttpResponse:
    ctx = ctx_of(request)
    found = shift_at(ctx, pk)
    given: dict[str, Any] = {"reason": request.POST.get("reason", "")}
    if request.POST.get("other"):
        try:
            given["other"] = shift_at(ctx, UUID(request.POST["other"]))
        except ValueError:
            raise NotFound() from None
    else:
        given["to"] = _person(found, request.POST.get("to", ""))
    services.ask_swap(ctx, shift=found, **given)
    return done(request, _("已提出，等对方答复"), to=found.get_absolute_url())


@require_POST
@signed_in
def withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    ctx = ctx_of(request)
    found: Swap = Swap.objects.select_related("shift").get_visible(ctx, pk=pk)
    services.withdraw_swap(ctx, swap=found, reason=request.POST.get("reason", ""))
    return done(request, _("已撤回"), to=found.shift.get_absolute_url())


def _person(found: Shift, text: str) -> Person:
    """By account or whole name, among those who serve in the region. Raises BadInput."""
    text = text.strip()
    if not text:
        raise BadInput(_("没有写请谁来值"), field="to", mend=_("请从名单里选，或写账号"))
    hits = [
        p
        for p in candidates(found.region, found.day.replace(day=1))
        if text and text in (p.username, p.name, str(p.pk))
    ]
    if len(hits) != 1:
        raise BadInput(
            _("“%(name)s”有 %(n)d 人") % {"name": text, "n": len(hits)} if hits else _("本地区没有“%(name)s”") % {"name": text},
            field="to", mend=_("请从名单里选，或写账号"),
        )  # fmt: skip
    return hits[0]
