"""``POST /api/v1/sensing/observations`` without the long way: a bare ASGI application before Django's.

The first request of a sender goes the long way: session or access token, the form's token, language, addresses. When it was let in,
what comes with the very same headers is let in by the same right, which is read anew: an access token and the row of a session at
every commit, the posts behind a session once a second. Requests of one moment share a commit. Whatever is not plain (another world, a
large body, a batch that is refused as a whole, a database that is away) takes the long way, which says what is wrong.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connections, transaction
from django.http import parse_cookie
from django.utils import translation

from anlan.kernel.clock import real_now
from anlan.kernel.context import Context
from anlan.kernel.errors import Refused
from anlan.kernel.health.probing import probe_context, shows_token
from anlan.kernel.ids import new_id
from anlan.kernel.web.page_world import HEADER as WORLD_HEADER
from anlan.kernel.worlds import REAL
from anlan.places.identity import context_from_cookie
from anlan.places.tokens import context_of_bearer

from .api import rows_of
from .services.accepting import MAX_BATCH, Batch, accept_together, check_batch

log = logging.getLogger("anlan.sensing")

PATH = "/api/v1/sensing/observations"
#: Larger bodies are for the long way, where they hold up no other sender.
MOST_BYTES = 256 * 1024
#: So many senders are remembered, and for so long (s) after they were last let in the long way.
SENDERS, LASTS_S = 2000, 300.0
#: The posts of a person are read anew this often (s).
RIGHTS_S = 1.0
#: Headers that differ from request to request and open nothing.
_PASSING = {b"content-length", b"traceparent", b"tracestate", b"x-request-id", b"idempotency-key", b"date"}
CSRF_HEADER = b"x-csrftoken"
Key = tuple[Any, ...]


@dataclass(slots=True, eq=False)
class Sender:
    """Who was let in: by which token or session, from which address, answered in which language. `row`: the session as it was."""

    token: str
    cookie: str
    address: str | None
    language: str
    let_in_at: float
    ctx: Context | None = None
    read_at: float = 0.0
    row: str = ""


@dataclass(slots=True, eq=False)
class _Knock:
    sender: Sender
    rows: list[Any]
    answer: asyncio.Future[dict[str, Any] | None]


class QuickDoor:
    """That of one process. `application`: the long way."""

    def __init__(self, application: Any) -> None:
        self._application = application
        self._senders: OrderedDict[Key, Sender] = OrderedDict()
        self._waiting: list[_Knock] = []
        self._carrying: asyncio.Task[None] | None = None
        self._thread: ThreadPoolExecutor | None = None

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        key = _key_of(scope)
        sender = self._senders.get(key) if key is not None else None
        if sender is not None and time.monotonic() - sender.let_in_at < LASTS_S:
            body, receive = await _body_of(receive)
            rows = _plain_rows(body)
            answer = await self._knock(sender, rows) if rows is not None else None
            if answer is not None:
                await _answer(send, answer, sender.language)
                return
        await self._long_way(key, scope, receive, send)

    def close(self) -> None:
        """Give the connection of the database back."""
        if self._thread is not None:
            self._thread.submit(connections.close_all)
            self._thread.shutdown(wait=True)
            self._thread = None

    async def _long_way(self, key: Key | None, scope: dict[str, Any], receive: Any, send: Any) -> None:
        async def watched(message: dict[str, Any]) -> None:
            if key is not None and message["type"] == "http.response.start":
                if message["status"] == 200:
                    self._remember(key, _sender_of(scope, message["headers"]))
                else:
                    self._senders.pop(key, None)
            await send(message)

        await self._application(scope, receive, watched)

    def _remember(self, key: Key, sender: Sender) -> None:
        self._senders[key] = sender
        self._senders.move_to_end(key)
        while len(self._senders) > SENDERS:
            self._senders.popitem(last=False)

    async def _knock(self, sender: Sender, rows: list[Any]) -> dict[str, Any] | None:
        """The answer once everything is durable; None for the long way."""
        knock = _Knock(sender, rows, asyncio.get_running_loop().create_future())
        self._waiting.append(knock)
        if self._carrying is None or self._carrying.done():
            self._carrying = asyncio.create_task(self._carry_all())
        return await knock.answer

    async def _carry_all(self) -> None:
        """What waits, sender by sender; what comes meanwhile waits for the next turn."""
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="anlan-readings")
        while self._waiting:
            group = _group_of(self._waiting)
            self._waiting = [k for k in self._waiting if k not in group]
            try:
                work = asyncio.get_running_loop().run_in_executor(self._thread, _carry, group)
                answers: Sequence[dict[str, Any] | None] = await work
            except Exception:
                log.warning("readings take the long way", exc_info=True)
                answers = [None] * len(group)
            for knock, answer in zip(group, answers, strict=True):
                if not knock.answer.done():
                    knock.answer.set_result(answer)


def _key_of(scope: dict[str, Any]) -> Key | None:
    """What must be the same for a request to be let in like the one before; None for what always takes the long way.

    That is also what can be read in two ways (a header given twice), and a session that does not show the form's token in a header:
    in the body it would be looked at once only.
    """
    headers = [(k.lower(), v) for k, v in scope["headers"] if k.lower() not in _PASSING]
    named = dict(headers)
    if scope.get("query_string") or WORLD_HEADER.lower().encode() in named or len(named) < len(headers):
        return None
    if not named.get(b"authorization") and CSRF_HEADER not in named:
        return None
    return ((scope.get("client") or ("",))[0], scope.get("scheme"), *headers)


def _sender_of(scope: dict[str, Any], answered: Sequence[tuple[bytes, bytes]]) -> Sender:
    headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
    spoken = {k.lower(): v for k, v in answered}.get(b"content-language", b"").decode("latin-1")
    return Sender(
        token=headers.get("authorization", ""), cookie=headers.get("cookie", ""),
        address=(scope.get("client") or (None,))[0], language=spoken or settings.LANGUAGE_CODE, let_in_at=time.monotonic(),
    )  # fmt: skip


async def _body_of(receive: Any) -> tuple[bytes | None, Any]:
    """The body (None: too large, or broken off), and a `receive` that gives it once more."""
    seen: list[dict[str, Any]] = []
    size, whole = 0, False
    while not whole and size <= MOST_BYTES:
        message = await receive()
        seen.append(message)
        if message["type"] != "http.request":
            break
        size += len(message.get("body", b""))
        whole = not message.get("more_body", False)
    again = iter(list(seen))

    async def anew() -> Any:
        for message in again:
            return message
        return await receive()

    body = b"".join(m.get("body", b"") for m in seen) if whole and size <= MOST_BYTES else None
    return body, anew


def _plain_rows(body: bytes | None) -> list[Any] | None:
    with contextlib.suppress(Refused):
        return rows_of(body) if body is not None else None
    return None


def _group_of(waiting: Sequence[_Knock]) -> list[_Knock]:
    """The first, and whoever came by the same right, as many as fit into one batch."""
    first, room = waiting[0].sender, MAX_BATCH
    group: list[_Knock] = []
    for knock in waiting:
        if knock.sender is first and (len(knock.rows) <= room or not group):
            group.append(knock)
            room -= len(knock.rows)
    return group


def _carry(group: Sequence[_Knock]) -> Sequence[dict[str, Any] | None]:
    """One commit for all; None for each that must take the long way."""
    sender = group[0].sender
    nothing: list[dict[str, Any] | None] = [None] * len(group)
    try:
        ctx = _context(sender)
        if ctx is None or ctx.world != REAL:
            sender.let_in_at = float("-inf")
            return nothing
        batches = [
            Batch(replace(ctx, cause=f"request:{new_id()}", _known={}), knock.rows, source="api") for knock in group
        ]
        for batch in batches:
            check_batch(batch)
        with translation.override(sender.language):
            return accept_together(batches)
    except Refused:
        sender.let_in_at = float("-inf")
        return nothing
    except Exception:
        # Whoever is told of it must not be this thread: the long way says it to each sender.
        log.warning("readings take the long way", exc_info=True)
        connections.close_all()
        return nothing


def _context(sender: Sender) -> Context | None:
    """By what right the sender acts now; None when it has none any more."""
    if sender.token:
        if shows_token(sender.token):
            return probe_context()
        kind, _sep, secret = sender.token.partition(" ")
        if kind.lower() != "bearer":
            return None
        # What is refused here is refused, and noted, the long way.
        with transaction.atomic():
            return context_of_bearer(
                secret.strip(), method="POST", path=PATH, address=sender.address, language=sender.language
            )
    key = parse_cookie(sender.cookie).get(settings.SESSION_COOKIE_NAME)
    live = Session.objects.filter(session_key=key, expire_date__gt=real_now())
    row = live.values_list("session_data", flat=True).first()
    if row is None:
        return None
    if sender.ctx is None or row != sender.row or time.monotonic() - sender.read_at > RIGHTS_S:
        found = context_from_cookie(sender.cookie)
        sender.ctx, sender.row, sender.read_at = found, row, time.monotonic()
        if found is not None:
            sender.ctx = replace(found, language=sender.language)
    return sender.ctx


async def _answer(send: Any, answer: dict[str, Any], language: str) -> None:
    body = msgspec.json.encode(answer)
    await send({
        "type": "http.response.start", "status": 200,
        "headers": [(b"content-type", b"application/json; charset=utf-8"), (b"content-length", str(len(body)).encode()),
                    (b"content-language", language.encode("latin-1")), (b"x-content-type-options", b"nosniff"),
                    (b"cache-control", b"no-store")],
    })  # fmt: skip
    await send({"type": "http.response.body", "body": body})
