"""A store of files under their SHA-256, two folders deep. What is there never changes; equal content is kept once."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext as _

from .refusal import AttachmentRefused
from .sniffing import Kind, sniff

DEFAULT_LIMIT = 20 * 1024 * 1024
_CHUNK = 1024 * 1024
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Stored:
    """What was kept: digest (64 hexadecimal figures), size in bytes, kind, whether it was there before."""

    digest: str
    size: int
    kind: Kind
    existed: bool


class Store:
    """Files below `root`, as ``ab/cd/abcd…``. Safe for several processes: a file appears whole or not at all."""

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)

    def put(self, source: bytes | BinaryIO, *, name: str = "", limit: int = DEFAULT_LIMIT) -> Stored:
        """Keep the content and return where. On return it is on the disk, not only on its way there.

        Raises AttachmentRefused when it is larger than `limit` bytes, or of no kind that is kept.
        """
        content = _read(source, name, limit)
        kind = sniff(content, name)
        digest = hashlib.sha256(content).hexdigest()
        target = self.path(digest)
        if target.is_file() and self.is_intact(digest):
            return Stored(digest, len(content), kind, existed=True)
        self._write(target, content)
        return Stored(digest, len(content), kind, existed=False)

    def path(self, digest: str) -> Path:
        """Where the content of this digest lies, or would lie. Raises ValueError for what is no digest."""
        if not _DIGEST.fullmatch(digest):
            raise ValueError(f"not a SHA-256 digest: {digest[:80]!r}")
        return self.root / digest[:2] / digest[2:4] / digest

    def read(self, digest: str) -> bytes:
        """The content. Raises FileNotFoundError."""
        return self.path(digest).read_bytes()

    def open(self, digest: str) -> BinaryIO:
        return self.path(digest).open("rb")

    def __contains__(self, digest: object) -> bool:
        return isinstance(digest, str) and bool(_DIGEST.fullmatch(digest)) and self.path(digest).is_file()

    def digests(self) -> Iterator[str]:
        """All digests in the store, sorted."""
        for path in sorted(self.root.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*")):
            if _DIGEST.fullmatch(path.name):
                yield path.name

    def is_intact(self, digest: str) -> bool:
        """Whether the content still has its digest."""
        hasher = hashlib.sha256()
        with self.open(digest) as file:
            while chunk := file.read(_CHUNK):
                hasher.update(chunk)
        return hasher.hexdigest() == digest

    def sweep(self, older_than_s: float = 3600.0) -> int:
        """Remove what writers that died half-way left behind; returns how many."""
        removed = 0
        for path in (self.root / "incoming").glob("*.part"):
            if time.time() - path.stat().st_mtime > older_than_s:
                path.unlink(missing_ok=True)
                removed += 1
        return removed

    def _write(self, target: Path, content: bytes) -> None:
        incoming = self.root / "incoming"
        _make_folder(incoming)
        _make_folder(target.parent)
        handle, temporary = tempfile.mkstemp(suffix=".part", dir=incoming)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        _sync_folder(target.parent)


def shown_name(name: str, kind: Kind) -> str:
    """A name to show and download by: no folders, no control characters, the extension of what it really is."""
    base = re.split(r"[/\\]", name)[-1]
    base = "".join(c for c in base if c.isprintable()).strip(" .")
    stem = (base.rsplit(".", 1)[0] if "." in base else base).strip(" .") or _("附件")
    return f"{stem[:120]}.{kind.extension}"


def _read(source: bytes | BinaryIO, name: str, limit: int) -> bytes:
    """The whole content, or a refusal that names size and limit; never more than `limit` + 1 bytes in memory."""
    if isinstance(source, bytes | bytearray | memoryview):
        content = bytes(source)
        if len(content) > limit:
            raise _too_large(name, len(content), limit, content[:12])
        return content
    content = source.read(limit + 1)
    if len(content) > limit:
        size = source.seek(0, os.SEEK_END) if source.seekable() else None
        raise _too_large(name, size, limit, content[:12])
    return content


def _too_large(name: str, size: int | None, limit: int, head: bytes) -> AttachmentRefused:
    photo = head.startswith((b"\xff\xd8\xff", b"\x89PNG")) or head[8:12] == b"WEBP" or head[4:8] == b"ftyp"
    most = _megabytes(limit)
    if size is None:
        message = _("“%(name)s”超过上限 %(limit)s MB") % {"name": name, "limit": most}
    else:
        message = _("“%(name)s”有 %(size)s MB，超过上限 %(limit)s MB") % {
            "name": name,
            "size": _megabytes(size),
            "limit": most,
        }
    return AttachmentRefused(
        message,
        mend=_("请在相册中把照片缩小（如选“中等”或“压缩”）后再上传，或上传截图")
        if photo
        else _("请拆分或压缩文件后再上传"),
        size=size,
        limit=limit,
    )


def _megabytes(size: int) -> str:
    return f"{size / 2**20:.1f}".removesuffix(".0")


def _make_folder(path: Path) -> None:
    """Create a folder and make its entry in its parent last; readable by the owner only."""
    if path.is_dir():
        return
    missing = [path]
    while not missing[-1].parent.is_dir():
        missing.append(missing[-1].parent)
    for folder in reversed(missing):
        folder.mkdir(mode=0o700, exist_ok=True)
        _sync_folder(folder.parent)


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
