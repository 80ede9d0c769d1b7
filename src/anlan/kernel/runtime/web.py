"""The web processes' side of the supervisor: their socket, their command line, whether they answer."""

import http.client
import os
import resource
import socket
import sys

from .wording import RuntimeRefusal, pick

BACKLOG = 4096
OPEN_FILES = 65536


def listen(host: str, port: int | None, former: int | None) -> socket.socket:
    """Open the listening socket: on ``port`` when it is named, else on the ``former`` one or any free one."""
    reason = ""
    for wanted in [port] if port else [former or 0, 0]:
        listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, wanted))
        except (OSError, OverflowError) as error:
            listener.close()
            reason = getattr(error, "strerror", None) or str(error)
            continue
        # Connections inherit it. uvicorn takes a socket that it is handed for no TCP one and leaves it out: every answer, whose head
        # and body are written one after the other, would then wait 40 ms for the other side's acknowledgement.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.listen(BACKLOG)
        return listener
    raise RuntimeRefusal(
        pick(
            f"不能使用 {host} 的 {port} 端口：{reason}。请换一个端口。",
            f"Port {port} on {host} cannot be used: {reason}. Choose another one.",
        )
    )


def command(application: str, descriptor: int) -> list[str]:
    """How a web process is started on the socket that it inherits as ``descriptor``."""
    trusted = os.environ.get("ANLAN_TRUSTED_PROXIES")
    return [
        *(sys.executable, "-m", "uvicorn", "--fd", str(descriptor), application),
        *("--no-access-log", "--log-level", "warning", "--backlog", str(BACKLOG)),
        # Live pages never end by themselves: one second for the others, then they are cut.
        *("--timeout-graceful-shutdown", "1"),
        *(("--forwarded-allow-ips", trusted) if trusted else ("--no-proxy-headers",)),
    ]


def answers(host: str, port: int | None) -> bool:
    """Whether some web process answers a request without an error of its own."""
    reached = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    connection = http.client.HTTPConnection(reached, port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def workers() -> int:
    """How many web processes: ANLAN_WEB_WORKERS, else two where there are two cores."""
    named = os.environ.get("ANLAN_WEB_WORKERS", "")
    if named.isdigit() and int(named) > 0:
        return int(named)
    return 2 if len(os.sched_getaffinity(0)) >= 2 else 1


def raise_open_files() -> None:
    """Allow as many open connections as the system lets us: each live page holds one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
