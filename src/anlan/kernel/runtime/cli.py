"""The commands ``demo``, ``run``, ``backup`` and ``restore``: parse, call, say what happened."""

import argparse
import json
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from . import paths
from .backup import backup as write_backup
from .backup import restore as read_backup
from .foreground import serve
from .wording import RuntimeRefusal, pick

ACCOUNTS_FILE = "demo-accounts.txt"
"""Written by the seeding of the demonstration; shown when it is ready."""


def demo(argv: list[str]) -> int:
    """Run the demonstration on the loopback address until it is stopped."""
    parser = argparse.ArgumentParser(prog="anlan demo", description="Run the demonstration in the foreground.")
    parser.add_argument("--port", type=int, help="port on 127.0.0.1 (default: the last one, else a free one)")
    told = parser.parse_args(argv)
    var = paths.var_dir()
    return serve(
        demo=True, port=told.port, prepare=[["prepare", "--demonstration"]], on_ready=lambda at: _welcome(at, var)
    )


def run(argv: list[str]) -> int:
    """Run the platform until it is stopped."""
    parser = argparse.ArgumentParser(prog="anlan run", description="Run the platform in the foreground.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, help="port (default: the last one, else a free one)")
    told = parser.parse_args(argv)
    return serve(host=told.host, port=told.port)


def backup(argv: list[str]) -> int:
    """Write a backup; prints its manifest's summary as JSON."""
    parser = argparse.ArgumentParser(prog="anlan backup", description="Write a backup of everything to one file.")
    parser.add_argument("file", type=Path, help="file to write, for example anlan.tar")
    told = parser.parse_args(argv)
    return _answer(lambda: _warned(_summary(write_backup(told.file), told.file)))


def restore(argv: list[str]) -> int:
    """Restore a backup into an empty place; prints its manifest's summary as JSON."""
    parser = argparse.ArgumentParser(prog="anlan restore", description="Restore a backup into an empty place.")
    parser.add_argument("file", type=Path, help="backup to read")
    told = parser.parse_args(argv)
    return _answer(lambda: _summary(read_backup(told.file), told.file))


def _answer(act: Callable[[], dict[str, object]]) -> int:
    try:
        print(json.dumps(act(), ensure_ascii=False))
    except RuntimeRefusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


def _summary(manifest: dict[str, object], file: Path) -> dict[str, object]:
    rows = manifest["rows"]
    assert isinstance(rows, dict)
    return {
        "file": str(file),
        "made_at": manifest["made_at"],
        "tables": len(rows),
        "rows": sum(rows.values()),
        "attachments": manifest["attachments"],
        "missing": manifest.get("missing", []),
        "damaged": manifest.get("damaged", []),
    }


def _warned(told: dict[str, object]) -> dict[str, object]:
    """The backup is made; that some attachments can no longer be saved is said where people look."""
    missing, damaged = len(list(told["missing"])), len(list(told["damaged"]))  # type: ignore[call-overload]
    if missing or damaged:
        print(
            pick(
                f"注意：有 {missing} 个附件已不在附件目录中，{damaged} 个附件的内容已损坏，请从更早的备份中找回。",
                f"Attention: {missing} attachments are no longer in their folder and {damaged} are damaged; "
                "look for them in an earlier backup.",
            ),
            file=sys.stderr,
        )
    return told


def _welcome(address: str, var: Path) -> None:
    print(f"\n  {address}  {pick('安澜演示，登录页', 'the Anlan demonstration: sign-in page')}\n", flush=True)
    with suppress(OSError):
        print((var / ACCOUNTS_FILE).read_text("utf-8"), flush=True)
    print(pick("按 Ctrl-C 停止。", "Ctrl-C stops it."), flush=True)
