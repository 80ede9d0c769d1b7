"""Pages of 一键通: the sets with their one button, a set with its versions, changing it, and what became of a press."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from anlan.command.responses.instructions import queries as instructions
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput
from anlan.kernel.ids import new_id
from anlan.kernel.scope_names import scope_names
from anlan.kernel.web.refusals import wants_json
from anlan.messaging.models import CallRound, Delivery
from anlan.messaging.queries import tally
from anlan.places.web import need

from ...data.address_groups import shipped_groups
from ...models import Incident, Instruction, PreparedSet, Press
from ...views.answers import ctx_of, done
from ..instructions.addressing import groups_of
from . import services
from .samples import samples

VIEW = "command.prepared_set.view"
#: So many presses are listed below the sets.
MOST_PRESSES = 30


@require_GET
@need(VIEW)
def prepared_sets(request: HttpRequest) -> HttpResponse:
    """The sets that stand ready, the samples that may be taken over, and the latest presses."""
    ctx = ctx_of(request)
    incident = Incident.objects.get_visible(ctx, pk=request.GET["incident"]) if request.GET.get("incident") else None
    rows = list(PreparedSet.objects.visible_to(ctx).filter(current=True, retired_at=None).order_by("name"))
    taken = {s.code for s in rows}
    return render(request, "command/prepared_sets.html", {
        "rows": [{"set": s, "may_press": services.may_press(ctx, s), "parts": _parts(ctx, s)} for s in rows],
        "samples": [s for s in samples() if s.id not in taken] if ctx.paths(services.CHANGE) else [], "incident": incident,
        "may_change": bool(ctx.paths(services.CHANGE)), "request_id": new_id(),
        "incidents": [] if incident else list(Incident.objects.visible_to(ctx).open().order_by("-received_at")[:20]),
        "presses": Press.objects.visible_to(ctx).select_related("prepared", "incident").order_by("-pressed_at")[:MOST_PRESSES],
    })  # fmt: skip


@require_GET
@need(VIEW)
def prepared_set(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One version with its parts, who may press it, and the other versions."""
    ctx = ctx_of(request)
    found: PreparedSet = PreparedSet.objects.get_visible(ctx, pk=pk)
    versions = PreparedSet.objects.visible_to(ctx).filter(scope=found.scope, code=found.code).order_by("-version")
    names = scope_names()
    return render(request, "command/prepared_set.html", {
        "set": found, "parts": _parts(ctx, found), "versions": versions, "may_change": bool(ctx.paths(services.CHANGE)),
        "pressers": [names.role_label(role) for role in found.may_press],
    })  # fmt: skip


@require_http_methods(["GET", "POST"])
@need(services.CHANGE)
def change(request: HttpRequest) -> HttpResponse:
    """A new version; `?code=` continues a set, or takes over the sample of that name."""
    ctx, given = ctx_of(request), request.POST
    fault: BadInput | None = None
    code = (given.get("code") or request.GET.get("code") or "").strip()
    before = services.current_set(ctx, code) if code else None
    sample = next((s for s in samples() if s.id == code), None)
    if request.method == "POST":
        parts = [p for p in (_typed(given, n) for n in range(services.MOST_PARTS + 1)) if p is not None]
        try:
            made = services.save_set(
                ctx, code=code, name=given.get("name", ""), may_press=given.getlist("may_press"), parts=parts,
                seen=int(given["seen"][:6]) if given.get("seen", "").isdecimal() else None,
            )  # fmt: skip
            return done(request, _("已存为第 %(n)d 版") % {"n": made.version}, to=made.get_absolute_url())
        except BadInput as wrong:
            if wants_json(request):
                raise
            fault = wrong
    else:
        parts = list((before.parts if before else None) or (sample.parts if sample else None) or [])
    known: Any = before or sample
    names = scope_names()
    return render(request, "command/prepared_set_change.html", {
        "fault": fault, "code": code, "seen": before.version if before else 0, "name": given.get("name") or (known.name if known else ""),
        "chosen": given.getlist("may_press") or (known.may_press if known else []), "fixed": bool(before),
        "pressers": [(role, names.role_label(role)) for role in services.PRESSERS], "kinds": list(services.KINDS.items()),
        "groups": _groups(ctx), "parts": [*parts, {}][: services.MOST_PARTS],
    }, status=fault.status if fault else 200)  # fmt: skip


def _typed(given: Any, number: int) -> dict[str, Any] | None:
    """Part `number` as typed; None where nothing was written."""
    text = given.get(f"text-{number}", "")
    if not text.strip():
        return None
    return {
        "kind": given.get(f"kind-{number}", ""), "text": text, "groups": given.getlist(f"groups-{number}"),
        "minutes": given.get(f"minutes-{number}", ""), "urgent": given.get(f"urgent-{number}") == "1",
    }  # fmt: skip


@require_POST
@need(VIEW)
def press(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The one press."""
    ctx, given = ctx_of(request), request.POST
    prepared: PreparedSet = PreparedSet.objects.get_visible(ctx, pk=pk)
    incident = Incident.objects.get_visible(ctx, pk=given["incident"]) if given.get("incident") else None
    try:
        number = uuid.UUID(given.get("request", ""))
    except ValueError:
        raise BadInput(_("页面不完整"), field="request", mend=_("请刷新后再按")) from None
    made = services.press(ctx, prepared=prepared, incident=incident, request=number)
    failed = sum(r["state"] == "failed" for r in made.results)
    said = _("已执行 %(n)d 项，%(m)d 项没有成功") if failed else _("已执行 %(n)d 项")
    return done(request, said % {"n": len(made.results) - failed, "m": failed}, to=made.get_absolute_url())


@require_GET
@need(VIEW)
def pressed(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The board of one press: each part done or failed, by whom, and how far it is."""
    ctx = ctx_of(request)
    found: Press = Press.objects.select_related("prepared", "incident").get_visible(ctx, pk=pk)
    rows = [
        {
            "result": r,
            "part": found.prepared.parts[n],
            "label": services.KINDS[r["kind"]],
            "far": _far(ctx, r),
            "at": localtime(datetime.fromisoformat(r["at"])),
        }
        for n, r in enumerate(found.results)
    ]
    return render(request, "command/press.html", {
        "press": found, "rows": rows, "failed": any(r["state"] == "failed" for r in found.results),
        "may_press": services.may_press(ctx, found.prepared),
    })  # fmt: skip


def _far(ctx: Context, result: dict[str, Any]) -> str:
    """How far a part that ran has come, counted now."""
    if result["state"] != "done":
        return ""
    if result["kind"] == "order":
        order = Instruction.objects.visible_to(ctx).filter(pk=result["id"]).first()
        t = instructions.tallies(ctx, [order]).get(order.pk) if order else None
        words = {"a": t.silent, "b": t.working, "c": t.late, "d": t.done} if t else {}
        return _("未签收 %(a)d，办理中 %(b)d，超时 %(c)d，办结 %(d)d") % words if t else ""
    if result["kind"] == "call":
        round_ = CallRound.objects.visible_to(ctx).filter(pk=result["id"]).first()
        c = tally(ctx, [round_]).get(round_.pk) if round_ else None
        return _("应答 %(a)d / %(n)d") % {"a": c["answered"], "n": c["total"]} if c else ""
    app = Delivery.objects.filter(message=result["id"], channel=Delivery.Channel.APP)
    return _("已读 %(a)d / %(n)d") % {"a": app.filter(read_at__isnull=False).count(), "n": app.count()}


@require_POST
@need(VIEW)
def again(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Try the failed parts again."""
    ctx = ctx_of(request)
    made = services.try_again(ctx, pressed=Press.objects.get_visible(ctx, pk=pk))
    left = sum(r["state"] == "failed" for r in made.results)
    return done(
        request, _("还有 %(n)d 项没有成功") % {"n": left} if left else _("全部成功"), to=made.get_absolute_url()
    )


def _groups(ctx: Context) -> list[tuple[str, str]]:
    return [*((g.id, g.name) for g in shipped_groups()), *((g.code, g.name) for g in groups_of(ctx))]


def _parts(ctx: Context, prepared: PreparedSet) -> list[dict[str, Any]]:
    names = dict(ctx.once(("command.groups",), lambda: _groups(ctx)))
    return [
        {**p, "label": services.KINDS[p["kind"]], "to": "、".join(names.get(g, g) for g in p["groups"])}
        for p in prepared.parts
    ]
