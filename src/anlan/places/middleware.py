"""Puts `request.ctx` on every request of a signed-in person."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation
from django.utils.translation import gettext as _

from anlan.kernel.context import Context
from anlan.kernel.errors import Conflict
from anlan.kernel.ids import new_id
from anlan.kernel.web.refusals import answer

from .identity import context_in_session

#: Reachable before the first password change.
_OPEN_PATHS = ("/signin/", "/signout/", "/password/", "/static/", "/language/", "/live/")
#: Where nothing of a world is written, where a world is chosen, or where what is sent says itself which world it belongs to.
_ANY_WORLD = (*_OPEN_PATHS, "/world/", "/replay/", "/phone/sync/", "/api/")
#: The world of the page that the person last opened in this session.
SHOWN_KEY = "anlan_world_shown"


class ActorMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.ctx = None  # type: ignore[attr-defined]
        if request.user.is_authenticated and not request.path.startswith("/static/"):
            request.ctx = context_in_session(  # type: ignore[attr-defined]
                request.user,  # type: ignore[arg-type]
                request.session,
                cause=f"request:{new_id()}",
                language=translation.get_language() or "zh-hans",
            )
            if request.user.must_change_password and not request.path.startswith(_OPEN_PATHS):  # type: ignore[union-attr]
                return redirect("/password/")
            if _is_of_another_world(request, request.ctx):  # type: ignore[attr-defined]
                return answer(
                    request,
                    Conflict(
                        _("这个页面打开之后，演练已经开始或结束，没有提交"),
                        mend=_("请先复制已填内容，刷新页面，看清顶部是实况还是演练，再提交"),
                    ),
                )
        return self.get_response(request)


def _is_of_another_world(request: HttpRequest, ctx: Context) -> bool:
    """Whether what is sent was typed on a page of another world: an exercise began or ended under the person's hands.

    A page notes its world in the session; what parts of it fetch, and what programs send, notes nothing.
    """
    if request.method in ("GET", "HEAD", "OPTIONS"):
        is_page = "text/html" in request.headers.get("Accept", "") and not request.headers.get("HX-Request")
        if is_page and request.session.get(SHOWN_KEY) != str(ctx.world):
            request.session[SHOWN_KEY] = str(ctx.world)
        return False
    shown = request.session.get(SHOWN_KEY)
    return shown is not None and shown != str(ctx.world) and not request.path.startswith(_ANY_WORLD)
