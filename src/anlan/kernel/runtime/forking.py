"""Children of a process that has loaded the house: each is a copy of it, there within hundredths of a second.

Loading costs a process many seconds of a core. The supervisor does it once, in its only thread, and opens no connection, event loop
or socket but the listening one; a child is copied from it, closes what is not its own and goes on as a Python that was started with
the arguments given, its modules being there already.
"""

import gc
import importlib
import os
import runpy
import signal
import sys
import traceback
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from .memory import keep_loaded
from .process import begin_as_child, call_process

_ASKED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)


class Forked:
    """A copy of this process: what the supervisor needs of ``subprocess.Popen``."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Exit code (negative: the signal), or None while it runs."""
        return self._look(os.WNOHANG)

    def wait(self) -> int | None:
        """Exit code, waited for."""
        return self._look(0)

    def send_signal(self, number: int) -> None:
        """Nothing is sent to a process that has ended: its number may be somebody else's by now."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def _look(self, options: int) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, options)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode


def load(module: str, env: Mapping[str, str]) -> None:
    """Import ``module`` and what it needs under the environment ``env``; raises what the import raises."""
    sys.dont_write_bytecode = "PYTHONDONTWRITEBYTECODE" in env
    # What is loaded stays: looking through it again and again is a quarter of the time that loading takes.
    gc.disable()
    try:
        with _environment(env):
            importlib.import_module(module)
    finally:
        gc.enable()
    keep_loaded()


def fork_child(
    name: str, arguments: Sequence[str], *, log: int, env: Mapping[str, str], cwd: Path, keep: Iterable[int] = ()
) -> Forked:
    """Start a child that does what ``python ARGUMENTS`` does (``-m module …`` or a file), in its own session as `start_child` has it.

    Of the open descriptors it has ``log`` for its output and those of ``keep``. ``ps`` and ``top`` show it as ``name`` (15 bytes):
    its command line is the one that it was copied with.
    """
    parent = os.getpid()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    # A signal that comes before the child hears for itself must not be taken by the parent's handlers, of which it has a copy.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ASKED)
    try:
        pid = os.fork()
        if pid == 0:
            call_process(name)
            _run(arguments, parent, log, env, cwd, set(keep), before)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return Forked(pid)


def _run(
    arguments: Sequence[str],
    parent: int,
    log: int,
    env: Mapping[str, str],
    cwd: Path,
    keep: set[int],
    mask: Iterable[int],
) -> NoReturn:
    """The child, to its end. The supervisor's frames below are never returned to."""
    code = 1
    try:
        os.setsid()
        begin_as_child(parent, signal.SIGTERM)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for place, source in ((0, nothing), (1, log), (2, log)):
            os.dup2(source, place)
        signal.set_wakeup_fd(-1)
        for number in _ASKED:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        last = 3
        for descriptor in sorted(keep):
            os.closerange(last, descriptor)
            last = descriptor + 1
        os.closerange(last, os.sysconf("SC_OPEN_MAX"))
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        os.chdir(cwd)
        os.environ.clear()
        os.environ.update(env)
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(line_buffering=True, write_through=True)  # type: ignore[union-attr]
        code = _python(list(arguments))
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)


def _python(arguments: list[str]) -> int:
    """Run a module or a file as the main program; returns its exit code."""
    # The program's module may have been loaded with the rest.
    warnings.filterwarnings("ignore", message=".*found in sys.modules", category=RuntimeWarning)
    try:
        if arguments[0] == "-m":
            sys.argv = arguments[1:]
            runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
        else:
            sys.argv = arguments
            runpy.run_path(arguments[0], run_name="__main__")
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    return 0


@contextmanager
def _environment(env: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(env)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
