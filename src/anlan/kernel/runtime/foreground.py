"""The platform in the foreground: one call that runs it until somebody asks for a stop."""

import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from . import paths
from .instance import sole_instance
from .supervisor import APPLICATION, COMMAND, HOUSE, Stopping, Supervisor
from .wording import RuntimeRefusal, pick


def serve(
    *,
    var: Path | None = None,
    demo: bool = False,
    host: str = "127.0.0.1",
    port: int | None = None,
    prepare: Sequence[Sequence[str]] = (("prepare",),),
    announce: Callable[[str], None] = lambda line: print(line, flush=True),
    on_ready: Callable[[str], None] = lambda address: print(address, flush=True),
    application: str = APPLICATION,
    command: Sequence[str] = COMMAND,
    house: str = HOUSE,
) -> int:
    """Run the platform in the foreground until SIGINT, SIGTERM or SIGHUP; returns the exit code.

    ``prepare`` holds arguments for ``bin/anlan``, each run to its end before the web processes start:
    migrations and shipped data, then perhaps demonstration records. ``on_ready`` gets the address of
    the sign-in page as soon as it answers; no line before that contains an address. A demonstration
    listens on loopback only.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("children die with the thread that started them: call serve() from the main thread")
    place = paths.ensure_var(var or paths.var_dir())
    if demo and host not in ("127.0.0.1", "localhost", "::1"):
        announce(pick("演示只能在本机地址运行。", "A demonstration runs on the loopback address only."))
        return 1
    try:
        with sole_instance(place):
            supervisor = Supervisor(
                place,
                demo=demo,
                host=host,
                port=port,
                announce=announce,
                application=application,
                command=command,
                house=house,
            )
            return _serve_locked(supervisor, prepare, on_ready)
    except RuntimeRefusal as refusal:
        print(refusal, file=sys.stderr, flush=True)
        return 1


def _serve_locked(supervisor: Supervisor, prepare: Sequence[Sequence[str]], on_ready: Callable[[str], None]) -> int:
    def ask_stop(_number: int, _frame: object) -> None:
        supervisor.ask_stop()

    asked = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, ask_stop) for number in asked}
    before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    try:
        with suppress(Stopping):
            address = supervisor.start(prepare)
            supervisor.say(pick("已就绪", "ready"))
            with suppress(OSError):
                on_ready(address)
            supervisor.run()
        return 0
    finally:
        stopping = time.monotonic()
        supervisor.stop()
        supervisor.say(
            pick(
                f"已全部停止（{time.monotonic() - stopping:.1f} 秒）",
                f"everything stopped ({time.monotonic() - stopping:.1f} s)",
            )
        )
        for number, handler in before.items():
            signal.signal(number, handler)
