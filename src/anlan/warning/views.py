"""Pages of warning: in force, history, the log of messages; one warning; taking a message in by hand."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, NotFound
from anlan.kernel.paging import paged
from anlan.kernel.web.history import entries_of
from anlan.kernel.web.loops import evidence_names, phase
from anlan.kernel.web.offers import record_offers
from anlan.kernel.web.steps import actions
from anlan.kernel.wording import shown
from anlan.messaging import queries as messaging
from anlan.places.web import need, signed_in

from . import queries, services
from .loops import NOTICE
from .models import Notice, WarningIntake
from .services.logging import RECEIVE

PAGE = 50


def _ctx(request: HttpRequest) -> Context:
    return request.ctx  # type: ignore[attr-defined]


@require_GET
@need("warning.notice.view")
def warnings(request: HttpRequest) -> HttpResponse:
    """Warnings in force, those that have ended, and what came in."""
    ctx = _ctx(request)
    tab = request.GET.get("tab", "force")
    may_see_log = bool(ctx.paths("warning.intake.view"))
    if tab == "log" and not may_see_log:
        raise NotFound()
    rows: Any = {"log": queries.intakes, "history": queries.ended}.get(tab, queries.in_force)(ctx)
    found = paged(request.GET, rows, PAGE)
    tabs = [("force", _("在效")), ("history", _("历史")), *([("log", _("收文登记"))] if may_see_log else [])]
    shown = {
        "tab": tab,
        "tabs": [{"label": label, "url": f"?tab={key}", "active": key == tab} for key, label in tabs],
        "rows": found.rows if tab == "log" else [_row(ctx, n) for n in found.rows],
        "page": found.page,
        "more": found.more,
        "may_receive": bool(ctx.paths(RECEIVE)),
    }
    return render(request, "warning/list.html", shown)


def _row(ctx: Context, notice: Notice) -> dict[str, Any]:
    return {"notice": notice, "phase": phase(notice, ctx.now()), "actions": actions(ctx, notice)}


@require_GET
@signed_in
def warning(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One warning: what it says, where, what is asked, who has been called, and how it went on."""
    ctx = _ctx(request)
    notice = Notice.objects.select_related("ended_by").get_visible(ctx, pk=pk)
    rounds = messaging.rounds(ctx).filter(about_type=NOTICE.key, about_id=str(notice.pk))
    found = list(rounds)
    tallies = messaging.tally(ctx, found)
    may_see_log = bool(ctx.paths("warning.intake.view"))
    shown = {
        **(row := _row(ctx, notice)),
        "actions": [*row["actions"], *record_offers(ctx, notice)],
        "regions": notice.regions.order_by("path"),
        "receipts": [
            {"receipt": r, "actions": actions(ctx, r), "phase": phase(r, ctx.now())}
            for r in queries.receipts_of(ctx, notice)
        ],
        "measures": queries.measures(notice.hazard, notice.color),
        "rounds": [{"round": r, **tallies.get(r.pk, {"total": 0, "answered": 0, "exhausted": 0})} for r in found],
        "intakes": queries.intakes(ctx).filter(notice=notice) if may_see_log else [],
        "replaced": Notice.objects.visible_to(ctx).filter(ended_by=notice),
        "expired_now": notice.expires_at is not None and notice.expires_at <= ctx.now(),
        "history": entries_of(NOTICE.key, notice.pk, names=evidence_names(NOTICE)),
    }
    return render(request, "warning/warning.html", shown)


@require_POST
@need(RECEIVE)
def receive(request: HttpRequest) -> HttpResponse:
    """Take in a text or a CAP file by hand, as it came by fax, message or line."""
    ctx = _ctx(request)
    source = request.POST.get("source", "").strip() or _("人工录入")
    upload = request.FILES.get("file")
    text = request.POST.get("text", "").strip()
    if upload is not None:
        got = services.receive_cap(ctx, upload.read(), source)
    elif text.startswith("<"):
        got = services.receive_cap(ctx, text.encode(), source)
    elif text:
        got = services.receive_text(ctx, text, source)
    else:
        raise BadInput(_("没有收到文字或文件"), field="text", mend=_("请粘贴预警信号全文，或选择 CAP 文件"))
    if got.outcome == "refused":
        count = len(got.faults)
        said = ngettext("没有接收，有 %(n)d 处问题：%(said)s", "没有接收，有 %(n)d 处问题：%(said)s", count)
        tongue = "en" if (get_language() or "").startswith("en") else "zh"
        mends = "；".join(dict.fromkeys(f[f"mend_{tongue}"] for f in got.faults if f[f"mend_{tongue}"]))
        told = "；".join(f[f"message_{tongue}"] for f in got.faults)
        context = {
            "text": text,
            "source": source,
            "faults": [
                {"path": f["path"], "message": f[f"message_{tongue}"], "mend": f[f"mend_{tongue}"]} for f in got.faults
            ],
            "said": said % {"n": count, "said": told},
            "mend": mends,
        }
        return render(request, "warning/refused.html", context, status=422)
    messages.success(request, shown(got.said))
    return redirect(got.notice.get_absolute_url() if got.notice else "/warnings/?tab=log")


@require_GET
@need("warning.intake.view")
def raw(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The message as it came, for whoever has to check it. Never shown as a page."""
    found = WarningIntake.objects.get_visible(_ctx(request), pk=pk)
    name = f"{found.identifier or found.digest[:12]}.{'xml' if found.form == 'cap' else 'txt'}"
    response = HttpResponse(bytes(found.raw), content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(True, name) or ""
    response["X-Content-Type-Options"] = "nosniff"
    return response
