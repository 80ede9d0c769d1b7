"""Every page carries the world it was made in, and whatever is sent from it says so.

A person may have one tab in an exercise and press a button in another that was opened in the real world. The session knows one
world only; what the page carries tells whether both agree.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from anlan.kernel.context import Context
from anlan.kernel.errors import Conflict

from .refusals import answer

#: Scripts say it in a header, plain forms in a field.
HEADER = "X-Anlan-World"
FIELD = "page_world"


def declared_world(request: HttpRequest) -> str | None:
    """The world of the page that this was sent from; None when it comes from no page of ours."""
    said = request.headers.get(HEADER)
    # A program's request is read by its own door, once; the header is how programs say it.
    if said is None and request.method == "POST" and not request.path.startswith("/api/"):
        said = request.POST.get(FIELD)
    return said


def other_world(request: HttpRequest, ctx: Context) -> HttpResponse:
    """409 that says which world the person works in now, in words and (for scripts) in a header."""
    if ctx.is_exercise:
        said = _("您现在处在演练中，而这个页面是在实况或另一次演练中打开的，没有提交")
    else:
        said = _("您现在处在实况中，而这个页面是在演练中打开的，没有提交")
    mend = _("请先复制已填内容，刷新页面，看清顶部是实况还是演练，再提交")
    response = answer(request, Conflict(said, mend=mend, world=str(ctx.world)))
    response[HEADER] = str(ctx.world)
    if request.method in ("GET", "HEAD"):
        # A part of a page that refreshes itself: the page is told as a whole, nothing is put into it.
        response["HX-Reswap"] = "none"
    return response


def world_of_page(context: Any) -> str:
    """What a template writes into its page; empty where nobody is signed in."""
    ctx = context.get("ctx") or getattr(context.get("request"), "ctx", None)
    return str(ctx.world) if ctx is not None else ""
