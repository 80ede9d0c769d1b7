"""How a form of this room answers: JSON to the page that sent it, a redirect to a plain browser."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive, make_aware
from django.utils.translation import gettext as _

from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput
from anlan.kernel.web.refusals import wants_json


def ctx_of(request: HttpRequest) -> Context:
    return request.ctx  # type: ignore[attr-defined]


def read_moment(text: str, field: str) -> datetime | None:
    """A time as a person types it, in the zone of the place; None when left empty. Raises BadInput naming the field."""
    text = text.strip()
    if not text:
        return None
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise BadInput(
            _("时间“%(text)s”看不懂") % {"text": text[:40]}, field=field, mend=_("写成 2016-07-20 12:40 的样子")
        )
    return make_aware(moment) if is_naive(moment) else moment


def done(request: HttpRequest, message: str, *, to: str, stay: bool = False, **more: Any) -> HttpResponse:
    """`to`: where a plain browser goes, and a scripted page too unless it is to `stay`."""
    if wants_json(request):
        body = {"message": message, **({} if stay else {"redirect": to}), **more}
        return JsonResponse(body, json_dumps_params={"ensure_ascii": False})
    messages.success(request, message)
    return redirect(to)
