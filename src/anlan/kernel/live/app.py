"""``GET /live/?topics=a,b&world=…``: a bare ASGI application, so that thousands of open pages cost little.

Each notice: ``id`` is the position, ``event`` the subject, ``data`` the live fields of the event. After a loss the browser sends
Last-Event-ID and gets what it missed from the outbox, without gap or repeat. Besides subjects there are ``hello``, ``beat``,
``reload`` (fetch everything anew: too much was missed, or other rights hold now) and ``world`` (the person works in another world
than this page shows). The stream ends when its person may not have it any more; coming back is answered 401.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import msgspec
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connections
from django.utils.module_loading import import_string

from anlan.kernel.context import Context
from anlan.kernel.health.probing import probe_context, shows_token
from anlan.kernel.models import Outbox

from .hub import Listener, hub

HEARTBEAT_SECONDS = 15
#: The first page of a process waits so long (s) for the bus to be heard.
BUS_PATIENCE_S = 3
#: Beyond this many missed notices the page is told to load itself anew instead.
RESUME_LIMIT = 2000
#: A position as we give it out: ASCII digits, within what the database can compare.
_POSITION = re.compile(r"[0-9]{1,18}", re.ASCII)
#: What a page sends that cannot be a position of ours: further than any, so that the page loads itself anew.
_BEYOND = 10**18


async def live_app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """ASGI application. 401 without a session; otherwise streams until the page leaves or may not stay."""
    # Headers and addresses are bytes of whoever sends them: Latin-1 can read any.
    headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
    shown = headers.get("authorization", "")
    cookie = shown if shows_token(shown) else headers.get("cookie", "")
    ctx = await _ask(_context, cookie)
    if ctx is None:
        await send({"type": "http.response.start", "status": 401, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": b"sign in first"})
        return
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    # `command.*` and `command.>` are understood as what begins with `command.`.
    topics = tuple(re.split("[*>]", t)[0] for t in ",".join(query.get("topics", [])).split(",") if t)
    last = headers.get("last-event-id") or (query.get("after") or [""])[0]
    await hub.heard(BUS_PATIENCE_S)
    listener = Listener(ctx, topics)
    hub.listeners.add(listener)
    try:
        await send({
            "type": "http.response.start", "status": 200,
            "headers": [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-store"),
                        (b"x-accel-buffering", b"no")],
        })  # fmt: skip
        stream = _Stream(listener, cookie, (query.get("world") or [""])[0] or str(ctx.world), send)
        gone = asyncio.create_task(_until_gone(receive))
        try:
            await stream.run(position_of(last), gone)
        finally:
            gone.cancel()
            with contextlib.suppress(Exception):
                await send({"type": "http.response.body", "body": b""})
    finally:
        hub.listeners.discard(listener)


def position_of(last: str) -> int | None:
    """The position that a Last-Event-ID names; None without one. Whatever is no position counts as one that we never gave."""
    if not last:
        return None
    return int(last) if _POSITION.fullmatch(last) else _BEYOND


class _Stream:
    """One page's stream: what it has seen, whose session it is, and the world that the page shows."""

    def __init__(self, listener: Listener, cookie: str, world: str, send: Any) -> None:
        self.listener, self.cookie, self.world, self._put = listener, cookie, world, send
        self.seen = -1

    async def run(self, after: int | None, gone: asyncio.Task[None]) -> None:
        if await self._is_elsewhere():
            return
        if not await self._catch_up(after):
            return
        listener = self.listener
        while not gone.done() and not listener.overrun:
            listener.wake.clear()
            if listener.must_read and not await self._read_anew():
                return
            if await self._pass_on():
                continue
            waiting = asyncio.create_task(listener.wake.wait())
            done, _ = await asyncio.wait(
                {waiting, gone}, timeout=HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            waiting.cancel()
            if not done:
                if not await self._read_anew():
                    return
                await self._send(self._beat())

    async def _catch_up(self, after: int | None) -> bool:
        """Send what was missed since `after`; False when the stream has to end."""
        head, missed = await _ask(_missed, after)
        # Rights are read after the notices they judge: none of these may have come after a change of rights.
        if not await self._read_anew():
            return False
        if missed is None:
            await self._send(f"id: {head}\nevent: reload\ndata: {{}}\n\n")
            self.seen = head
            return True
        frames = [_frame(notice) for notice in missed if self.listener.wants(notice)]
        if missed:
            self.seen = missed[-1]["position"]
        await self._send("".join(frames) + f"id: {head}\nevent: hello\ndata: {{}}\n\n")
        return True

    def _beat(self) -> str:
        """A sign of life. All that came so far was looked at: a page that saw little resumes from here, not from its last notice."""
        at = max(self.seen, hub.position)
        mark = f"id: {at}\n" if at > 0 and not self.listener.queue else ""
        return f"{mark}event: beat\ndata: {{}}\n\n"

    async def _pass_on(self) -> bool:
        """Send what waits and may still be seen; True when there was something."""
        frames = []
        listener = self.listener
        while listener.queue and not listener.must_read:
            notice = listener.queue.popleft()
            if notice["position"] > self.seen:
                self.seen = notice["position"]
                if listener.wants(notice):
                    frames.append(_frame(notice))
        if frames:
            await self._send("".join(frames))
        return bool(frames or listener.queue)

    async def _read_anew(self) -> bool:
        """Take over the rights of this moment; False when the stream has to end."""
        listener, doubts = self.listener, self.listener.doubts
        ctx = await _ask(_context, self.cookie)
        if ctx is None:
            return False
        before = listener.ctx
        listener.trust(ctx, doubts=doubts)
        if await self._is_elsewhere():
            return False
        if (ctx.grants, ctx.keys) != (before.grants, before.keys):
            # What the page shows was chosen by other rights.
            await self._send("event: reload\ndata: {}\n\n")
        return True

    async def _is_elsewhere(self) -> bool:
        """Tell the page when its person works in another world than it shows; nothing of that world belongs on it."""
        ctx = self.listener.ctx
        if str(ctx.world) == self.world:
            return False
        told = msgspec.json.encode({"world": str(ctx.world), "exercise": ctx.is_exercise}).decode()
        await self._send(f"event: world\ndata: {told}\n\n")
        return True

    async def _send(self, text: str) -> None:
        await self._put({"type": "http.response.body", "body": text.encode(), "more_body": True})


async def _until_gone(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _frame(notice: dict[str, Any]) -> str:
    data = {"subject": notice["subject"], "at": notice["occurred_at"], **notice["live"]}
    return f"id: {notice['position']}\nevent: {notice['subject']}\ndata: {msgspec.json.encode(data).decode()}\n\n"


async def _ask(ask: Callable[..., Any], *given: Any) -> Any:
    return await sync_to_async(_briefly, thread_sensitive=False)(ask, *given)


def _briefly(ask: Callable[..., Any], *given: Any) -> Any:
    """Ask the database in a thread that no request owns, and give the connection back."""
    try:
        return ask(*given)
    finally:
        connections.close_all()


def _context(cookie: str) -> Context | None:
    """Of a person's session, or of the platform's own probe, which shows its token instead."""
    if shows_token(cookie):
        return probe_context()
    return import_string(settings.ANLAN_CONTEXT_FROM_COOKIE)(cookie)


def head_position() -> int:
    """The position of the last event that has one: a page made now has to hear of whatever comes after it."""
    rows = Outbox.objects.filter(position__isnull=False).order_by("-position")
    return rows.values_list("position", flat=True).first() or 0


def _missed(after: int | None) -> tuple[int, list[dict[str, Any]] | None]:
    """The last position, and everything since `after` (None: too much, load anew)."""
    head = head_position()
    if after is None or after == head:
        return head, []
    if after > head or head - after > RESUME_LIMIT:
        return head, None
    rows = Outbox.objects.filter(position__gt=after, position__lte=head).order_by("position")
    return head, [
        {
            "position": r.position, "subject": r.subject, "world": str(r.world_id), "scope": r.scope,
            "shared_with": r.shared_with, "live": r.live, "occurred_at": r.occurred_at.isoformat(),
        }
        for r in rows
    ]  # fmt: skip


__all__ = ["head_position", "live_app", "position_of"]
