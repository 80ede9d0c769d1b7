"""Mail by SMTP. Off, and saying so, until an operator names a server: ``smtp://user:password@host:587?tls=starttls&from=…``."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from anlan.kernel import clock

TIMEOUT_SECONDS = 15
#: Names set apart for examples (RFC 2606, RFC 6761): nothing there can receive mail.
EXAMPLE_DOMAINS = ("invalid", "example", "test", "localhost", "example.com", "example.net", "example.org")


class BadMailServer(ValueError):
    """The setting ANLAN_SMTP_URL cannot be used."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """`tls`: none, starttls (default for port 587 and others) or ssl (default for port 465 and ``smtps://``)."""

    host: str
    port: int
    user: str
    password: str
    tls: str
    sender: str

    @property
    def is_local(self) -> bool:
        """On this machine: where tests and demonstrations may mail sample people."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def mail_server() -> MailServer | None:
    """The server of the setting; None when mail is off. Raises BadMailServer naming what is wrong."""
    if not settings.SMTP_URL:
        return None
    parts = urlsplit(settings.SMTP_URL)
    query = parse_qs(parts.query)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise BadMailServer("ANLAN_SMTP_URL must look like smtp://user:password@host:587?tls=starttls&from=anlan@host")
    port = parts.port or (465 if parts.scheme == "smtps" else 587)
    tls = (query.get("tls") or ["ssl" if parts.scheme == "smtps" or port == 465 else "starttls"])[0]
    if tls not in ("none", "starttls", "ssl"):
        raise BadMailServer(f"ANLAN_SMTP_URL: tls={tls} is unknown; use none, starttls or ssl")
    user = unquote(parts.username or "")
    sender = (query.get("from") or [user if "@" in user else f"anlan@{parts.hostname}"])[0]
    return MailServer(parts.hostname, port, user, unquote(parts.password or ""), tls, sender)


def may_mail(address: str, server: MailServer | None) -> bool:
    """Mail is on, there is an address, and an address of an example domain only ever meets a server on this machine."""
    if server is None or "@" not in address:
        return False
    domain = address.rsplit("@", 1)[1].lower().rstrip(".")
    is_example = any(domain == d or domain.endswith("." + d) for d in EXAMPLE_DOMAINS)
    return server.is_local or not is_example


def compose(*, to: str, name: str, subject: str, text: str, url: str, key: str, server: MailServer) -> EmailMessage:
    """The mail. Its Message-ID comes from the delivery's key, so that a copy sent twice is known as one by mailboxes."""
    mail = EmailMessage()
    mail["Subject"] = " ".join(subject.split())[:120]
    mail["From"] = formataddr((_("安澜应急指挥平台"), server.sender))
    mail["To"] = formataddr((name, to))
    mail["Date"] = format_datetime(clock.real_now())
    mail["Message-ID"] = f"<{key}@{server.sender.rsplit('@', 1)[-1]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text + (f"\n\n{url}" if url else "") + "\n")
    return mail


def hand_over(mail: EmailMessage, server: MailServer) -> None:
    """Give the mail to the server. Raises smtplib.SMTPException or OSError."""
    context = ssl.create_default_context()
    plain: dict[str, Any] = {"host": server.host, "port": server.port, "timeout": TIMEOUT_SECONDS}
    with smtplib.SMTP_SSL(**plain, context=context) if server.tls == "ssl" else smtplib.SMTP(**plain) as smtp:
        if server.tls == "starttls":
            smtp.starttls(context=context)
        if server.user:
            smtp.login(server.user, server.password)
        smtp.send_message(mail)


def is_final(error: Exception) -> bool:
    """True when trying again cannot help: the server refused the address, the sender or the content for good."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(500 <= code < 600 for code, _said in error.recipients.values())
    return isinstance(error, smtplib.SMTPResponseException) and 500 <= error.smtp_code < 600
