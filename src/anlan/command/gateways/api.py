"""The door for alarms of other systems: JSON in the words of the other side, mapped by ``data/formats.yaml``."""

from __future__ import annotations

import json
import logging
from typing import Any

from django.db import DataError
from django.http import HttpRequest
from ninja import Router, Schema

from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, Refused
from anlan.kernel.web.refusals import not_storable
from anlan.kernel.wording import words as _

from . import DELIVER
from .delivering import Original, deliver
from .formats import Format, format_named, read_alarm, shipped_formats

log = logging.getLogger("anlan.gateways")
router = Router()
MOST_AT_ONCE = 200
LARGEST = 2 * 1024 * 1024


class FormatOut(Schema):
    """`paths`: where each field is looked for, first found first used. `confidence` low: 建议值."""

    key: str
    zh: str
    source: str
    datum: str
    paths: dict[str, list[str]]
    facts: dict[str, list[str]]
    confidence: str


class DeliveredOut(Schema):
    """`outcome`: new, added, repeated or refused; `reason` and `mend` say why it was refused; `unused` what was left out of it."""

    id: str
    outcome: str
    incoming: str | None = None
    unused: list[str] = []
    reason: str = ""
    mend: str = ""


class AnswerOut(Schema):
    results: list[DeliveredOut]


@router.get("/gateways", response=list[FormatOut], summary="Formats in which other systems may deliver reports")
def get_formats(request: HttpRequest) -> list[dict[str, Any]]:
    return [
        {
            "key": f.key, "zh": f.zh, "source": f.source, "datum": f.datum, "confidence": f.confidence,
            "paths": {n: list(p) for n, p in f.paths.items() if p}, "facts": {n: list(p) for n, p in f.facts.items()},
        }
        for f in shipped_formats().values()
    ]  # fmt: skip


@router.post(
    "/gateways/{format}", response=AnswerOut, summary="Deliver one report, or several in an array; a repeat is known by its number",
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": {}}}}},
)  # fmt: skip
def post_reports(request: HttpRequest, format: str) -> dict[str, Any]:
    ctx: Context = request.ctx  # type: ignore[attr-defined]
    paths = ctx.paths(DELIVER)
    if not paths:
        ctx.require(DELIVER, "")
    form, given = format_named(format), _body(request)
    alarms = given if isinstance(given, list) else [given]
    if len(alarms) > MOST_AT_ONCE:
        raise BadInput(_("一次最多 %(n)d 条") % {"n": MOST_AT_ONCE}, field="", mend=_("请分几次报送"))
    return {"results": [_one(ctx, form, alarm, paths[0]) for alarm in alarms]}


def _one(ctx: Context, form: Format, alarm: Any, scope: str) -> dict[str, Any]:
    """Each report for itself: one that is refused does not keep back the others."""
    try:
        report = read_alarm(alarm, form)
        body = json.dumps(alarm, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")
        done = deliver(
            ctx, gateway=ctx.actor.key, report=report, original=Original(body, "application/json"), scope=scope
        )
    except Refused as fault:
        return {"id": "", "outcome": "refused", "reason": str(fault.message), "mend": str(fault.mend)}
    except (DataError, ValueError, RecursionError):
        log.exception("a report of %s cannot be kept", ctx.actor.key)
        why = not_storable()
        return {"id": "", "outcome": "refused", "reason": str(why.message), "mend": str(why.mend)}
    unused = [str(doubt) for doubt in report.doubts]
    return {"id": report.foreign_id, "outcome": done.outcome, "incoming": str(done.incoming.pk), "unused": unused}


def _body(request: HttpRequest) -> Any:
    raw = request.body
    if len(raw) > LARGEST:
        raise BadInput(_("报文超过 %(n)d MB") % {"n": LARGEST // 2**20}, field="", mend=_("请分几次报送"))
    try:
        return json.loads(raw, parse_constant=_no_constant)
    except (ValueError, RecursionError) as fault:
        raise BadInput(
            _("报文不是有效的 JSON：%(why)s") % {"why": str(fault)[:120]}, field="", mend=_("请用 UTF-8 编码的 JSON")
        ) from None


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name}: no number")
