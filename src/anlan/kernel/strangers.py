"""What somebody sends who is not signed in: text is made plain, senders are told apart without being known, floods are refused."""

from __future__ import annotations

import unicodedata
from ipaddress import ip_address, ip_network
from secrets import token_urlsafe

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from .errors import Refused


class TooMany(Refused):
    """More than a person sends."""

    status = 429
    code = "too_many"


def plain_line(text: str, most: int) -> str:
    """One line without control and direction characters, cut to length."""
    kept = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in text)
    return " ".join(kept.split())[:most]


def sender_key(salt: str, text: str) -> str:
    """A keyed digest of an address or a browser: enough to count by, nothing to find anybody with."""
    return salted_hmac(salt, text, algorithm="sha256").hexdigest()[:40]


def net_of(address: str) -> str:
    """What counts as one sender: an IPv4 address, of IPv6 the /64 that one connection is given whole; other text as it is."""
    try:
        ip = ip_address(address)
        if ip.version == 4 or ip.ipv4_mapped is not None:
            return address
        return str(ip_network((ip, 64), strict=False))
    except ValueError:
        return address


def browser_of(request: HttpRequest, cookie: str) -> str:
    """What this browser was given to be known by; empty when it keeps no cookie."""
    return request.get_signed_cookie(cookie, "", salt=cookie) or ""


def known(request: HttpRequest, answer: HttpResponse, *, cookie: str, path: str) -> HttpResponse:
    """Give the browser something to be told apart by from the others of its office, for a day and on these pages only."""
    if not browser_of(request, cookie):
        answer.set_signed_cookie(
            cookie, token_urlsafe(12), salt=cookie, max_age=86_400, path=path, httponly=True, samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )  # fmt: skip
    return answer
