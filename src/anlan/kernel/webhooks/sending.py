"""One POST to a receiver: no redirect, no proxy, little of the answer is read, and only permitted networks are reached."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import httpcore

from anlan.kernel.wording import words as _

from .addresses import Forbidden, check

#: Seconds to connect, to send and to be answered; and for all of it together.
TIMEOUTS = {"connect": 5.0, "write": 10.0, "read": 10.0, "pool": 5.0}
WHOLE_S, DRAIN_S = 20.0, 2.0
#: So much of an answer is read, so that the connection can be used again; more of it closes the connection.
MOST_READ = 64 * 1024
LONGEST_PAUSE_S = 3600.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an attempt. `error`: as `_said` puts it. `retry_after_s`: how long the receiver asks to be left alone."""

    status: int | None
    took_ms: float
    error: str = ""
    retry_after_s: float = 0.0

    @property
    def ok(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Resolves the host itself and connects to an address that was looked at: a name that leads elsewhere a moment later is no way in."""

    def __init__(self, nets: Callable[[], Iterable[str]] | None = None) -> None:
        """`nets`: networks that are not public and may be reached all the same, where they are not those of webhooks."""
        self._inner = httpcore.AnyIOBackend()
        self._nets = nets

    async def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:  # fmt: skip
        try:
            found = await asyncio.wait_for(
                asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM), timeout
            )
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(f"{host} was not resolved in time") from error
        except OSError as error:
            raise httpcore.ConnectError(f"{host} cannot be resolved") from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        check([ipaddress.ip_address(a.partition("%")[0]) for a in addresses], self._nets() if self._nets else None)
        failed: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in addresses:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


class Sender:
    """Keeps connections open between messages. One for the whole engine."""

    def __init__(self) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl.create_default_context(), max_connections=1000, max_keepalive_connections=200,
            keepalive_expiry=90.0, network_backend=GuardedBackend(),
        )  # fmt: skip

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send; whatever goes wrong is said in the answer and raises nothing."""
        begun = time.perf_counter()
        status: int | None = None
        error, pause = "", 0.0
        try:
            async with asyncio.timeout(WHOLE_S):
                asked = self._pool.stream(
                    "POST", url, headers=[*headers.items(), ("Accept", "*/*"), ("Content-Length", str(len(body)))],
                    content=body, extensions={"timeout": TIMEOUTS},
                )  # fmt: skip
                async with asked as response:
                    status = response.status
                    pause = _retry_after(response.headers)
                    # The status is the answer; whoever goes on talking for long is not listened to.
                    async with asyncio.timeout(DRAIN_S):
                        await _drain(response)
        except Forbidden as refused:
            error = _said(_("地址在内部网络里，已拒绝"), refused)
        except TimeoutError:
            error = _said(_("没有按时应答"), f"{WHOLE_S:g} s")
        except httpcore.TimeoutException as fault:
            error = _said(_("没有按时应答"), type(fault).__name__)
        except (httpcore.NetworkError, OSError) as fault:
            error = _said(_("没有连上"), fault)
        except (httpcore.ProtocolError, httpcore.UnsupportedProtocol, ValueError) as fault:
            error = _said(_("回答看不懂"), f"{type(fault).__name__}: {fault}")
        if status is not None:
            # An answer that broke off after its status line still is an answer.
            error = _said_of(status)
        return Answer(status, (time.perf_counter() - begun) * 1000, error, pause)

    async def close(self) -> None:
        await self._pool.aclose()


def _said(what: str, detail: object) -> str:
    """What went wrong in words of the platform, and after a colon in those of whoever noticed it."""
    return f"{what}：{detail}"[:300]


def _said_of(status: int) -> str:
    if 200 <= status < 300:
        return ""
    return _said(_("要求转到别处，不跟随") if 300 <= status < 400 else _("接收方没有收下"), f"HTTP {status}")


async def _drain(response: httpcore.Response) -> None:
    read = 0
    async for part in response.aiter_stream():
        read += len(part)
        if read > MOST_READ:
            return


def _retry_after(headers: Iterable[tuple[bytes, bytes]]) -> float:
    """Seconds of a Retry-After header, at most an hour; a date or nonsense counts as none."""
    for name, value in headers:
        if name.lower() == b"retry-after" and value.isdigit() and len(value) < 7:
            return min(float(value), LONGEST_PAUSE_S)
    return 0.0
