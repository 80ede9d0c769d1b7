"""Reading what others publish over HTTP: conditional, limited in size, time and redirects, and only from permitted networks."""

from __future__ import annotations

import asyncio
import ssl
import string
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

import httpcore

from anlan.kernel.webhooks.addresses import Forbidden
from anlan.kernel.webhooks.sending import GuardedBackend
from anlan.kernel.wording import words as _

#: Seconds to connect and to be answered; and for all of it together, redirects included.
TIMEOUTS = {"connect": 8.0, "write": 8.0, "read": 15.0, "pool": 8.0}
WHOLE_S = 40.0
MOST_BYTES = 5 * 2**20
MOST_REDIRECTS = 5
_MOVED = (301, 302, 303, 307, 308)
AGENT = "Anlan/1 (feed reader)"


@dataclass(frozen=True, slots=True)
class Fetched:
    """What became of a request. `error`: what went wrong, in words; "" when `body` is the answer or nothing changed (304)."""

    status: int | None = None
    body: bytes = b""
    content_type: str = ""
    etag: str = ""
    last_modified: str = ""
    url: str = ""
    error: str = ""

    @property
    def unchanged(self) -> bool:
        return self.status == 304


def web_address(text: str) -> str:
    """The address when it is one of the web without a user name; "" otherwise."""
    text = text.strip()
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.username is None and parts.port != 0
    except ValueError:
        return ""
    return text if usable and len(text) <= 1000 and text.isprintable() and " " not in text else ""


async def fetch(
    url: str, *, etag: str = "", last_modified: str = "", nets: Callable[[], Iterable[str]] | None = None,
    most_bytes: int = MOST_BYTES, whole_s: float = WHOLE_S, accept: str = "*/*",
) -> Fetched:  # fmt: skip
    """GET an address; whatever goes wrong is said in the answer and raises nothing. Every redirect is looked at like the first.

    `nets`: networks that are not public and may be read all the same (default: none).
    """
    headers = {"Accept": accept, "Accept-Encoding": "identity", "User-Agent": AGENT}
    if etag:
        headers["If-None-Match"] = etag
    if last_modified:
        headers["If-Modified-Since"] = last_modified
    backend = GuardedBackend(nets or (lambda: ()))
    try:
        async with (
            asyncio.timeout(whole_s),
            httpcore.AsyncConnectionPool(
                ssl_context=ssl.create_default_context(), max_connections=2, network_backend=backend
            ) as pool,
        ):
            return await _follow(pool, url, headers, most_bytes)
    except Forbidden:
        return Fetched(url=url, error=_("地址在内部网络里，不读取"))
    except TimeoutError:
        return Fetched(url=url, error=_("%(n)d 秒内没有读完") % {"n": int(whole_s)})
    except httpcore.TimeoutException:
        return Fetched(url=url, error=_("没有按时应答"))
    except (httpcore.NetworkError, OSError) as fault:
        return Fetched(url=url, error=(_("没有连上") + f"：{fault}")[:200])
    except (httpcore.ProtocolError, httpcore.UnsupportedProtocol, ValueError, UnicodeError) as fault:
        return Fetched(url=url, error=(_("回答看不懂") + f"：{type(fault).__name__}")[:200])


async def _follow(pool: httpcore.AsyncConnectionPool, url: str, headers: Mapping[str, str], most: int) -> Fetched:
    for _turn in range(MOST_REDIRECTS + 1):
        if not web_address(url):
            return Fetched(url=url[:300], error=_("转到的地址不是网址"))
        plain = quote(url, safe=string.punctuation)
        async with pool.stream("GET", plain, headers=list(headers.items()), extensions={"timeout": TIMEOUTS}) as answer:
            said = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in answer.headers}
            if answer.status in _MOVED and said.get("location"):
                url = urljoin(url, quote(said["location"].encode("latin-1"), safe=string.punctuation))
                continue
            if answer.status == 304:
                return Fetched(304, url=url)
            if answer.status != 200:
                return Fetched(answer.status, url=url, error=_("对方回答 HTTP %(n)d") % {"n": answer.status})
            body = _unpacked(await _read(answer, most), said.get("content-encoding", ""), most)
            if body is None:
                return Fetched(
                    answer.status, url=url, error=_("超过 %(n)g MB，没有读完") % {"n": round(most / 2**20, 1)}
                )
            return Fetched(
                200,
                body,
                said.get("content-type", ""),
                _mark(said.get("etag", ""), 300),
                _mark(said.get("last-modified", ""), 100),
                url,
            )
    return Fetched(url=url[:300], error=_("转来转去超过 %(n)d 次") % {"n": MOST_REDIRECTS})


def _mark(value: str, most: int) -> str:
    """A mark that can be sent back as it is; "" for one that would spoil the next request."""
    return value if len(value) <= most and value.isascii() and value.isprintable() else ""


async def _read(answer: httpcore.Response, most: int) -> bytes | None:
    """The whole body; None as soon as it is more than `most`."""
    parts, size = [], 0
    async for part in answer.aiter_stream():
        size += len(part)
        if size > most:
            return None
        parts.append(part)
    return b"".join(parts)


def _unpacked(body: bytes | None, packing: str, most: int) -> bytes | None:
    """Who packs although it was not asked for is understood, up to the same size: a small answer may not swell into a huge one."""
    if body is None or packing.lower() not in ("gzip", "x-gzip", "deflate"):
        return body
    unpacking = zlib.decompressobj(wbits=47)
    try:
        plain = unpacking.decompress(body, most + 1)
    except zlib.error as fault:
        raise ValueError("packed badly") from fault
    return None if len(plain) > most else plain
