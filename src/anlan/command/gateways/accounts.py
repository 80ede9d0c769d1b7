"""Mailboxes at a provider that the platform reads: what the setting ANLAN_MAIL_BOXES says. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings

FORM = "imaps://user:password@host/INBOX?desk=110107 (imap:// with STARTTLS)"


class BadAccount(ValueError):
    """The setting ANLAN_MAIL_BOXES cannot be used; says which mailbox (its number, never its password) and why."""


@dataclass(frozen=True, slots=True)
class Account:
    """`tls`: ssl, starttls, or none (only to this machine). `desk`: code of the region whose duty desk gets the mails."""

    host: str
    port: int
    tls: str
    user: str
    password: str
    folder: str
    desk: str

    @property
    def key(self) -> str:
        """How it is named in tables, logs and on pages."""
        return f"{self.user}@{self.host}/{self.folder}"[:200]


def accounts(given: str | None = None) -> list[Account]:
    """The mailboxes of the setting, each once. Raises BadAccount."""
    words = (settings.MAIL_BOXES if given is None else given).split()
    found = [_account(f"ANLAN_MAIL_BOXES, mailbox {n}", word) for n, word in enumerate(words, start=1)]
    return list({account.key: account for account in found}.values())


def _account(place: str, word: str) -> Account:
    try:
        parts = urlsplit(word)
        port, host = parts.port, parts.hostname
    except ValueError:
        raise BadAccount(f"{place}: no address; write {FORM}") from None
    if parts.scheme not in ("imap", "imaps") or not host or not parts.username or not parts.password:
        raise BadAccount(f"{place}: write {FORM}; signs in names and passwords as %xx")
    query = parse_qs(parts.query)
    tls = query.get("tls", ["ssl" if parts.scheme == "imaps" else "starttls"])[0]
    if tls not in ("ssl", "starttls", "none"):
        raise BadAccount(f"{place}: tls={tls} is unknown; use ssl, starttls or none")
    if tls == "none" and not _is_here(host):
        raise BadAccount(f"{place}: tls=none would send the password in the clear; only for a server on this machine")
    desk, folder = query.get("desk", [""])[0], unquote(parts.path.strip("/")) or "INBOX"
    if not (desk.isdigit() and 2 <= len(desk) <= 12):
        raise BadAccount(f"{place}: desk= must be the code of a region, for example desk=110107")
    if not folder.isascii() or not folder.isprintable():
        raise BadAccount(
            f"{place}: the name of the folder must be ASCII (let the provider sort the mails into such a one)"
        )
    user, password = unquote(parts.username), unquote(parts.password)
    return Account(host, port or (993 if tls == "ssl" else 143), tls, user, password, folder, desk)


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
