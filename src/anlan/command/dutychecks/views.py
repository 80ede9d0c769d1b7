"""Pages of duty checks: the list with the month's figures, drawing one, writing down what was seen."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from anlan.command.data.duty_check import duty_check_rule
from anlan.command.models import DutyCheck
from anlan.command.rollcall.views import month_before, month_of
from anlan.command.units import units_below
from anlan.command.views.answers import ctx_of, done
from anlan.kernel.services.attachments import attachments_of, shown_attachments
from anlan.kernel.web.history import entries_of
from anlan.kernel.web.loops import evidence_names, phase
from anlan.kernel.web.steps import actions
from anlan.places.web import need, signed_in

from . import queries, services
from .loops import DUTY_CHECK

VERDICTS = (("ok", gettext_lazy("正常")), ("fault", gettext_lazy("有问题")), ("none", gettext_lazy("未查")))


@require_GET
@signed_in
def checks(request: HttpRequest) -> HttpResponse:
    """Checks and the month's figures by unit; `?month=2026-11`."""
    ctx = ctx_of(request)
    since, until = month_of(ctx, request.GET.get("month", ""))
    may_check = bool(ctx.paths(services.CHECK))
    return render(request, "command/duty_checks.html", {
        "mine": [{"check": c, "actions": actions(ctx, c), "phase": phase(c, ctx.now())} for c in queries.my_checks(ctx)],
        "rows": [{"check": c, "phase": phase(c, ctx.now())} for c in queries.checks(ctx)[:100]], "may_check": may_check,
        "units": units_below(ctx, services.CHECK) if may_check else [], "ways": DutyCheck.Way.choices,
        "month": f"{since:%Y-%m}", "figures": queries.month(ctx, since, until) if may_check else [],
        "unattended": queries.unattended(ctx, since, until) if may_check else [],
        "before": f"{month_before(since):%Y-%m}", "after": f"{until:%Y-%m}" if until <= ctx.now() else "",
    })  # fmt: skip


@require_POST
@need(services.CHECK)
def draw(request: HttpRequest) -> HttpResponse:
    """Draw one: a unit that was chosen, or one by chance."""
    given = request.POST
    made = services.draw_check(ctx_of(request), way=given.get("way", ""), organisation=given.get("organisation", ""))
    return done(request, _("抽到：%(unit)s") % {"unit": made.organisation}, to=made.get_absolute_url())


@require_GET
@signed_in
def check(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One check: the checklist while it is to be carried out, then what was seen and what became of it."""
    ctx = ctx_of(request)
    found: DutyCheck = DutyCheck.objects.select_related("organisation").get_visible(ctx, pk=pk)
    checker = any(ctx.holds(role, found.scope) for role in found.checkers)
    to_record = checker and found.state == "drawn"
    rule = duty_check_rule()
    return render(request, "command/duty_check.html", {
        "check": found, "items": rule.items_for(found.way) if to_record else [], "rule": rule, "to_record": to_record,
        "results": [{**r, "said": dict(VERDICTS).get(r["verdict"], "")} for r in found.results], "verdicts": VERDICTS,
        "actions": actions(ctx, found), "phase": phase(found, ctx.now()), "record": found, "loop": DUTY_CHECK,
        "attachments": shown_attachments(attachments_of(ctx, object_type=DUTY_CHECK.key, object_id=found.pk)),
        "history": entries_of(DUTY_CHECK.key, found.pk, names=evidence_names(DUTY_CHECK)),
    })  # fmt: skip


@require_POST
@signed_in
def record(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Write down what was seen: a verdict for each item, words for each fault."""
    ctx, given = ctx_of(request), request.POST
    found: DutyCheck = DutyCheck.objects.select_related("organisation").get_visible(ctx, pk=pk)
    services.require_checker(ctx, found)
    codes = [item.code for item in duty_check_rule().items_for(found.way)]
    moved = services.record_check(
        ctx, check=found, met=given.get("met", ""), verdicts={c: given.get(c, "") for c in codes},
        notes={c: given.get(f"{c}-note", "") for c in codes}, note=given.get("note", ""),
    )  # fmt: skip
    said = _("已登记 %(n)d 个问题，已通知整改") % {"n": moved.faults} if moved.faults else _("已登记：未发现问题")
    return done(request, said, to=moved.get_absolute_url())
