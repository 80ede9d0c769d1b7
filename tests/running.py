"""The platform's real processes for tests: web and engine, against the test database and the test bus."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
from django.db import connection

from tests.houses import Copy, house


def until(holds: Callable[[], object], seconds: float = 300, what: str = "it") -> None:
    """Wait for another process to get there; fails when it does not."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"{what} did not happen within {seconds:g} s"
        time.sleep(0.02)


def database_url() -> str:
    info = connection.settings_dict
    return f"postgresql://{info['USER']}:{info['PASSWORD']}@/{info['NAME']}?host={info['HOST']}&port={info['PORT']}"


@dataclass
class Running:
    """Processes started by a test; all of them end with it."""

    env: dict[str, str] = field(default_factory=dict)
    processes: list[Copy] = field(default_factory=list)
    url: str = ""

    def _start(self, *args: str, descriptor: int | None = None) -> Copy:
        env = {**os.environ, "ANLAN_DATABASE_URL": database_url(), "ANLAN_LOG": "WARNING", **self.env}
        process = house(env).start(list(args), env, descriptor)
        self.processes.append(process)
        return process

    def engine(self) -> Copy:
        return self._start("anlan.config.command", "engine")

    def judge(self) -> Copy:
        """Start the process that judges; whoever takes readings has to be told (`env`, before it is started) to leave it to it."""
        return self._start("anlan.config.command", "judge")

    def watchdog(self, *, deadline_s: float = 12) -> Copy:
        """Start the watchdog; a probe each second, so that no test waits for its turn, and more patience than
        the product has, for machines that are slow by themselves. The web process must run.
        """
        self.env |= {
            "ANLAN_ADDRESS": self.url, "ANLAN_PROBE_EVERY_S": "1", "ANLAN_PROBE_DEADLINE_S": str(deadline_s),
        }  # fmt: skip
        return self._start("anlan.config.command", "watchdog")

    def web(self) -> Copy:
        """Start one web process on a free loopback port; `url` is set and answers when this returns."""
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        process = self._start(
            "uvicorn", "--fd", "{fd}", "--log-level", "warning", "--timeout-graceful-shutdown", "1",
            "anlan.config.asgi:application", descriptor=listener.fileno(),
        )  # fmt: skip
        listener.listen(64)
        until(self._answers, what="the web process answering")
        listener.close()
        return process

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/signin/", timeout=30).status_code < 500
        except httpx.HTTPError:
            return False

    def stop(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
        for process in self.processes:
            try:
                process.wait(6)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
