"""``/sta/v1.1/``: one view for all addresses; it reads, asks or writes, and says every refusal as JSON."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import DataError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, Refused

from . import writing
from .addresses import read_address
from .answering import answer
from .entities import ENTITIES
from .options import read_options
from .rendering import as_json

#: What is really there, in the names of the standard.
_SPEC = "http://www.opengis.net/spec/iot_sensing/1.1/req"
CONFORMANCE = (
    f"{_SPEC}/datamodel", f"{_SPEC}/resource-path/resource-path-to-entities", f"{_SPEC}/request-data",
    f"{_SPEC}/create-update-delete/create-entity", f"{_SPEC}/create-update-delete/link-to-existing-entities",
    f"{_SPEC}/create-update-delete/deep-insert-entity", f"{_SPEC}/create-update-delete/deep-insert-status-code",
    f"{_SPEC}/create-update-delete/update-entity", f"{_SPEC}/create-update-delete/update-entity-jsonpatch",
    f"{_SPEC}/create-update-delete/historical-location-auto-creation", f"{_SPEC}/data-array/data-array",
)  # fmt: skip


def sensorthings(request: HttpRequest, address: str = "") -> HttpResponse:
    """Every address below ``/sta/v1.1/``. Signed-in people and programs only; what they may not see does not exist."""
    ctx: Context | None = request.ctx  # type: ignore[attr-defined]
    try:
        if ctx is None:
            return _fault(
                Refused(
                    _("请先登录"), mend=_("请带上接入令牌（Authorization: Bearer …），或先在 /signin/ 登录并带上会话")
                ),
                401,
            )
        return _answered(request, ctx, address)
    except Refused as refused:
        return _fault(refused, {422: 400}.get(refused.status, refused.status))
    except DataError:
        return _fault(BadInput(_("数字或时间超出范围，或有无法处理的字符"), mend=_("请核对 $filter 里的数值")), 400)


def _answered(request: HttpRequest, ctx: Context, text: str) -> HttpResponse:
    root = request.build_absolute_uri("/sta/v1.1")
    if request.method in ("GET", "HEAD"):
        if not text:
            return _json(_index(root))
        pairs = parse_qsl(request.META.get("QUERY_STRING", ""), keep_blank_values=True, max_num_fields=100)
        found = answer(ctx, root, read_address(text), read_options(pairs), request.build_absolute_uri(request.path))
        if found is None:
            return HttpResponse(status=204)
        return HttpResponse(found, content_type="text/plain; charset=utf-8") if isinstance(found, str) else _json(found)
    if request.method not in ("POST", "PATCH", "PUT", "DELETE"):
        raise _not_here(str(request.method))
    body = None if request.method == "DELETE" else _body(request)
    done = writing.write(
        ctx, root, str(request.method), text.strip("/"), body, reasons=request.GET.get("reasons") == "true"
    )
    response = _json(done.content, done.status) if done.content is not None else HttpResponse(status=done.status)
    if done.location:
        response["Location"] = done.location
    return response


def _index(root: str) -> dict[str, Any]:
    listed = [{"name": name, "url": f"{root}/{name}"} for name in ENTITIES]
    return {"value": listed, "serverSettings": {"conformance": list(CONFORMANCE)}}


def _body(request: HttpRequest) -> Any:
    try:
        return json.loads(request.body, parse_constant=_no_constant)
    except RequestDataTooBig:
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 2**20
        raise writing.TooLarge(_("内容太大，最多 %(most)d MB") % {"most": most}, mend=_("请分批报送")) from None
    except (ValueError, RecursionError):
        raise BadInput(_("内容不是 JSON"), mend=_("请按 JSON 报送；没有读数写 null，不写 NaN")) from None


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _not_here(method: str) -> Refused:
    refused = Refused(
        _("这里不能用 %(method)s") % {"method": method[:10]}, mend=_("可用的方法：GET、POST、PATCH、DELETE")
    )
    refused.status = 405
    return refused


def _json(content: Any, status: int = 200) -> HttpResponse:
    return HttpResponse(as_json(content), status=status, content_type="application/json; charset=utf-8")


def _fault(refused: Refused, status: int) -> JsonResponse:
    """What, where, how to mend it; `code` is the status, as the clients of the standard expect it."""
    return JsonResponse(
        {"code": status, "type": "error", **refused.as_dict()}, status=status, json_dumps_params={"ensure_ascii": False}
    )
