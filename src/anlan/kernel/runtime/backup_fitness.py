"""Whether a backup fits: onto this disk, and into this version of the platform."""

import errno
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .postgres import find_programs
from .wording import RuntimeRefusal, pick

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_EMPTY_CLUSTER_BYTES = 80 * 1024 * 1024
"""What a cluster takes before anything is in it, and its log while a dump is loaded."""
_ROOMS = Path(__file__).resolve().parents[2]


def is_full(error: BaseException) -> bool:
    """Whether it was the disk, or what the user may have of it, that had no room left."""
    return isinstance(error, OSError) and error.errno in _FULL


def speaks_of_full_disk(said: str) -> bool:
    """Whether a program's message is about a full disk, in English or in the language of the terminal."""
    return "No space left" in said or os.strerror(errno.ENOSPC) in said


@contextmanager
def explained_when_full(folder: Path) -> Iterator[None]:
    """Say in words what a full disk says as an error number."""
    try:
        yield
    except OSError as error:
        if not is_full(error):
            raise
        raise RuntimeRefusal(
            pick(
                f"{folder} 所在的磁盘已满，没有留下任何半成品。请腾出空间，或换一个目录后重试。",
                f"The disk of {folder} is full; nothing half-written was left. Make room or choose another folder, "
                "then try again.",
            )
        ) from error


def room_needed(manifest: dict[str, Any]) -> int:
    """Bytes that a restore writes: the unpacked files, and the database that is made of the dump."""
    files = sum(int(told["bytes"]) for told in manifest["files"].values())
    return files + int(manifest.get("database_bytes") or 0) + _EMPTY_CLUSTER_BYTES


def demand_room(folder: Path, needed: int) -> None:
    """Refuse when the disk of ``folder`` has fewer than ``needed`` bytes left."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise RuntimeRefusal(
            pick(
                f"{folder} 所在的磁盘空间不足：需要约 {_megabytes(needed)} MB，只剩 {_megabytes(free)} MB，没有写入任何内容。"
                "请腾出空间，或换一个目录。",
                f"Not enough room on the disk of {folder}: about {_megabytes(needed)} MB are needed, "
                f"{_megabytes(free)} MB are free; nothing was written. Make room or choose another folder.",
            )
        )


def demand_known_version(source: Path, manifest: dict[str, Any]) -> None:
    """Refuse a backup of a later version of the platform, or of a later PostgreSQL, before anything is written."""
    unknown = [name for name in manifest.get("migrations", ()) if not _is_known(name)]
    if unknown:
        made = manifest.get("anlan") or "?"
        raise RuntimeRefusal(
            pick(
                f"{source} 由更新的版本（{made}）制作，本版本不认识其中的 {unknown[0]}"
                f"{f' 等 {len(unknown)} 项' if len(unknown) > 1 else ''}。请安装同样或更新的版本后再恢复。",
                f"{source} was made by a later version ({made}): {', '.join(unknown[:3])} "
                f"{'are' if len(unknown) > 1 else 'is'} not known here. Install that version or a later one, then restore.",
            )
        )
    theirs, ours = _major(str(manifest.get("postgresql", ""))), _own_major()
    if theirs and ours and theirs > ours:
        raise RuntimeRefusal(
            pick(
                f"{source} 来自 PostgreSQL {theirs}，这里是 {ours}。请安装 PostgreSQL {theirs} 或更新的版本。",
                f"{source} comes from PostgreSQL {theirs}, here is {ours}. Install PostgreSQL {theirs} or later.",
            )
        )


def _is_known(name: str) -> bool:
    """Migrations of our own rooms lie beside this package; those of libraries are for the libraries to judge."""
    app, _dot, migration = name.partition(".")
    folder = _ROOMS / app / "migrations"
    return not folder.is_dir() or (folder / f"{migration}.py").is_file()


def _own_major() -> int:
    try:
        program = find_programs(Path("/nonexistent")) / "pg_restore"
    except RuntimeRefusal:
        program = Path(shutil.which("pg_restore") or "")
    if not program.is_file():
        return 0
    said = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"\d+", said)
    return int(found.group()) if found else 0


def _major(text: str) -> int:
    found = re.match(r"\d+", text)
    return int(found.group()) if found else 0


def _megabytes(size: int) -> str:
    return f"{size / 2**20:,.0f}"
