"""The platform's processes for tests as copies of one that has loaded the house, as the supervisor has them.

A house is a process beside the test run that has imported everything under one set of settings; it is made when a test first asks for
a process with these settings and stays. Run as a program, this file is such a house.
"""

from __future__ import annotations

import array
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

#: Read by the program itself when it runs, not by the settings: a house serves every value.
LATE = {"ANLAN_ADDRESS", "ANLAN_PROBE_EVERY_S", "ANLAN_PROBE_DEADLINE_S"}
#: Houses with nobody asking are let go beyond that.
MOST = 3
LONGEST = 1 << 16

_houses: dict[frozenset[tuple[str, str]], House] = {}


class Copy:
    """A process that a house started; what tests need of ``subprocess.Popen``."""

    def __init__(self, house: House, pid: int) -> None:
        self.house, self.pid = house, pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self.house.ask({"poll": self.pid})
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        end = None if timeout is None else time.monotonic() + timeout
        while self.poll() is None:
            if end is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            time.sleep(0.01)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class House:
    """The near end of a house."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.line, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with far:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.houses", str(far.fileno())],
                env=dict(env), pass_fds=(far.fileno(),), cwd=Path(__file__).parents[1],
            )  # fmt: skip
        self.copies: list[Copy] = []

    def start(self, arguments: list[str], env: Mapping[str, str], descriptor: int | None) -> Copy:
        """A copy that runs ``python -m ARGUMENTS``; ``{fd}`` among them becomes the number that the descriptor has there."""
        given = [] if descriptor is None else [descriptor]
        copy = Copy(self, self.ask({"start": arguments, "env": dict(env)}, given))
        self.copies.append(copy)
        return copy

    def ask(self, question: object, descriptors: list[int] | None = None) -> int | None:
        passed = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
        self.line.sendmsg([json.dumps(question).encode()], passed)
        answer = self.line.recv(LONGEST)
        assert answer, "the house ended: its reason is above"
        return json.loads(answer)

    def end(self) -> None:
        self.line.close()
        self.process.wait()


def house(env: Mapping[str, str]) -> House:
    """The house with the settings of ``env``."""
    key = frozenset((n, v) for n, v in env.items() if n.startswith("ANLAN_") and n not in LATE)
    found = _houses.pop(key, None)
    if found is None:
        idle = [k for k, h in _houses.items() if all(c.poll() is not None for c in h.copies)]
        for old in idle[: max(0, len(_houses) + 1 - MOST)]:
            _houses.pop(old).end()
        found = House(env)
    _houses[key] = found
    return found


def _serve(line: socket.socket) -> None:
    """Load, then answer: start a copy, tell whether one has ended; until the test run hangs up."""
    from anlan.kernel.runtime import forking

    forking.load("anlan.config.loaded", dict(os.environ))
    copies: dict[int, forking.Forked] = {}
    while True:
        text, passed, _flags, _address = socket.recv_fds(line, LONGEST, 1)
        if not text:
            return
        asked = json.loads(text)
        if "poll" in asked:
            line.send(json.dumps(copies[asked["poll"]].poll()).encode())
            continue
        words = [word.format(fd=passed[0]) if word == "{fd}" else word for word in asked["start"]]
        copy = forking.fork_child("anlan test", ["-m", *words], log=2, env=asked["env"], cwd=Path.cwd(), keep=passed)
        for descriptor in passed:
            os.close(descriptor)
        copies[copy.pid] = copy
        line.send(json.dumps(copy.pid).encode())


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
