"""The store: whole or not at all, once, and nothing larger than allowed."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from anlan.kernel.attachments import AttachmentRefused, Store, shown_name, sniff

from .files import PDF, picture


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(tmp_path / "attachments")


def files(store: Store) -> list[str]:
    return sorted(str(p.relative_to(store.root)) for p in store.root.rglob("*") if p.is_file())


def test_content_lies_under_its_digest_two_folders_deep(store):
    content = picture()
    kept = store.put(content, name="现场.jpg")
    digest = hashlib.sha256(content).hexdigest()
    assert (kept.digest, kept.size, kept.existed) == (digest, len(content), False)
    assert kept.kind.media_type == "image/jpeg"
    assert files(store) == [f"{digest[:2]}/{digest[2:4]}/{digest}"]
    assert store.read(digest) == content
    assert digest in store
    assert list(store.digests()) == [digest]
    assert store.is_intact(digest)


def test_the_same_content_is_kept_once_whatever_its_name(store):
    first, second = store.put(PDF, name="a.pdf"), store.put(io.BytesIO(PDF), name="b.pdf")
    assert first.digest == second.digest
    assert second.existed
    assert len(files(store)) == 1


def test_a_30_mb_photo_is_refused_with_its_size_the_limit_and_what_to_do(store):
    photo = picture() + bytes(30 * 2**20)
    with pytest.raises(AttachmentRefused) as refused:
        store.put(io.BytesIO(photo), name="现场.jpg")
    assert str(refused.value.message) == "“现场.jpg”有 30 MB，超过上限 20 MB"
    assert "缩小" in str(refused.value.mend)
    assert refused.value.details == {"size": len(photo), "limit": 20 * 2**20}
    assert not store.root.exists()


def test_a_stream_that_never_ends_is_read_no_further_than_the_limit(store):
    class Endless(io.RawIOBase):
        given = 0

        def read(self, size=-1):
            assert size >= 0
            self.given += size
            return bytes(size)

    source = Endless()
    with pytest.raises(AttachmentRefused, match="超过上限"):
        store.put(source, name="x", limit=1000)
    assert source.given == 1001


def test_exactly_the_limit_is_taken(store):
    assert store.put(PDF, limit=len(PDF)).size == len(PDF)
    with pytest.raises(AttachmentRefused):
        store.put(PDF + b"\n", limit=len(PDF))


def test_what_is_refused_leaves_nothing_behind(store):
    with pytest.raises(AttachmentRefused):
        store.put(b"\x7fELF" + bytes(50), name="a.jpg")
    assert not store.root.exists()


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "AB" * 32, "a" * 63, "a" * 64 + "\n", "a" * 62 + "/x"])
def test_only_digests_lead_into_the_store(store, digest):
    assert digest not in store
    with pytest.raises(ValueError, match="not a SHA-256"):
        store.read(digest)


def test_files_are_for_their_owner_alone(store):
    path = store.path(store.put(PDF).digest)
    assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
    assert stat.S_IMODE(path.parent.stat().st_mode) & 0o077 == 0


def test_damage_is_noticed_and_mended_when_the_content_comes_again(store):
    digest = store.put(PDF).digest
    store.path(digest).write_bytes(PDF.replace(b"obj", b"xxx"))
    assert not store.is_intact(digest)
    assert not store.put(PDF).existed
    assert store.is_intact(digest)


def test_many_writers_of_one_content_leave_one_whole_file(store):
    content = picture(size=(600, 400))
    with ThreadPoolExecutor(8) as pool:
        digests = {kept.digest for kept in pool.map(lambda _n: store.put(content), range(24))}
    assert len(digests) == 1
    assert len(files(store)) == 1
    assert store.is_intact(*digests)


def test_a_writer_killed_half_way_leaves_no_file_under_a_digest(store):
    """A process is killed between writing and renaming; what is left is swept later, and only when it is old."""
    code = (
        "import os, sys, django\n"
        "from anlan.kernel.attachments import store\n"
        "store.os.replace = lambda *a: os.kill(os.getpid(), 9)\n"
        f"store.Store({str(store.root)!r}).put(sys.stdin.buffer)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], input=PDF, env={**os.environ}, check=False)
    assert done.returncode == -9
    assert list(store.digests()) == []
    (left,) = (store.root / "incoming").iterdir()
    assert store.sweep() == 0
    os.utime(left, (time.time() - 7200,) * 2)
    assert store.sweep() == 1
    assert store.put(PDF).existed is False


def test_a_full_disk_leaves_nothing_behind(store, monkeypatch):
    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    store.root.mkdir(parents=True)
    (store.root / "incoming").mkdir()
    digest = hashlib.sha256(PDF).hexdigest()
    store.path(digest).parent.mkdir(parents=True)
    with pytest.raises(OSError, match="No space"):
        store.put(PDF)
    assert files(store) == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("现场.jpg", "现场.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\照片\\桥下 1.JPG", "桥下 1.pdf"),
        ("a.pdf.exe", "a.pdf.pdf"),
        ("x\r\nSet-Cookie: a", "xSet-Cookie: a.pdf"),
        ("\u202egpj.exe", "gpj.pdf"),
        ("", "附件.pdf"),
        ("...", "附件.pdf"),
        ("长" * 300 + ".pdf", "长" * 120 + ".pdf"),
    ],
)
def test_names_are_shown_without_paths_tricks_or_false_extensions(name, shown):
    assert shown_name(name, sniff(PDF)) == shown
