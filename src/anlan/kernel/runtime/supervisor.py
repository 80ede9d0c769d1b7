"""Starts the platform in order, keeps it running, stops all of it within three seconds.

Order: database, bus, preparation (migrations, shipped data, demonstration), web processes and engine. The
web processes share one listening socket that is opened here, so that the address is taken before
the slow part of the start and a crashed process never loses a connection that waits.

While the preparation runs, the supervisor loads the house; the children are copies of it (`forking`) and a killed one is there again
at once. Where the house cannot be loaded they are started as programs of their own.
"""

import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from . import forking, paths, process, web
from .bus import PrivateBus
from .keeper import Keeper, Running, ending
from .postgres import PostgresCluster
from .wording import RuntimeRefusal, pick

APPLICATION = "anlan.config.asgi:application"
COMMAND = ("-m", "anlan.config.command")
HOUSE = "anlan.config.loaded"
"""The module whose import loads all that the children need."""
WEB_STOP_SECONDS = 1.0
READY_SECONDS = 300.0
ROUND_SECONDS = 0.5
GIVE_UP_AFTER = 3
"""A web process that fails this often before the first answer will not come up by itself."""


class Stopping(Exception):
    """Somebody asked for a stop while we were waiting."""


class Supervisor:
    """One run of the platform in ``var``; ``foreground.serve`` drives it."""

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
        house: str = HOUSE,
    ) -> None:
        self.var = var
        self.application = application
        self.command = command
        self.house = house
        self.loading = self.loaded = False
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

    def ask_stop(self) -> None:
        """To be called by whoever hears a signal, in the main thread. Loading, which is one long step, is broken off."""
        self.stop_asked = True
        if self.loading:
            self.loading = False
            raise Stopping

    def watch(self) -> None:
        """Give up waiting when a stop was asked for."""
        if self.stop_asked:
            raise Stopping

    def start(self, prepare: Sequence[Sequence[str]]) -> str:
        """Start everything; returns the address of the sign-in page once it answers."""
        process.end_recorded(self.record.get("pids", {}).values())
        self.record["pids"] = {}
        web.raise_open_files()
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
                # The database last: its recovery is waited for, and meanwhile the others are back.
                if any([keeper.look(now) for keeper in sorted(self.keepers, key=lambda one: one.name == "postgres")]):
                    self._note()
                # One that is due is started when it is due, and not at the next round.
                due = min(
                    (keeper.due for keeper in self.keepers if keeper.due is not None), default=now + ROUND_SECONDS
                )
                select.select([woken], [], [], max(0.0, min(ROUND_SECONDS, due - time.monotonic())))
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
        running = [child for child in (self.step, *children) if isinstance(child, subprocess.Popen | forking.Forked)]
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
            "ANLAN_JUDGE": "process",
            "PYTHONUNBUFFERED": "1",
        }
        # Images often forbid Python to keep what it has compiled: then each of seven processes compiles the house anew at every start,
        # and whoever was killed comes back seconds later.
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        return env

    def _listen(self) -> None:
        self.listener = web.listen(self.host, self.port, self.record.get("web_port"))
        self.port = self.listener.getsockname()[1]

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
        self._load()
        while not process.wait_until(lambda: step.poll() is not None, 60.0, self.watch):
            self.say(pick(f"{name} 仍在进行", f"{name} still runs"))
        self.step = None
        if step.returncode != 0:
            raise RuntimeRefusal(
                pick(f"{name} 失败（{ending(step.returncode)}）：", f"{name} failed ({ending(step.returncode)}):")
                + "\n"
                + paths.log_tail(self.var, "prepare", 25)
            )

    def _load(self) -> None:
        """Once; beside the first step of the preparation, which takes one core and leaves the other idle."""
        if self.loaded or not self.house:
            return
        self.loading = True
        try:
            forking.load(self.house, self.child_environment())
            self.loaded = True
        except Stopping:
            raise
        except Exception as error:
            # What is wrong with it each child says in its log.
            self.say(pick(f"没有预先装入：{error}", f"not loaded beforehand: {error}"))
            self.house = ""
        finally:
            self.loading = False
        self.watch()

    def _start_children(self) -> None:
        assert self.listener is not None
        self._load()
        descriptor = self.listener.fileno()
        command = web.command(self.application, descriptor)
        for number in range(1, web.workers() + 1):
            self._keep_command(f"web-{number}", command, [descriptor])
        self._keep_command("relay", [sys.executable, *self.command, "relay"], [])
        self._keep_command("engine", [sys.executable, *self.command, "engine", "--beside-relay"], [])
        self._keep_command("judge", [sys.executable, *self.command, "judge"], [])
        self._keep_command("watchdog", [sys.executable, *self.command, "watchdog"], [])

    def _keep_command(self, name: str, command: Sequence[str], descriptors: Sequence[int]) -> None:
        def start() -> Running:
            log, env, cwd = paths.open_log(self.var, name), self.child_environment(), paths.project_dir()
            try:
                if self.loaded:
                    return forking.fork_child(f"anlan {name}", command[1:], log=log, env=env, cwd=cwd, keep=descriptors)
                return process.start_child(command, log=log, env=env, cwd=cwd, pass_fds=descriptors)
            finally:
                os.close(log)

        self._keep(name, start)

    def _keep(self, name: str, start: Callable[[], Running]) -> None:
        keeper = Keeper(name, start, self.say)
        keeper.begin()
        self.keepers.append(keeper)

    def _wait_for_web(self) -> None:
        pages = [keeper for keeper in self.keepers if keeper.name.startswith("web-")]

        def look() -> None:
            self.watch()
            for keeper in self.keepers:
                keeper.look(time.monotonic())
            for keeper in pages:
                if keeper.failures >= GIVE_UP_AFTER:
                    raise RuntimeRefusal(
                        pick(f"{keeper.name} 无法启动：", f"{keeper.name} does not start:")
                        + "\n"
                        + paths.log_tail(self.var, keeper.name, 25)
                    )

        if not process.wait_until(lambda: web.answers(self.host, self.port), READY_SECONDS, look, pause=0.1):
            raise RuntimeRefusal(
                pick(f"{READY_SECONDS:g} 秒内网页没有应答：", f"No page was answered within {READY_SECONDS:g} s:")
                + "\n"
                + paths.log_tail(self.var, pages[0].name, 25)
            )

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
            "restarts": {keeper.name: keeper.restarts for keeper in self.keepers},
        }
        paths.write_runtime(self.var, self.record)
