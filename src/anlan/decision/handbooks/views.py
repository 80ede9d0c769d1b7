"""Pages of handbooks and of the cards by kind of incident."""

from __future__ import annotations

from uuid import UUID

import segno
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_GET, require_http_methods

from anlan.analysis.data.incident_kinds import shipped_kinds
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, NotFound
from anlan.kernel.web.papers import paper_answer
from anlan.places.queries import Region, path_down_to, region_at
from anlan.places.web import need

from ..names import role_names
from ..queries import home_region
from . import queries
from .drafting import COLUMNS, TITLES, drafted, form_rows
from .papers import handbook_paper
from .services import CHANGE, adopt_handbook

VIEW = "decision.plan.view"


def _ctx(request: HttpRequest) -> Context:
    return request.ctx  # type: ignore[attr-defined]


def _district(ctx: Context) -> Region | None:
    """The county that the person works in or below; the person's own place where it is wider."""
    home = home_region(ctx)
    return (region_at(path_down_to(home.path, "county")) or home) if home else None


@require_GET
@need(VIEW)
def handbooks(request: HttpRequest) -> HttpResponse:
    """The handbook of each industry that holds here."""
    text = request.GET.get("q", "").strip()
    rows = queries.handbooks_in_force(_district(_ctx(request)))
    shown = [
        h
        for h in rows
        if not text or text in h.version.title + h.handbook.about + "".join(k.zh for k in h.handbook.kinds)
    ]
    return render(request, "decision/handbooks.html", {"rows": shown, "count": len(rows), "q": text})


@require_GET
@need(VIEW)
def in_force(request: HttpRequest, industry: str) -> HttpResponse:
    """The address of an industry's handbook whatever its version."""
    rows = queries.handbooks_in_force(_district(_ctx(request)))
    found = next((h for h in rows if h.version.industry == industry), None)
    if found is None:
        raise Http404
    return redirect(found.version.get_absolute_url())


@require_GET
@need(VIEW)
def handbook(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One handbook to read: stop lines, the first hour, dangers, whom to call, which incidents and plans it belongs to."""
    ctx = _ctx(request)
    found, place = queries.handbook(ctx, pk), _district(ctx)
    rows = queries.handbooks_in_force(place)
    holds = next((h for h in rows if h.version.industry == found.version.industry), found)
    return render(request, "decision/handbook.html", {
        "held": found, "version": found.version, "book": found.handbook, "holds": holds.version,
        "is_held": holds.version.pk == found.version.pk,
        "called": queries.called(found.handbook.call, place), "plans": queries.plans_of_handbook(found.handbook, place),
        "versions": queries.versions_of(ctx, found.version), "may_change": _changes_in(ctx, holds.version.pk == found.version.pk),
    })  # fmt: skip


def _changes_in(ctx: Context, holds: bool) -> Region | None:
    """The region whose own handbook the person may write, from the one that holds."""
    paths = ctx.paths(CHANGE)
    return region_at(paths[0]) if paths and holds and not ctx.is_exercise else None


@require_GET
@need(VIEW)
def paper(request: HttpRequest, pk: UUID, form: str) -> HttpResponse:
    found = queries.handbook(_ctx(request), pk)
    return paper_answer(handbook_paper(found), form, f"{found.version.title}（第{found.version.version}版）")


@require_http_methods(["GET", "POST"])
@need(CHANGE)
def change(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Write the region's own version, from the one that holds."""
    ctx = _ctx(request)
    found = queries.handbook(ctx, pk)
    region = _changes_in(ctx, holds=True)
    if region is None:
        raise NotFound()
    own = found.version.version if found.version.region_id == region.pk else 0
    fault: BadInput | None = None
    if request.method == "POST":
        try:
            content = drafted(found.version.content, request.POST, region)
            seen = request.POST.get("seen", "")
            made = adopt_handbook(
                ctx, region=region, content=content, why=request.POST.get("why", ""),
                seen=int(seen) if seen.isdecimal() and len(seen) < 6 else own,
            )  # fmt: skip
            return redirect(made.get_absolute_url())
        except BadInput as wrong:
            fault = wrong
    parts = [
        {"name": name, "title": TITLES[name], "columns": COLUMNS[name], "rows": rows}
        for name, rows in form_rows(found.handbook, request.POST if request.method == "POST" else None).items()
    ]
    return render(request, "decision/handbook_change.html", {
        "held": found, "region": region, "parts": parts, "fault": fault, "own": own, "roles": sorted(role_names().items()),
        "why": request.POST.get("why", ""), "about": request.POST.get("about", found.handbook.about),
        "basis": request.POST.get("basis", "\n".join(found.handbook.basis)),
    }, status=fault.status if fault else 200)  # fmt: skip


@require_GET
@need(VIEW)
def kind_cards(request: HttpRequest) -> HttpResponse:
    """The card of each kind of incident."""
    text = request.GET.get("q", "").strip()
    kinds: dict[str, list[str]] = {}
    for kind in shipped_kinds().kinds.values():
        if kind.level == "kind" and kind.card:
            kinds.setdefault(kind.card, []).append(kind.zh)
    rows = [
        {"card": card, "kinds": kinds.get(card.id, [])}
        for card in shipped_kinds().cards.values()
        if not text or text in card.zh + "".join(kinds.get(card.id, []))
    ]
    return render(request, "decision/kind_cards.html", {"rows": rows, "q": text, "count": len(shipped_kinds().cards)})


@require_GET
@need(VIEW)
def kind_card(request: HttpRequest, card: str) -> HttpResponse:
    """One card for the phone, of all or (``?who=``) of one role; with ``?print=1`` as a small card with a QR code that opens it."""
    found = shipped_kinds().cards.get(card)
    if found is None:
        raise Http404
    wanted = request.GET.get("who", "")
    names = role_names()
    steps = [{"step": s, "who": names.get(s.who, s.who)} for s in found.steps if not wanted or s.who == wanted]
    if not steps:
        raise Http404
    ctx, printing = _ctx(request), request.GET.get("print") == "1"
    query = f"?who={wanted}" if wanted else ""
    address = request.build_absolute_uri(request.path + query)
    drawn = segno.make(address, error="m").svg_inline(scale=3, border=2, dark="#000", light="#fff") if printing else ""
    return render(request, "decision/kind_card_print.html" if printing else "decision/kind_card.html", {
        "card": found, "steps": steps, "who": names.get(wanted, ""), "wanted": wanted, "address": address,
        "roles": [(code, names.get(code, code)) for code in dict.fromkeys(s.who for s in found.steps)],
        "books": queries.handbooks_with(queries.handbooks_in_force(_district(ctx)), found)[:1],
        "qr": mark_safe(drawn),
        "kinds": [k.zh for k in shipped_kinds().kinds.values() if k.level == "kind" and k.card == found.id],
    })  # fmt: skip
