"""A private NATS server with JetStream, on a free loopback port, behind a token.

Acknowledged means kept: it writes each message through to the disk before it acknowledges.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

from . import paths
from .process import Watch, end_child, no_watch, start_child, wait_until
from .wording import RuntimeRefusal, pick

START_SECONDS = 120.0
STOP_STEPS = ((signal.SIGTERM, 1.0),)
MAX_PAYLOAD_BYTES = 4 * 1024 * 1024
STORE_LIMIT = "8G"


class PrivateBus:
    """One private message bus below ``var``; its address stays the same over restarts when it can."""

    def __init__(self, var: Path, *, durable: bool = True) -> None:
        self.var = var
        self.durable = durable
        self.folder = var / "bus"
        self.child: subprocess.Popen[bytes] | None = None
        self.port = 0

    def url(self) -> str:
        """Address with the token in it; known once the bus was started."""
        return f"nats://{self._token()}@127.0.0.1:{self.port}"

    def start(self, watch: Watch = no_watch, *, prefer_port: int = 0) -> None:
        """Start and wait until it takes connections; ``prefer_port`` is taken when it is free."""
        program = find_program()
        self.folder.mkdir(mode=0o700, exist_ok=True)
        for _attempt in range(3):  # somebody may take the free port before the server does
            self.port = free_port(self.port or prefer_port)
            config = self._configure()
            if self._launch(program, config, watch):
                return
        raise RuntimeRefusal(
            pick("消息总线没有启动：", "The message bus did not start:") + "\n" + paths.log_tail(self.var, "bus")
        )

    def stop(self) -> None:
        """Stop within about a second."""
        if self.child is not None:
            end_child(self.child, STOP_STEPS)
            self.child = None

    def _token(self) -> str:
        return paths.kept_secret(self.folder / "token", 32)

    def _configure(self) -> Path:
        sync = "always" if self.durable else "2m"
        config = self.folder / "server.conf"
        paths.write_private(
            config,
            "# Written at every start.\n"
            f"server_name: anlan-{self._instance()}\n"
            f"listen: 127.0.0.1:{self.port}\n"
            f"max_payload: {MAX_PAYLOAD_BYTES}\n"
            f'authorization {{ token: "{self._token()}" }}\n'
            "jetstream {\n"
            f'  store_dir: "{self.folder / "store"}"\n'
            f"  sync_interval: {sync}\n"
            "  max_memory_store: 64M\n"
            f"  max_file_store: {STORE_LIMIT}\n"
            "}\n",
        )
        return config

    def _instance(self) -> str:
        """A name of its own, so that two installations can later be linked without a clash."""
        note = self.folder / "name"
        if not note.exists():
            paths.write_private(note, secrets.token_hex(4) + "\n")
        return note.read_text("utf-8").strip()

    def _launch(self, program: Path, config: Path, watch: Watch) -> bool:
        log = paths.open_log(self.var, "bus")
        try:
            self.child = start_child([str(program), "--config", str(config)], log=log, cwd=self.folder)
        finally:
            os.close(log)
        child = self.child
        try:
            wait_until(lambda: child.poll() is not None or greets(self.port), START_SECONDS, watch)
        except BaseException:
            self.stop()
            raise
        # Another server may have taken the port: then ours has ended by itself or will not greet.
        if child.poll() is None and greets(self.port):
            return True
        self.stop()
        return False


def free_port(preferred: int = 0) -> int:
    """A loopback port nobody listens on: the preferred one when it is free."""
    for port in (preferred, 0) if preferred else (0,):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise RuntimeRefusal(pick("没有可用的本机端口。", "There is no free port on the loopback address."))


def greets(port: int) -> bool:
    """Whether a NATS server answers on the port (it speaks first: ``INFO {...}``)."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as line:
            line.settimeout(1)
            return line.recv(5) == b"INFO "
    except OSError:
        return False


def find_program() -> Path:
    """The server from the wheel beside this Python, else one on the PATH."""
    beside = Path(sys.executable).parent / "nats-server"
    if beside.exists():
        return beside
    found = shutil.which("nats-server")
    if found:
        return Path(found)
    raise RuntimeRefusal(pick("没有找到 nats-server，请执行 bin/setup。", "nats-server was not found. Run bin/setup."))
