"""The mailbox of the desk: a small SMTP door (RFC 5321). A mail is acknowledged when it is kept, and not before."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings

from anlan.command.models import Incoming
from anlan.kernel.context import system
from anlan.kernel.engine.threads import in_thread
from anlan.kernel.errors import NotFound, Refused
from anlan.places.queries import region

from .delivering import deliver
from .mails import read_mail

log = logging.getLogger("anlan.gateways")
# the library tells of every line that it hears
logging.getLogger("mail.log").setLevel(logging.WARNING)
#: baosong-110107@…: the name does not matter, the region does.
ADDRESS = re.compile(r"^[a-z0-9._]*-(?P<code>\d{2,12})@", re.IGNORECASE)
LARGEST = 25 * 1024 * 1024
#: Desks that one mail may go to.
MOST_DESKS = 20


class Mailbox:
    """What aiosmtpd asks of a handler."""

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not let_in(address):
            return "550 5.7.1 sender is not registered here"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        match = ADDRESS.match(address)
        if match is None or await in_thread("mail", _path_of, match["code"]) is None:
            return "550 5.1.1 no duty desk has this address; write to name-REGIONCODE@…"
        if len(envelope.rcpt_tos) >= MOST_DESKS:
            return "452 4.5.3 too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        try:
            content = envelope.content or b""
            raw = content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content
            await in_thread("mail", _keep, raw, list(envelope.rcpt_tos))
        except Refused as fault:
            log.warning("mail from %s refused: %s", envelope.mail_from, fault)
            return "554 5.6.0 the mail says nothing that could be kept"
        except Exception:
            log.exception("mail from %s was not kept", envelope.mail_from)
            return "451 4.3.0 not kept, please try again"
        return "250 2.0.0 kept"


def let_in(address: str | None) -> bool:
    """Whoever is registered (an address or a domain); an empty list lets everybody in."""
    allowed = settings.MAIL_SENDERS
    name = (address or "").lower()
    return not allowed or name in allowed or name.rpartition("@")[2] in allowed


def _path_of(code: str) -> str | None:
    try:
        return region(code).path
    except NotFound:
        return None


def _keep(raw: bytes, addresses: list[str]) -> None:
    for code in dict.fromkeys(match["code"] for a in addresses if (match := ADDRESS.match(a))):
        if _path_of(code) is not None:
            keep_mail(raw, code)


def keep_mail(raw: bytes, code: str, *, doubts: Sequence[str] = (), files: bool = True) -> bool:
    """Keep a mail for the desk of a region, with its files or without. False when it was there already.

    Raises BadInput (a mail without words and files), NotFound (no such region).
    """
    report, original = read_mail(raw)
    report = replace(report, doubts=(*report.doubts, *doubts))
    delivered = deliver(
        system("mail", cause=f"mail:{report.foreign_id}"[:120]), gateway=f"mail:{code}", report=report,
        original=original if files else replace(original, files=()), scope=region(code).path, channel=Incoming.Channel.MAIL,
    )  # fmt: skip
    return delivered.outcome != "repeated"


async def serve(host: str, port: int) -> Any:
    """Listen; returns the asyncio server."""
    handler = Mailbox()

    def door() -> SMTP:
        return SMTP(handler, data_size_limit=LARGEST, enable_SMTPUTF8=True, ident="Anlan", timeout=300)

    return await asyncio.get_running_loop().create_server(door, host, port)
