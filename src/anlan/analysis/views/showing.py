"""What the pages of this room show alike."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from anlan.kernel.context import Context
from anlan.kernel.web.loops import phase
from anlan.kernel.web.steps import actions

from ..models import Signal


def context(request: HttpRequest) -> Context:
    return request.ctx  # type: ignore[attr-defined]


def signal_row(ctx: Context, found: Signal) -> dict[str, Any]:
    basis = {
        "said": found.text, "clause": found.clause, "confidence": "low" if found.suggested else "", "trace": found.trace,
    }  # fmt: skip
    return {"signal": found, "basis": basis, "actions": actions(ctx, found), "phase": phase(found, ctx.now())}
