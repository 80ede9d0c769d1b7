"""``GET /live/?topics=a,b``: a bare ASGI application, so that thousands of open pages cost little.

Each notice: ``id`` is the position, ``event`` the subject, ``data`` the live fields of the event. After a loss the browser sends
Last-Event-ID and gets what it missed from the outbox, without gap or repeat.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import msgspec
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connections
from django.utils.module_loading import import_string

from anlan.kernel.context import Context
from anlan.kernel.models import Outbox

from .hub import Listener, hub

HEARTBEAT_SECONDS = 15
#: Beyond this many missed notices the page is told to load itself anew instead.
RESUME_LIMIT = 2000


async def live_app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """ASGI application. 401 without a session; otherwise streams until the page leaves."""
    headers = {k.decode().lower(): v.decode() for k, v in scope["headers"]}
    ctx = await sync_to_async(_briefly, thread_sensitive=False)(_context, headers.get("cookie", ""))
    if ctx is None:
        await send({"type": "http.response.start", "status": 401, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": b"sign in first"})
        return
    query = parse_qs(scope.get("query_string", b"").decode())
    topics = tuple(t for t in ",".join(query.get("topics", [])).split(",") if t)
    last = headers.get("last-event-id") or (query.get("after") or [""])[0]
    hub.start()
    listener = Listener(ctx, topics)
    hub.listeners.add(listener)
    try:
        await send({
            "type": "http.response.start", "status": 200,
            "headers": [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-store"),
                        (b"x-accel-buffering", b"no")],
        })  # fmt: skip
        await _stream(listener, last, receive, send)
    finally:
        hub.listeners.discard(listener)


async def _stream(listener: Listener, last: str, receive: Any, send: Any) -> None:
    seen = -1
    head, missed = await sync_to_async(_briefly, thread_sensitive=False)(
        _missed, listener, int(last) if last.isdigit() else None
    )
    if missed is None:
        await _send(send, f"id: {head}\nevent: reload\ndata: {{}}\n\n")
        seen = head
    else:
        for notice in missed:
            await _send(send, _frame(notice))
            seen = notice["position"]
        await _send(send, f"id: {max(head, seen)}\nevent: hello\ndata: {{}}\n\n")
    gone = asyncio.create_task(_until_gone(receive))
    try:
        while not gone.done() and not listener.overrun:
            listener.wake.clear()
            frames = []
            while listener.queue:
                notice = listener.queue.popleft()
                if notice["position"] > seen:
                    seen = notice["position"]
                    frames.append(_frame(notice))
            if frames:
                await _send(send, "".join(frames))
                continue
            waiting = asyncio.create_task(listener.wake.wait())
            done, _ = await asyncio.wait(
                {waiting, gone}, timeout=HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            waiting.cancel()
            if not done:
                await _send(send, "event: beat\ndata: {}\n\n")
    finally:
        gone.cancel()
        with contextlib.suppress(Exception):
            await send({"type": "http.response.body", "body": b""})


async def _until_gone(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(send: Any, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


def _frame(notice: dict[str, Any]) -> str:
    data = {"subject": notice["subject"], "at": notice["occurred_at"], **notice["live"]}
    return f"id: {notice['position']}\nevent: {notice['subject']}\ndata: {msgspec.json.encode(data).decode()}\n\n"


def _briefly(ask: Callable[..., Any], *given: Any) -> Any:
    """Ask the database in a thread that no request owns, and give the connection back."""
    try:
        return ask(*given)
    finally:
        connections.close_all()


def _context(cookie: str) -> Context | None:
    return import_string(settings.ANLAN_CONTEXT_FROM_COOKIE)(cookie)


def _missed(listener: Listener, after: int | None) -> tuple[int, list[dict[str, Any]] | None]:
    """The last position, and what this listener missed since `after` (None: too much, load anew)."""
    published = Outbox.objects.filter(position__isnull=False)
    head = published.order_by("-position").values_list("position", flat=True).first() or 0
    if after is None:
        return head, []
    if after > head or head - after > RESUME_LIMIT:
        return head, None
    rows = published.filter(position__gt=after).order_by("position")
    notices = [
        {
            "position": r.position, "subject": r.subject, "world": str(r.world_id), "scope": r.scope,
            "shared_with": r.shared_with, "live": r.live, "occurred_at": r.occurred_at.isoformat(),
        }
        for r in rows
    ]  # fmt: skip
    return head, [n for n in notices if listener.wants(n)]


__all__ = ["live_app"]
