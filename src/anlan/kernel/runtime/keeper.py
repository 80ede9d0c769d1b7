"""Keeping one child alive: when it ends unasked, say so and start it again: at once, then each time a little later."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from .wording import pick

FIRST_DELAY = 0.2
LONGEST_DELAY = 30.0
CALM_SECONDS = 10.0
"""A child that ran this long is forgiven its earlier failures: it is started again at once, as after its first."""


class Running(Protocol):
    """The part of ``subprocess.Popen`` that keeping needs."""

    pid: int

    def poll(self) -> int | None:
        """Exit code, or None while it runs."""


@dataclass
class Keeper:
    """A named child: ``start`` starts it and returns the process."""

    name: str
    start: Callable[[], Running]
    say: Callable[[str], None]
    child: Running | None = None
    failures: int = 0
    restarts: int = 0
    started: float = 0.0
    due: float | None = None

    def begin(self) -> None:
        """Start the child now."""
        self.due = None
        self.child = self.start()
        self.started = time.monotonic()

    def look(self, now: float) -> bool:
        """Notice an end, start again when its time has come; True when a new process was started."""
        if self.due is not None:
            if now < self.due:
                return False
            try:
                self.begin()
            except Exception as error:
                self._fail(now, str(error))
                return False
            self.restarts += 1
            self.say(pick(f"{self.name} 已重新启动", f"{self.name} runs again"))
            return True
        if self.child is None or self.child.poll() is None:
            return False
        if now - self.started > CALM_SECONDS:
            self.failures = 0
        self._fail(now, ending(self.child.poll()))
        return False

    def _fail(self, now: float, reason: str) -> None:
        # Whoever was killed once need not wait; one that ends again and again must not take the machine from the others.
        delay = min(FIRST_DELAY * 2 ** (self.failures - 1), LONGEST_DELAY) if self.failures else 0.0
        self.failures += 1
        self.due = now + delay
        self.say(
            pick(
                f"{self.name} 意外结束（{reason}），{delay:g} 秒后重新启动",
                f"{self.name} ended unexpectedly ({reason}); starting it again in {delay:g} s",
            )
        )


def ending(code: int | None) -> str:
    """An exit code in words."""
    if code is not None and code < 0:
        return pick(f"信号 {-code}", f"signal {-code}")
    return pick(f"退出码 {code}", f"exit code {code}")
