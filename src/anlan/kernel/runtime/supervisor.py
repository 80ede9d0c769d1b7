"""Starts the platform in order, keeps it running, stops all of it within three seconds.

Order: database, bus, preparation (migrations, shipped data, demonstration), web processes and engine. The
web processes share one listening socket that is opened here, so that the address is taken before
the slow part of the start and a crashed process never loses a connection that waits.
"""

import http.client
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from . import paths, process
from .bus import PrivateBus
from .instance import sole_instance
from .keeper import Keeper, ending
from .postgres import PostgresCluster
from .wording import RuntimeRefusal, pick

APPLICATION = "anlan.config.asgi:application"
COMMAND = ("-m", "anlan.config.command")
WEB_STOP_SECONDS = 1.0
READY_SECONDS = 90.0
GIVE_UP_AFTER = 3
"""A web process that fails this often before the first answer will not come up by itself."""
OPEN_FILES = 65536


class Stopping(Exception):
    """Somebody asked for a stop while we were waiting."""


class Supervisor:
    """One run of the platform in ``var``. Use ``serve`` below."""

    def __init__(
        self,
        var: Path,
        *,
        demo: bool,
        host: str,
        port: int | None,
        announce: Callable[[str], None],
        application: str = APPLICATION,
        command: Sequence[str] = COMMAND,
    ) -> None:
        self.var = var
        self.application = application
        self.command = command
        self.demo = demo
        self.host = host
        self.port = port
        self.announce = announce
        self.began = time.monotonic()
        self.stop_asked = False
        self.listener: socket.socket | None = None
        self.postgres: PostgresCluster | None = None
        self.bus: PrivateBus | None = None
        self.keepers: list[Keeper] = []
        self.step: subprocess.Popen[bytes] | None = None
        self.record = paths.read_runtime(var)

    def say(self, text: str) -> None:
        """A line of progress; a closed terminal must not keep us from stopping in order."""
        with suppress(OSError, ValueError):
            self.announce(f"[{time.monotonic() - self.began:5.1f} s] {text}")

    def watch(self) -> None:
        """Give up waiting when a stop was asked for."""
        if self.stop_asked:
            raise Stopping

    def start(self, prepare: Sequence[Sequence[str]]) -> str:
        """Start everything; returns the address of the sign-in page once it answers."""
        process.end_recorded(self.record.get("pids", {}).values())
        self.record["pids"] = {}
        raise_open_files()
        self._listen()
        self._start_postgres()
        self._start_bus()
        self._note()
        for arguments in prepare:
            self._run_step(arguments)
        self._start_children()
        self._note()
        self._wait_for_web()
        return self.address

    @property
    def address(self) -> str:
        """Where the browser goes."""
        shown = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host
        return f"http://{shown}:{self.port}"

    def run(self) -> None:
        """Keep everything running until a stop is asked for."""
        woken, wake = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(woken, False)
        before = signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        try:
            while not self.stop_asked:
                now = time.monotonic()
                if any([keeper.look(now) for keeper in self.keepers]):
                    self._note()
                select.select([woken], [], [], 0.5)
                with suppress(BlockingIOError):
                    os.read(woken, 512)
        except Stopping:
            pass
        finally:
            signal.set_wakeup_fd(before)
            os.close(woken)
            os.close(wake)

    def stop(self) -> None:
        """Stop everything that was started, the servers last; at most about 2.6 seconds."""
        children = [keeper.child for keeper in self.keepers if keeper.name not in ("postgres", "bus")]
        running = [child for child in (self.step, *children) if isinstance(child, subprocess.Popen)]
        for child in running:
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
        process.wait_until(lambda: all(child.poll() is not None for child in running), WEB_STOP_SECONDS)
        for child in running:
            process.kill_session(child.pid)
            child.wait()
        if self.bus is not None and self.bus.child is not None:
            self.bus.child.send_signal(signal.SIGTERM)
        if self.postgres is not None:
            self.postgres.stop()
        if self.bus is not None:
            self.bus.stop()
        if self.listener is not None:
            self.listener.close()
        if self.record.get("pids") or self.record.get("started_at"):
            self.record |= {"pids": {}, "started_at": None}
            paths.write_runtime(self.var, self.record)

    def child_environment(self) -> dict[str, str]:
        """What every process of the platform is told."""
        env = {
            **os.environ,
            "ANLAN_VAR": str(self.var),
            "ANLAN_DATABASE_URL": self.record["database_url"],
            "ANLAN_NATS_URL": self.record["nats_url"],
            "ANLAN_SECRET_KEY": os.environ.get("ANLAN_SECRET_KEY")
            or paths.kept_secret(paths.secret_key_file(self.var)),
            "ANLAN_DEMO": "1" if self.demo else "0",
            "ANLAN_ADDRESS": self.address,
            "PYTHONUNBUFFERED": "1",
        }
        return env

    def _listen(self) -> None:
        wanted = [self.port] if self.port else [self.record.get("web_port") or 0, 0]
        for port in wanted:
            family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
            listener = socket.socket(family, socket.SOCK_STREAM)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((self.host, port))
            except OSError as error:
                listener.close()
                reason = error.strerror or str(error)
                continue
            listener.listen(4096)
            self.listener, self.port = listener, listener.getsockname()[1]
            return
        raise RuntimeRefusal(
            pick(
                f"不能使用 {self.host} 的 {self.port} 端口：{reason}。请换一个端口。",
                f"Port {self.port} on {self.host} cannot be used: {reason}. Choose another one.",
            )
        )

    def _start_postgres(self) -> None:
        managed = os.environ.get("ANLAN_DATABASE_URL")
        if managed:
            self.record |= {"database_url": managed, "postgres_data": None}
            self.say(pick("使用 ANLAN_DATABASE_URL 指定的数据库", "using the database of ANLAN_DATABASE_URL"))
            return
        cluster = self.postgres = PostgresCluster(self.var)
        if not cluster.exists:
            self.say(pick(f"新建数据库：{cluster.data}", f"making a new database in {cluster.data}"))

        def start() -> subprocess.Popen[bytes]:
            cluster.start(self.watch)
            assert cluster.child is not None
            return cluster.child

        self._keep("postgres", start)
        self.record |= {"database_url": cluster.dsn(), "postgres_data": str(cluster.data)}
        self.say(pick("数据库已就绪", "database is ready"))

    def _start_bus(self) -> None:
        managed = os.environ.get("ANLAN_NATS_URL")
        if managed:
            self.record["nats_url"] = managed
            self.say(pick("使用 ANLAN_NATS_URL 指定的消息总线", "using the message bus of ANLAN_NATS_URL"))
            return
        bus = self.bus = PrivateBus(self.var)
        preferred = int(self.record.get("nats_port") or 0)

        def start() -> subprocess.Popen[bytes]:
            bus.start(self.watch, prefer_port=preferred)
            assert bus.child is not None
            return bus.child

        self._keep("bus", start)
        self.record |= {"nats_url": bus.url(), "nats_port": bus.port}
        self.say(pick("消息总线已就绪", "message bus is ready"))

    def _run_step(self, arguments: Sequence[str]) -> None:
        name = arguments[0]
        self.say(pick(f"执行 {name}", f"running {name}"))
        log = paths.open_log(self.var, "prepare")
        try:
            self.step = process.start_child(
                [sys.executable, *self.command, *arguments],
                log=log,
                env=self.child_environment(),
                cwd=paths.project_dir(),
            )
        finally:
            os.close(log)
        step = self.step
        while not process.wait_until(lambda: step.poll() is not None, 60.0, self.watch):
            self.say(pick(f"{name} 仍在进行", f"{name} still runs"))
        self.step = None
        if step.returncode != 0:
            raise RuntimeRefusal(
                pick(f"{name} 失败（{ending(step.returncode)}）：", f"{name} failed ({ending(step.returncode)}):")
                + "\n"
                + paths.log_tail(self.var, "prepare", 25)
            )

    def _start_children(self) -> None:
        assert self.listener is not None
        descriptor = self.listener.fileno()
        trusted = os.environ.get("ANLAN_TRUSTED_PROXIES")
        web = [
            *(sys.executable, "-m", "uvicorn", "--fd", str(descriptor), self.application),
            *("--no-access-log", "--log-level", "warning", "--backlog", "4096", "--timeout-graceful-shutdown", "1"),
            *(("--forwarded-allow-ips", trusted) if trusted else ("--no-proxy-headers",)),
        ]
        for number in range(1, web_workers() + 1):
            self._keep_command(f"web-{number}", web, [descriptor])
        self._keep_command("engine", [sys.executable, *self.command, "engine"], [])

    def _keep_command(self, name: str, command: Sequence[str], descriptors: Sequence[int]) -> None:
        def start() -> subprocess.Popen[bytes]:
            log = paths.open_log(self.var, name)
            try:
                return process.start_child(
                    command, log=log, env=self.child_environment(), cwd=paths.project_dir(), pass_fds=descriptors
                )
            finally:
                os.close(log)

        self._keep(name, start)

    def _keep(self, name: str, start: Callable[[], subprocess.Popen[bytes]]) -> None:
        keeper = Keeper(name, start, self.say)
        keeper.begin()
        self.keepers.append(keeper)

    def _wait_for_web(self) -> None:
        web = [keeper for keeper in self.keepers if keeper.name.startswith("web-")]

        def look() -> None:
            self.watch()
            for keeper in self.keepers:
                keeper.look(time.monotonic())
            for keeper in web:
                if keeper.failures >= GIVE_UP_AFTER:
                    raise RuntimeRefusal(
                        pick(f"{keeper.name} 无法启动：", f"{keeper.name} does not start:")
                        + "\n"
                        + paths.log_tail(self.var, keeper.name, 25)
                    )

        if not process.wait_until(self._web_answers, READY_SECONDS, look, pause=0.1):
            raise RuntimeRefusal(
                pick(f"{READY_SECONDS:g} 秒内网页没有应答：", f"No page was answered within {READY_SECONDS:g} s:")
                + "\n"
                + paths.log_tail(self.var, web[0].name, 25)
            )

    def _web_answers(self) -> bool:
        host = "127.0.0.1" if self.host == "0.0.0.0" else "::1" if self.host == "::" else self.host
        connection = http.client.HTTPConnection(host, self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status < 500
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _note(self) -> None:
        """Record what runs, for commands beside us and for the next start after a kill."""
        pids: dict[str, Any] = {}
        for keeper in self.keepers:
            described = process.describe(keeper.child.pid) if keeper.child is not None else None
            if described is not None:
                pids[keeper.name] = described
        self.record |= {
            "secret_key_file": str(paths.secret_key_file(self.var)),
            "web_port": self.port,
            "address": self.address,
            "demo": self.demo,
            "started_at": self.record.get("started_at") or datetime.now(UTC).isoformat(timespec="seconds"),
            "supervisor_pid": os.getpid(),
            "pids": pids,
        }
        paths.write_runtime(self.var, self.record)


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
            )
            return _serve_locked(supervisor, prepare, on_ready)
    except RuntimeRefusal as refusal:
        print(refusal, file=sys.stderr, flush=True)
        return 1


def _serve_locked(supervisor: Supervisor, prepare: Sequence[Sequence[str]], on_ready: Callable[[str], None]) -> int:
    def ask_stop(_number: int, _frame: object) -> None:
        supervisor.stop_asked = True

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


def web_workers() -> int:
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
