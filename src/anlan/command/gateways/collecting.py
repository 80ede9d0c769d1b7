"""Mails fetched from a mailbox at a provider (IMAP4rev1, RFC 3501). A mail is marked as read when it is kept, and not before.

What is fetched: whatever is unread and came in the three days before the first reading or later, and of the last three days also what a
person opened before we did. What cannot be kept (a sender who is not registered, a mail without words) stays unread for a person.
"""

from __future__ import annotations

import imaplib
import logging
import re
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from django.db import DataError

from anlan.command.models import IncomingOriginal
from anlan.kernel import clock
from anlan.kernel.context import system
from anlan.kernel.errors import Refused
from anlan.kernel.wording import words as _

from .accounts import Account
from .mailbox import LARGEST, keep_mail, let_in
from .mails import number_of, sender_of

log = logging.getLogger("anlan.gateways")
TIMEOUT_S = 20.0
#: How far back: unread mails before the first reading, and mails that a person opened before we did.
BACK = timedelta(days=3)
#: How far the server's clock may be behind ours; its stamps are whole seconds.
CLOCKS = timedelta(minutes=1)
#: Mails of one round; the next follows at once while there are more.
AT_ONCE = 50
#: Of a mail that is too large so much is read: its words stand in front of its files.
BEGINNING = 256 * 1024
MEGABYTE = 1024 * 1024
_SIZE, _UID = re.compile(rb"RFC822\.SIZE (\d+)"), re.compile(rb"\bUID (\d+)")


class MailboxFault(Exception):
    """The mailbox does not answer as it should; the words are the server's."""


@dataclass(frozen=True, slots=True)
class Row:
    """One mail of the list. `number`: its Message-ID, empty when it has none."""

    uid: bytes
    seen: bool
    at: datetime
    size: int
    number: str


class Collector:
    """One mailbox, its connection kept open between rounds. Not for several threads."""

    def __init__(self, account: Account) -> None:
        self.account = account
        #: Mails of this run that were not taken, as long as they are there.
        self.left: set[bytes] = set()
        self._connection: imaplib.IMAP4 | None = None
        #: Mails of this run that need no second look; known by the mailbox's validity and the mail's UID.
        self._done: set[bytes] = set()
        self._validity: bytes = b""

    def round(self, since: datetime) -> tuple[int, bool]:
        """Look once; `since`: the first reading. Returns (mails kept, whether more wait). Raises MailboxFault."""
        try:
            connection = self._connection or self._connect()
            _asked(connection.noop())  # only then does the server tell an open connection what is new
            rows = [row for row in self._listed(connection, since) if row.uid not in self._done]
            kept = sum(self._take(connection, row) for row in rows[:AT_ONCE])
        except (imaplib.IMAP4.error, OSError, UnicodeError) as fault:
            self.close()
            raise MailboxFault(_said(fault)) from fault
        except BaseException:
            self.close()
            raise
        return kept, len(rows) > AT_ONCE

    def close(self) -> None:
        """Let the connection go; whoever waits for it in another thread stops waiting."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(OSError, imaplib.IMAP4.error):
                connection.shutdown()

    def _connect(self) -> imaplib.IMAP4:
        account, context = self.account, ssl.create_default_context()
        connection: imaplib.IMAP4
        if account.tls == "ssl":
            connection = imaplib.IMAP4_SSL(account.host, account.port, ssl_context=context, timeout=TIMEOUT_S)
        else:
            connection = imaplib.IMAP4(account.host, account.port, timeout=TIMEOUT_S)
        self._connection = connection
        if account.tls == "starttls":
            connection.starttls(context)
        if "AUTH=PLAIN" in connection.capabilities:
            # unlike LOGIN it takes names and passwords of any letters
            words = f"\0{account.user}\0{account.password}".encode()
            connection.authenticate("PLAIN", lambda _asked: words)
        else:
            connection.login(account.user, account.password)
        # RFC 2971: some providers open no folder to a program that does not name itself
        with suppress(imaplib.IMAP4.error):
            connection.xatom("ID", '("name" "Anlan" "version" "1")')
        self._open(connection)
        return connection

    def _open(self, connection: imaplib.IMAP4) -> None:
        folder = self.account.folder.replace("\\", "\\\\").replace('"', '\\"')
        _asked(connection.select(f'"{folder}"'))
        validity = (connection.response("UIDVALIDITY")[1] or [b""])[0] or b""
        if validity != self._validity:
            self._validity, self._done, self.left = validity, set(), set()

    def _listed(self, connection: imaplib.IMAP4, since: datetime) -> list[Row]:
        """What may still have to be fetched, the oldest first. The server compares by days of its own zone, we by the minute."""
        now = clock.real_now()
        unread_from, opened_from = since - BACK, max(since - CLOCKS, now - BACK)
        found = _asked(connection.uid("SEARCH", "SINCE", _day(unread_from), "OR", "UNSEEN", "SINCE", _day(opened_from)))
        there = (found[0] or b"").split()
        self._done &= set(there)
        self.left &= set(there)
        uids = [uid for uid in there if uid not in self._done]
        rows: list[Row] = []
        for start in range(0, len(uids), 200):
            wanted = b",".join(uids[start : start + 200]).decode()
            rows += _rows(_asked(connection.uid(
                "FETCH", wanted, "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])"
            )))  # fmt: skip
        fresh = [row for row in rows if row.at >= (opened_from if row.seen else unread_from)]
        known = self._known([row.number for row in fresh if row.seen and row.number])
        self._done |= {row.uid for row in rows} - {row.uid for row in fresh}
        self._done |= {row.uid for row in fresh if row.seen and row.number in known}
        return sorted((row for row in fresh if not (row.seen and row.number in known)), key=lambda row: row.at)

    def _known(self, numbers: list[str]) -> set[str]:
        rows = IncomingOriginal.objects.in_world(system("mail")).filter(gateway=f"mail:{self.account.desk}")
        return set(rows.filter(foreign_id__in=numbers).values_list("foreign_id", flat=True)) if numbers else set()

    def _take(self, connection: imaplib.IMAP4, row: Row) -> int:
        whole = row.size <= LARGEST
        answer = _asked(
            connection.uid("FETCH", row.uid.decode(), "(BODY.PEEK[])" if whole else f"(BODY.PEEK[]<0.{BEGINNING}>)")
        )
        raw = next((part[1] for part in answer if isinstance(part, tuple)), None)
        if raw is None:  # somebody removed it meanwhile
            self._done.add(row.uid)
            return 0
        try:
            if not let_in(sender_of(raw)):
                raise Refused("sender is not registered here")
            doubts = () if whole else (
                _("邮件有 %(n)d MB，只收了开头的文字，附件请到邮箱里看") % {"n": row.size // MEGABYTE},
            )  # fmt: skip
            kept = keep_mail(raw, self.account.desk, doubts=doubts, files=whole)
        except (Refused, DataError, ValueError) as fault:
            self._done.add(row.uid)
            self.left.add(row.uid)
            log.warning("mail %s in %s is left unread: %s", row.uid.decode(), self.account.key, fault)
            return 0
        if not row.seen:
            _asked(connection.uid("STORE", row.uid.decode(), "+FLAGS.SILENT", r"(\Seen)"))
        self._done.add(row.uid)
        return int(kept)


def _asked(answer: tuple[str, list]) -> list:  # type: ignore[type-arg]
    """The data of an answer. Raises MailboxFault with the server's words when it refuses."""
    kind, data = answer
    if kind != "OK":
        raise imaplib.IMAP4.error(
            b" ".join(part for part in data if isinstance(part, bytes)).decode("utf-8", "replace")
        )
    return data


def _rows(answer: list) -> list[Row]:  # type: ignore[type-arg]
    """The mails of a FETCH answer; a line that is none is left out."""
    found = []
    for part, after in zip(answer, [*answer[1:], b""], strict=True):
        if not isinstance(part, tuple):
            continue
        # a server may say the flags and the date before the header or behind it
        head, number = part[0] + b" " + (after if isinstance(after, bytes) else b""), part[1]
        uid, size, moment = _UID.search(head), _SIZE.search(head), imaplib.Internaldate2tuple(head)
        if uid and size and moment:
            at = datetime.fromtimestamp(time.mktime(moment), tz=UTC)
            found.append(Row(uid[1], rb"\Seen" in imaplib.ParseFlags(head), at, int(size[1]), number_of(number)))
    return found


def _day(moment: datetime) -> str:
    """As SEARCH takes it, a day earlier than asked for: the server's zone is not known."""
    return "-".join(format_datetime(moment.astimezone(UTC) - timedelta(days=1)).split()[1:4])


def _said(fault: BaseException) -> str:
    return " ".join(str(fault).split())[:300] or type(fault).__name__
