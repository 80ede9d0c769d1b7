"""One platform per ``var``: a lock that the kernel gives back when its holder dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import paths
from .wording import RuntimeRefusal, pick


@contextmanager
def sole_instance(var: Path) -> Iterator[None]:
    """Hold ``var`` for oneself; refuse when another process holds it."""
    paths.ensure_var(var)
    handle = os.open(var / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RuntimeRefusal(_already(var, handle)) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)


def is_running(var: Path) -> bool:
    """Whether some process holds ``var`` at this moment."""
    try:
        handle = os.open(var / "lock", os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _already(var: Path, handle: int) -> str:
    holder = os.pread(handle, 20, 0).decode(errors="replace").strip() or "?"
    port = paths.read_runtime(var).get("web_port")
    where = f" http://127.0.0.1:{port}" if port else ""
    return pick(
        f"安澜已在 {var} 运行（进程 {holder}）{where}。请先停止它（在它的窗口按 Ctrl-C，或 kill {holder}），"
        "或用环境变量 ANLAN_VAR 指定另一个目录。",
        f"Anlan already runs in {var} (process {holder}){where}. Stop it first (Ctrl-C in its window, or "
        f"kill {holder}), or name another folder with ANLAN_VAR.",
    )
