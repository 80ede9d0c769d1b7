"""The file a backup is written to: a tar with a manifest first, then the database and the attachments.

manifest.json     what is in it: format, versions, rows per table, size and SHA-256 of every file
database.dump     pg_dump's custom format
attachments/…     the attachments folder as it is
"""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from .backup_fitness import is_full
from .wording import RuntimeRefusal, pick

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = "database.dump"
ATTACHMENTS = "attachments"
INCOMING = "incoming"
"""Folder of the store in which files lie while they are written."""
_BLOCK = 1024 * 1024


def sha256_of(stream: BinaryIO, into: BinaryIO | None = None) -> tuple[str, int]:
    """Digest and size in bytes of what the stream holds, copied to ``into`` on the way when given."""
    digest, size = hashlib.sha256(), 0
    while block := stream.read(_BLOCK):
        digest.update(block)
        size += len(block)
        if into is not None:
            into.write(block)
    return digest.hexdigest(), size


def attachment_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Each file below ``folder`` with the name it gets in the archive, in a stable order.

    What is being written at this moment lies in ``incoming`` and is nobody's yet: it may be gone or longer a moment later.
    """
    if not folder.is_dir():
        return
    for path in sorted(folder.rglob("*")):
        within = path.relative_to(folder)
        if within.parts[0] != INCOMING and path.is_file() and not path.is_symlink():
            yield f"{ATTACHMENTS}/{within.as_posix()}", path


def measure(files: list[tuple[str, Path]]) -> dict[str, dict[str, Any]]:
    """Name → {sha256, bytes} of each file."""
    measured: dict[str, dict[str, Any]] = {}
    for name, path in files:
        with path.open("rb") as stream:
            digest, size = sha256_of(stream)
        measured[name] = {"sha256": digest, "bytes": size}
    return measured


def write_archive(
    target: Path, manifest: dict[str, Any], files: list[tuple[str, Path]], measured: dict[str, dict[str, Any]]
) -> None:
    """Write the archive beside ``target`` and give it its name only when it is complete and on the disk.

    ``manifest`` gets the key ``files`` with what was ``measured``. A file that changed since then is refused: a backup
    that cannot be restored must not get the name of one.
    """
    text = json.dumps({**manifest, "files": measured}, ensure_ascii=False, indent=1).encode()
    making = target.with_name(f".{target.name}.making")
    try:
        handle = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as stream:
            with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
                _add(archive, MANIFEST, io.BytesIO(text), len(text))
                for name, path in files:
                    with path.open("rb") as content:
                        packed = _Counted(content)
                        _add(archive, name, packed, measured[name]["bytes"])
                    if packed.digest.hexdigest() != measured[name]["sha256"]:
                        raise _changed(path)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(making, target)
    finally:
        making.unlink(missing_ok=True)


class _Counted(io.RawIOBase):
    """A stream that keeps the digest of what was read from it."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream, self.digest = stream, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        block = self.stream.read(size)
        self.digest.update(block)
        return block


def _changed(path: Path) -> RuntimeRefusal:
    return RuntimeRefusal(
        pick(
            f"备份时 {path} 正在变化，没有写出备份。请再备份一次。",
            f"{path} changed while it was being backed up; no backup was written. Back up again.",
        )
    )


def _add(archive: tarfile.TarFile, name: str, content: Any, size: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    archive.addfile(entry, content)


def read_manifest(source: Path) -> dict[str, Any]:
    """The manifest of a backup; refuses a file that is none, or of a later format."""
    try:
        with tarfile.open(source, "r:") as archive:
            entry = archive.next()
            content = archive.extractfile(entry) if entry is not None and entry.name == MANIFEST else None
            manifest = json.loads(content.read()) if content is not None else None
    except FileNotFoundError:
        raise RuntimeRefusal(pick(f"没有这个文件：{source}", f"There is no file {source}.")) from None
    except (tarfile.TarError, ValueError, OSError):
        manifest = None
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
        raise RuntimeRefusal(pick(f"{source} 不是安澜的备份文件。", f"{source} is not a backup of Anlan."))
    if manifest.get("format") != FORMAT:
        raise RuntimeRefusal(
            pick(
                f"{source} 的格式 {manifest.get('format')} 比本版本新，请用更新的版本恢复。",
                f"{source} has format {manifest.get('format')}, which this version does not know; use a newer one.",
            )
        )
    return manifest


def unpack_verified(source: Path, manifest: dict[str, Any], folder: Path) -> None:
    """Unpack into ``folder``, checking each file against the manifest; refuses what differs or is missing."""
    expected: dict[str, dict[str, Any]] = dict(manifest["files"])
    try:
        with tarfile.open(source, "r:") as archive:
            for entry in archive:
                if entry.name == MANIFEST:
                    continue
                told = expected.pop(entry.name, None)
                content = archive.extractfile(entry) if entry.isreg() else None
                if told is None or content is None or not _stays_inside(entry.name):
                    raise _damaged(source, entry.name)
                target = folder / entry.name
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("wb") as into:
                    digest, size = sha256_of(content, into)  # type: ignore[arg-type]
                if (digest, size) != (told["sha256"], told["bytes"]):
                    raise _damaged(source, entry.name)
    except (tarfile.TarError, EOFError, OSError) as error:
        if is_full(error):
            raise
        raise _damaged(source, str(error)) from error
    if expected:
        raise _damaged(source, next(iter(expected)))


def _stays_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and (name == DATABASE or path.parts[0] == ATTACHMENTS)


def _damaged(source: Path, what: str) -> RuntimeRefusal:
    return RuntimeRefusal(
        pick(
            f"备份文件 {source} 已损坏（{what}），没有恢复任何内容。请换一份备份。",
            f"The backup {source} is damaged ({what}); nothing was restored. Use another backup.",
        )
    )
