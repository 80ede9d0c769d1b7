"""Search (Ctrl-K and ``/search/``): rooms bring what can be found, each through its own scoped query."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from anlan.kernel.context import Context

from .entering import entered
from .refusals import wants_json

#: Of each kind so many in the palette, and so many on the page of all findings.
IN_PALETTE, ON_PAGE = 8, 50
LONGEST = 60


@dataclass(frozen=True, slots=True)
class Found:
    """One finding. Without a `url` it is shown in full on the search page itself. `phone` only where it may be dialled."""

    label: str
    detail: str = ""
    url: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """`find(ctx, words, limit)` gives at most `limit` findings that `ctx` may see and that hold every word."""

    key: str
    label: Any
    find: Callable[[Context, Sequence[str], int], Iterable[Found]]
    permission: str = ""
    order: int = 50


_SOURCES: dict[str, Source] = {}


def add_source(source: Source) -> None:
    """Register what a room can find; a second source of the same key takes the place of the first."""
    _SOURCES[source.key] = source


def holding(words: Sequence[str], *fields: str) -> Q:
    """The condition that each word stands in one of the fields, whatever the case."""
    wanted = Q()
    for word in words:
        somewhere = Q()
        for field in fields:
            somewhere |= Q(**{f"{field}__icontains": word})
        wanted &= somewhere
    return wanted


def search(ctx: Context, text: str, *, limit: int = IN_PALETTE) -> list[dict[str, Any]]:
    """Findings by kind: ``{"key", "label", "found": [Found]}``; kinds without any are left out."""
    words = text.replace("\x00", "").strip()[:LONGEST].split()
    if not words:
        return []
    groups = []
    for source in sorted(_SOURCES.values(), key=lambda s: (s.order, s.key)):
        if source.permission and not ctx.paths(source.permission):
            continue
        found = list(source.find(ctx, words, limit))[:limit]
        if found:
            groups.append({"key": source.key, "label": source.label, "found": found})
    return groups


@require_GET
@entered
def page(request: HttpRequest) -> HttpResponse:
    """``?q=``: JSON for the palette (flat, at most eight of a kind), else a page with more of each."""
    ctx: Context = request.ctx  # type: ignore[attr-defined]
    asked = request.GET.get("q", "")
    if not wants_json(request):
        return render(request, "search.html", {"q": asked, "groups": search(ctx, asked, limit=ON_PAGE)})
    results = [
        {**asdict(found), "kind": str(group["label"]), "url": found.url or _shown_here(found)}
        for group in search(ctx, asked)
        for found in group["found"]
    ]
    return JsonResponse({"results": results}, json_dumps_params={"ensure_ascii": False})


def _shown_here(found: Found) -> str:
    return f"{reverse('search')}?{urlencode({'q': found.label})}"
