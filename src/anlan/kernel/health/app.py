"""``GET /health/chain``: does a reading still come out as a notice? A bare ASGI application over one small file.

It needs neither the database nor the bus nor a session, so that a page can say that the platform stands still while it does. It tells
nothing but that: ``{"state", "stage", "since", "text", "mend", "at"}`` with state ``ok``, ``stuck``, ``maintenance``, ``starting``,
``unknown`` (the watchdog itself does not report) or ``absent`` (none was started here). 503 when stuck or unknown, for a balancer.
"""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from anlan.kernel.runtime.paths import read_runtime

from .state import STALE_S, age_s, read_state

#: However many pages ask: the file is read this often (s).
_READ_EVERY_S = 0.5
_read: tuple[float, dict[str, Any] | None] = (float("-inf"), None)


def chain_state(language: str) -> dict[str, Any]:
    """What the endpoint answers, in a language (``zh-hans`` or ``en``)."""
    state = _latest()
    if state is None:
        kept = bool((read_runtime(_var()).get("pids") or {}).get("watchdog"))
        return (
            _unknown(language)
            if kept
            else {"state": "absent", "stage": "", "since": None, "text": "", "mend": "", "at": None}
        )
    if age_s(state) > STALE_S:
        return _unknown(language) | {"since": state["at"], "at": state["at"]}
    return {
        "state": state["state"], "stage": state.get("stage", ""), "since": state.get("since"), "at": state["at"],
        "text": (state.get("text") or {}).get(language, ""), "mend": (state.get("mend") or {}).get(language, ""),
    }  # fmt: skip


def _unknown(language: str) -> dict[str, Any]:
    with override(language):
        text, mend = _("平台自检没有在运行，不知道平台是否正常"), _("请以电话核实为准，并告诉系统管理员")
    return {"state": "unknown", "stage": "watchdog", "since": None, "text": text, "mend": mend, "at": None}


def _latest() -> dict[str, Any] | None:
    global _read
    now = time.monotonic()
    if now - _read[0] > _READ_EVERY_S:
        _read = (now, read_state(_var()))
    return _read[1]


def _var() -> Any:
    from pathlib import Path

    return Path(settings.VAR_DIR)


async def chain_app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """ASGI application."""
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    language = "en" if (query.get("language") or [""])[0].startswith("en") else settings.LANGUAGE_CODE
    told = chain_state(language)
    await send({
        "type": "http.response.start", "status": 503 if told["state"] in ("stuck", "unknown") else 200,
        "headers": [(b"content-type", b"application/json; charset=utf-8"), (b"cache-control", b"no-store")],
    })  # fmt: skip
    body = b"" if scope["method"] == "HEAD" else json.dumps(told, ensure_ascii=False).encode()
    await send({"type": "http.response.body", "body": body})
