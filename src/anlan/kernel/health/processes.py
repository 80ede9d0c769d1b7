"""The processes of this installation as the supervisor wrote them down and the system sees them now. Reads no database."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from anlan.kernel.runtime import paths, process

#: `standing`: it is there and does nothing at all, because somebody stopped it (SIGSTOP, a debugger).
State = Literal["running", "standing", "gone"]


@dataclass(frozen=True, slots=True)
class Process:
    """One process; `restarts` since the platform was started."""

    name: str
    pid: int
    state: State
    restarts: int

    @property
    def memory(self) -> int:
        """What it holds in bytes, with all that it started. Read when asked: for a database the system walks all its pages."""
        return _memory(self.pid) if self.state != "gone" else 0


def processes(var: Path | str) -> list[Process]:
    """All processes of the platform in `var`, in the order in which they were started; empty where none was started by us."""
    record = paths.read_runtime(Path(var))
    restarts = record.get("restarts") or {}
    found = []
    for name, entry in (record.get("pids") or {}).items():
        pid = int(entry.get("pid") or 0)
        state: State = _state(pid) if process.is_same(entry) else "gone"
        found.append(Process(name, pid, state, int(restarts.get(name, 0))))
    return found


def _state(pid: int) -> State:
    try:
        letter = Path(f"/proc/{pid}/stat").read_text("utf-8", errors="replace").rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return "gone"
    return "standing" if letter in "Tt" else "gone" if letter in "ZX" else "running"


def _memory(pid: int) -> int:
    """Resident bytes of the process and its children; pages that they share are counted once, where the system can say so."""
    return sum(_own_memory(one) for one in _family(pid))


def _own_memory(pid: int) -> int:
    for file, key in (("smaps_rollup", "Pss:"), ("status", "VmRSS:")):
        try:
            for line in Path(f"/proc/{pid}/{file}").read_text("ascii", errors="replace").splitlines():
                if line.startswith(key):
                    return int(line.split()[1]) * 1024
        except OSError:
            continue
    return 0


def _family(pid: int) -> list[int]:
    found, todo = [], [pid]
    while todo:
        one = todo.pop()
        found.append(one)
        try:
            todo += [int(child) for child in Path(f"/proc/{one}/task/{one}/children").read_text("ascii").split()]
        except OSError:
            continue
    return found
