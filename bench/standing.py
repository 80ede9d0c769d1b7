"""A platform of its own for a measurement: the real supervisor with the real processes, gone when the measurement ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
if __package__ in (None, ""):
    sys.path.insert(0, str(PROJECT))

_SERVE = """
import sys
from anlan.kernel.runtime.foreground import serve
sys.exit(serve(demo=True, prepare=[["prepare", *sys.argv[2:]]], application=sys.argv[1]))
"""


class DidNotStart(RuntimeError):
    """The platform did not come up; the text is what it said."""


class Platform:
    """A demonstration in `var`. `first_line_s`: seconds from the start until the sign-in page answered."""

    def __init__(
        self, var: Path, *, application: str = "anlan.config.asgi:application", demonstration: bool = True
    ) -> None:
        self.var = var
        self.application = application
        self.demonstration = demonstration
        self.address = ""
        self.first_line_s = 0.0
        self.process: subprocess.Popen[str] | None = None

    def start(self, *, seconds: float = 300) -> None:
        """Start and wait for the address; raises DidNotStart."""
        began = time.monotonic()
        env = {k: v for k, v in os.environ.items() if not k.startswith("ANLAN_")} | {
            "ANLAN_VAR": str(self.var), "PYTHONPATH": f"{PROJECT / 'src'}:{PROJECT}", "ANLAN_LOG": "WARNING",
        }  # fmt: skip
        for name in ("ANLAN_WEB_WORKERS", "ANLAN_PG_BIN", "ANLAN_SOFFICE", "ANLAN_WEBHOOK_NETS", "ANLAN_WEBHOOK_HOSTS"):
            if name in os.environ:
                env[name] = os.environ[name]
        command = [sys.executable, "-c", _SERVE, self.application]
        command += ["--demonstration"] if self.demonstration else []
        self.process = subprocess.Popen(
            command, env=env, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert self.process.stdout is not None
        said: list[str] = []
        for line in self.process.stdout:
            said.append(line)
            print(f"    {line.rstrip()}", file=sys.stderr)
            if line.startswith("http://127.0.0.1:"):
                self.address = line.strip()
                self.first_line_s = time.monotonic() - began
                return
            if time.monotonic() - began > seconds:
                break
        self.stop()
        raise DidNotStart("".join(said[-20:]))

    def stop(self) -> float:
        """Stop it as Ctrl-C does; returns how many seconds that took."""
        began = time.monotonic()
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return time.monotonic() - began

    def runtime(self) -> dict[str, Any]:
        """What runs, as the supervisor wrote it down."""
        found: dict[str, Any] = json.loads((self.var / "runtime.json").read_text(encoding="utf-8"))
        return found

    def password(self) -> str:
        return (self.var / "demo-password.txt").read_text(encoding="ascii").strip()

    def connect_django(self) -> None:
        """Let this process read and write the platform's records as a part of the platform would."""
        runtime = self.runtime()
        os.environ |= {
            "ANLAN_VAR": str(self.var), "ANLAN_DATABASE_URL": runtime["database_url"], "ANLAN_NATS_URL": runtime["nats_url"],
            "ANLAN_DEMO": "1", "DJANGO_SETTINGS_MODULE": "anlan.config.settings",
        }  # fmt: skip
        import django

        django.setup()


@contextmanager
def platform(
    *, application: str = "anlan.config.asgi:application", keep: str = "", demonstration: bool = True
) -> Iterator[Platform]:
    """A running platform in a temporary folder (or in `keep`, which stays); without the demonstration it knows regions only."""
    folder = Path(keep) if keep else Path(tempfile.mkdtemp(prefix="anlan-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    standing = Platform(folder, application=application, demonstration=demonstration)
    # Whoever ends the measurement ends the platform with it.
    before = signal.signal(signal.SIGTERM, lambda *_signal: sys.exit(143))
    try:
        standing.start()
        yield standing
    finally:
        signal.signal(signal.SIGTERM, before)
        standing.stop()
        if not keep:
            _remove(standing)


def _remove(standing: Platform) -> None:
    """The folder, and the database's own folder where root could not keep it below."""
    place = standing.var / "postgres.place"
    if place.is_file():
        data = Path(place.read_text(encoding="utf-8").strip())
        if data.is_dir() and "/anlan/" in f"{data}/":
            shutil.rmtree(data, ignore_errors=True)
            data.with_name(data.name + ".owner").unlink(missing_ok=True)
    shutil.rmtree(standing.var, ignore_errors=True)


def machine() -> dict[str, Any]:
    """What the figures were taken on, and what else went on there."""
    model = next((line.split(":", 1)[1].strip() for line in _cpuinfo() if line.startswith("model name")), "")
    return {
        "cores": len(os.sched_getaffinity(0)), "model": model, "load": [round(x, 1) for x in os.getloadavg()],
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "commit": _commit(),
    }  # fmt: skip


def _cpuinfo() -> list[str]:
    return Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()


def _commit() -> str:
    told = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    return told.stdout.strip()
