"""Child processes that cannot outlive us, and proof that an old process is ours.

A child is told by the kernel (PR_SET_PDEATHSIG) when the thread that started it dies; children must
therefore be started from a thread that lives as long as they should: the main one.
"""

import ctypes
import errno
import os
import pwd
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .turns import SHORT_NS, ask_for_turns

_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15
_libc = ctypes.CDLL(None, use_errno=True)

Watch = Callable[[], None]
"""Called while waiting; raises to give the waiting up (for example when a stop was asked for)."""


def no_watch() -> None:
    """Wait without looking at anything else."""


def start_child(
    command: Sequence[str],
    *,
    log: int,
    env: Mapping[str, str] | None = None,
    user: str | None = None,
    cwd: Path | str | None = None,
    pass_fds: Iterable[int] = (),
    death_signal: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a process in its own session that receives ``death_signal`` when its parent dies.

    ``log`` is an open descriptor for its output. ``user`` drops root's rights; the death signal is
    set after that, because a change of user clears it. It takes short turns (`turns`), and so does what it starts.
    """
    parent = os.getpid()

    def on_start() -> None:
        begin_as_child(parent, death_signal)

    # A Ctrl-C in the terminal must reach the supervisor alone, which stops the others in order.
    return subprocess.Popen(
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        env=None if env is None else dict(env),
        cwd=cwd,
        pass_fds=tuple(pass_fds),
        start_new_session=True,
        preexec_fn=on_start,
        **identity(user),
    )


def begin_as_child(parent: int, death_signal: signal.Signals) -> None:
    """To be called in a new child: end with ``parent``, take short turns."""
    _libc.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
    ask_for_turns(SHORT_NS)
    if os.getppid() != parent:
        os._exit(125)


def call_process(name: str) -> None:
    """Have the system show this process as ``name``, of which it keeps 15 bytes."""
    _libc.prctl(_PR_SET_NAME, ctypes.create_string_buffer(name.encode()), 0, 0, 0)


def identity(user: str | None) -> dict[str, Any]:
    """Arguments for ``subprocess`` that run a command as ``user`` (unchanged when it is None)."""
    if user is None:
        return {}
    entry = pwd.getpwnam(user)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": os.getgrouplist(user, entry.pw_gid)}


def wait_until(condition: Callable[[], bool], seconds: float, watch: Watch = no_watch, pause: float = 0.03) -> bool:
    """Ask ``condition`` until it holds or ``seconds`` have passed; says whether it holds."""
    end = time.monotonic() + seconds
    while True:
        watch()
        if condition():
            return True
        if time.monotonic() >= end:
            return False
        time.sleep(pause)


def end_child(child: subprocess.Popen[bytes], steps: Sequence[tuple[signal.Signals, float]]) -> None:
    """Send each signal in turn, waiting its seconds, until the child has ended; then kill its session."""
    for number, seconds in steps:
        if child.poll() is not None:
            break
        child.send_signal(number)
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
    if child.poll() is None:
        kill_session(child.pid)
        child.wait()


def kill_session(leader: int) -> None:
    """Kill a child that leads its own session, together with what it started in that session."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def describe(pid: int) -> dict[str, Any] | None:
    """What identifies a running process: its id, start tick since boot, boot and command line.

    None when it is not there (or is only a zombie).
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", errors="replace")
        command = Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").replace(b"\0", b" ").decode(errors="replace")
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("utf-8").strip()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    if fields[0] == "Z":
        return None
    return {"pid": pid, "start": int(fields[19]), "boot": boot, "command": command}


def is_same(record: Mapping[str, Any]) -> bool:
    """Whether the process of an earlier ``describe`` still runs: same id, start, boot and command."""
    pid = record.get("pid")
    return isinstance(pid, int) and describe(pid) == dict(record)


def end_recorded(records: Iterable[Mapping[str, Any]], seconds: float = 2.0) -> list[int]:
    """End the recorded processes that can be proved to be the recorded ones; returns their ids."""
    alive = [record for record in records if is_same(record)]
    for record in alive:
        _send(record["pid"], signal.SIGTERM)
    if not wait_until(lambda: not any(map(is_same, alive)), seconds):
        for record in filter(is_same, alive):
            _send(record["pid"], signal.SIGKILL)
        wait_until(lambda: not any(map(is_same, alive)), seconds)
    return [record["pid"] for record in alive]


def end_in_folder(folder: Path, program: str, seconds: float = 2.0) -> list[int]:
    """Kill processes of ``program`` whose working folder is ``folder``; returns their ids.

    Back ends of a killed database server work in its data folder, which proves whose they are.
    """
    found = [pid for pid in _all_pids() if works_in(pid, folder, program)]
    for pid in found:
        _send(pid, signal.SIGKILL)
    wait_until(lambda: not any(works_in(pid, folder, program) for pid in found), seconds)
    return found


def _all_pids() -> list[int]:
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]


def works_in(pid: int, folder: Path, program: str) -> bool:
    """Whether process ``pid`` is a ``program`` working in ``folder``.

    In a container root may not read where another user's process works; there the command line
    decides, in which the program was told its folder.
    """
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if Path(os.fsdecode(command[0])).name == program and os.fsencode(folder) in command:
            return True
        return (
            os.readlink(f"/proc/{pid}/cwd") == str(folder)
            and Path(os.readlink(f"/proc/{pid}/exe").removesuffix(" (deleted)")).name == program
        )
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.EACCES, errno.ESRCH):
            return False
        raise


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return
