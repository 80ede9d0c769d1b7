"""The published list of reporting liaisons: a page for everybody, without sign-in."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from anlan.kernel.errors import NotFound, Refused
from anlan.kernel.strangers import browser_of, known

from . import services
from .loops import WRONG
from .queries import published, published_groups

#: Only on the page itself, for a day.
COOKIE = "anlan_liaisons"


@require_GET
def liaisons(request: HttpRequest) -> HttpResponse:
    """Everybody's page: who reports disasters for which place."""
    words, place = (
        request.GET.get("q", "").replace("\0", "").strip()[:40],
        request.GET.get("place", "").replace("\0", "")[:200],
    )
    groups, count, more = published_groups(words, place)
    page = {"groups": groups, "count": count, "more": more, "words": words, "place": place}
    return render(request, "command/liaisons.html", page)


@require_http_methods(["GET", "POST"])
def doubt(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say what is wrong with one entry."""
    row = published().filter(pk=pk).first()
    if row is None:
        raise Http404
    given, fault = request.POST, None
    if request.method == "POST":
        try:
            services.report_doubt(
                liaison=pk, wrong=given.get("wrong", ""), text=given.get("text", ""), contact=given.get("contact", ""),
                address=request.META.get("REMOTE_ADDR", ""), browser=browser_of(request, COOKIE),
            )  # fmt: skip
        except NotFound:
            raise Http404 from None
        except Refused as refused:
            fault = refused
        else:
            said = _("已收到，所在街道会在三个工作日内核实。谢谢您的监督。")
            return render(request, "command/liaison_doubt.html", {"row": row, "said": said})
    fields = [
        {"name": "wrong", "label": _("哪里不对"), "kind": "choice", "required": True, "choices": WRONG},
        {"name": "text", "label": _("具体情况"), "kind": "longtext", "required": False, "max_length": 300},
        {"name": "contact", "label": _("您的联系方式"), "kind": "text", "required": False, "max_length": 60,
         "help": _("只用于核实，不公布")},
    ]  # fmt: skip
    for field in fields:
        field["value"] = given.get(str(field["name"]), "")
        field["fault"] = str(fault.message) if fault is not None and fault.field == field["name"] else ""
    page = {"row": row, "fields": fields, "fault": fault}
    answer = render(request, "command/liaison_doubt.html", page, status=fault.status if fault is not None else 200)
    return known(request, answer, cookie=COOKIE, path="/liaisons/")
