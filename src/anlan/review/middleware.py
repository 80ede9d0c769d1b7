"""What an exercise asks of every request: whoever works in it is noted, and one that has ended is only looked at."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from anlan.kernel.errors import Conflict
from anlan.kernel.models import World
from anlan.kernel.web.refusals import answer

from .presence import leave, note_presence

#: Changing one's own session, or making a paper out of what happened, changes nothing in the exercise.
_ALLOWED = (
    "/signin/",
    "/signout/",
    "/password/",
    "/language/",
    "/world/",
    "/review/",
    "/replay/",
    "/desk/parse/",
    "/map/",
)


class ExerciseMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        ctx = getattr(request, "ctx", None)
        if ctx is None or not ctx.is_exercise:
            return self.get_response(request)
        if request.path == "/signout/":
            leave(ctx)
        elif World.objects.filter(pk=ctx.world, ended_at__isnull=True).exists():
            note_presence(ctx)
        elif request.method not in ("GET", "HEAD", "OPTIONS") and not request.path.startswith(_ALLOWED):
            return answer(
                request, Conflict(_("这次演练已经结束，只能查看"), mend=_("请从顶部切换回实况，或进入正在进行的演练"))
            )
        return self.get_response(request)
