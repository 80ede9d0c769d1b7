"""The kind of a file is told by its content; what is not kept is refused with what to do instead."""

from __future__ import annotations

import contextlib
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anlan.kernel.attachments import AttachmentRefused, sniff

from .files import EXCEL, MP3_FRAME, OGG, PDF, WORD, mp4, office, picture, webm

KEPT = {
    "image/jpeg": picture("JPEG"),
    "image/png": picture("PNG"),
    "image/webp": picture("WEBP"),
    "application/pdf": PDF,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": WORD,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": EXCEL,
    "text/plain": "12时40分 积水80厘米\r\n".encode(),
    "audio/webm": webm(b"A_OPUS"),
    "audio/mp4": mp4(b"soun"),
    "audio/mpeg": MP3_FRAME * 3,
    "audio/ogg": OGG,
}


@pytest.mark.parametrize("media_type", KEPT)
def test_what_is_kept(media_type):
    assert sniff(KEPT[media_type]).media_type == media_type


def test_a_picture_tells_its_size():
    assert sniff(picture(size=(64, 48))).pixels == (64, 48)


def test_text_in_the_older_encoding_is_text():
    assert sniff("积水八十厘米".encode("gb18030")).media_type == "text/plain"


def test_mp3_behind_a_tag():
    assert sniff(b"ID3\x04\x00\x00\x00\x00\x00\x0a" + bytes(10) + MP3_FRAME * 2).media_type == "audio/mpeg"


REFUSED = {
    "empty": (b"", "空文件"),
    "program": (b"\x7fELF\x02\x01\x01" + bytes(60), "不在可接收范围"),
    "windows program": (b"MZ\x90\x00\x03" + bytes(60), "不在可接收范围"),
    "gif": (b"GIF89a" + bytes(30), "不在可接收范围"),
    "bitmap": (b"BM" + bytes(60), "不在可接收范围"),
    "postscript in disguise": (b"%!PS-Adobe-3.0 EPSF-3.0\n\x00", "不在可接收范围"),
    "web page": (b"<!DOCTYPE html><script>alert(1)</script>", "网页"),
    "drawing with script": (b'<?xml version="1.0"?><svg onload="alert(1)"/>', "网页"),
    "zip": (office("a.jpg"), "压缩包"),
    "macros": (office("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), "宏"),
    "old word": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "旧版 Office"),
    "heic": (b"\x00\x00\x00\x18ftypheic" + bytes(60), "HEIC"),
    "film": (mp4(b"vide", b"mp42"), "视频"),
    "web film": (webm(b"V_VP9"), "视频"),
    "half a pdf": (PDF[:20], "损坏"),
    "half a photo": (picture(size=(400, 300), quality=95)[:-2000], "损坏"),
    "half a png": (picture("PNG", size=(400, 300))[:-30], "损坏"),
    "half a webp": (picture("WEBP", size=(400, 300))[:-30], "损坏"),
    "half a workbook": (EXCEL[:-10], "损坏"),
    "one sync word": (b"\xff\xfb\x90\x00" + bytes(900), "不在可接收范围"),
    "film without sound": (b"OggS\x00\x02" + bytes(22) + b"\x80theora" + bytes(20), "不在可接收范围"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_says_why_and_how_to_mend_it(name):
    content, why = REFUSED[name]
    with pytest.raises(AttachmentRefused) as refused:
        sniff(content, "现场.jpg")
    assert why in str(refused.value.message)
    assert "现场.jpg" in str(refused.value.message)
    assert refused.value.mend


def png_of(wide: int, high: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", wide, high, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("size", [(9000, 9000), (60000, 60000)])
def test_a_picture_that_would_fill_the_memory_is_refused_unopened(size):
    content = png_of(*size)
    assert len(content) < 200
    with pytest.raises(AttachmentRefused, match="像素过多"):
        sniff(content, "x.png")


def test_a_paper_that_would_fill_the_disk_is_refused_unopened(monkeypatch):
    from anlan.kernel.attachments import sniffing

    monkeypatch.setattr(sniffing, "MAX_UNPACKED", 1000)
    with pytest.raises(AttachmentRefused, match="展开后过大"):
        sniff(office("[Content_Types].xml", "word/document.xml", content=bytes(2000)))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.sampled_from([b"", *(content[:40] for content in KEPT.values())]))
def test_any_bytes_are_kept_or_refused(tail, head):
    with contextlib.suppress(AttachmentRefused):
        sniff(head + tail)


@pytest.mark.filterwarnings("ignore::UserWarning")
@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(KEPT)), st.integers(0, 10_000), st.binary(min_size=1, max_size=6))
def test_damaged_files_are_kept_or_refused(media_type, at, scar):
    content = KEPT[media_type]
    at %= len(content)
    with contextlib.suppress(AttachmentRefused):
        sniff(content[:at] + scar + content[at + len(scar) :])
