"""Pages for residents, without sign-in: what is asked for, offering help, and what became of it."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from anlan.kernel.errors import NotFound, Refused
from anlan.kernel.strangers import browser_of, known

from . import queries
from .answering import answer_as_resident, withdraw_own
from .views import whole

#: Only on these pages, for a day.
COOKIE = "anlan_help"


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Appeals that ask residents now."""
    rows = list(queries.for_residents().select_related("region").order_by("until")[:50])
    return render(request, "command/help_list.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
def page(request: HttpRequest, code: str) -> HttpResponse:
    """One appeal, and the form to offer help. What was typed stays when it is refused."""
    found = queries.for_residents().filter(code=code).select_related("region").first()
    if found is None:
        raise Http404
    given, fault = request.POST, None
    if request.method == "POST":
        try:
            made = answer_as_resident(
                code=code, want=given.get("want", ""), amount=whole(given.get("amount", ""), "amount"), text=given.get("text", ""),
                name=given.get("name", ""), phone=given.get("phone", ""), address=request.META.get("REMOTE_ADDR", ""),
                browser=browser_of(request, COOKIE),
            )  # fmt: skip
        except NotFound:
            raise Http404 from None
        except Refused as refused:
            fault = refused
        else:
            return redirect("help-own", code=code, token=made.token)
    rows = queries.tally(found)
    for row in rows:
        row["left"] = max(row["amount"] - row["taken"], 0)
    shown = {"found": found, "wants": rows, "given": given, "fault": fault, "ground": found.rule}
    answer = render(request, "command/help_offer.html", shown, status=fault.status if fault is not None else 200)
    return known(request, answer, cookie=COOKIE, path="/help/")


@require_http_methods(["GET", "POST"])
def own(request: HttpRequest, code: str, token: str) -> HttpResponse:
    """What somebody offered, for whoever has its address; it can be taken back until it is needed at the place."""
    pledge = queries.own_pledge(token)
    if pledge is None or pledge.appeal.code != code:
        raise Http404
    fault = None
    if request.method == "POST":
        try:
            withdraw_own(pledge)
        except Refused as refused:
            fault = refused
        pledge.refresh_from_db()
    shown = {
        "pledge": pledge, "found": pledge.appeal, "want": pledge.appeal.want(pledge.want) or {}, "fault": fault,
        "may_withdraw": pledge.state in ("offered", "accepted", "called"), "title": _("我的应征"),
    }  # fmt: skip
    answer = render(request, "command/help_own.html", shown, status=fault.status if fault is not None else 200)
    answer["Referrer-Policy"] = "no-referrer"
    answer["Cache-Control"] = "no-store"
    return answer
