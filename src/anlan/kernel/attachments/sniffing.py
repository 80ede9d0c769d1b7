"""What a file is, told by its content. What is not on the list is refused: names and headers prove nothing."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext as _
from PIL import Image

from .refusal import AttachmentRefused

MAX_PIXELS = 80_000_000
"""A picture of 80 million pixels takes 240 MB when unpacked."""

MAX_UNPACKED = 300 * 1024 * 1024
MAX_PARTS = 5000

PICTURES = ("JPEG", "PNG", "WEBP")
"""The only decoders of Pillow that see foreign bytes. The first also opens MPO, which some phones write."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file that is kept. `pixels` is (width, height) of a picture as stored, before it is turned upright."""

    media_type: str
    extension: str
    group: Literal["picture", "audio", "paper", "text"]
    pixels: tuple[int, int] | None = None


def sniff(content: bytes, name: str = "") -> Kind:
    """The kind of the content. Raises AttachmentRefused, naming the file, for all that is not kept or is broken."""
    if not content:
        raise AttachmentRefused(_("“%(name)s”是空文件") % {"name": name}, mend=_("请重新选择文件"))
    kind = (
        _picture(content, name)
        or _pdf(content, name)
        or _office(content, name)
        or _media(content, name)
        or _audio(content)
        or _text(content, name)
    )
    if kind is None:
        raise AttachmentRefused(
            _("“%(name)s”的类型不在可接收范围内") % {"name": name},
            mend=_("可接收：照片（JPG、PNG、WebP）、PDF、Word、Excel、文本、录音（m4a、mp3、ogg、webm）"),
        )
    return kind


def broken(name: str) -> AttachmentRefused:
    return AttachmentRefused(
        _("“%(name)s”不完整或已损坏") % {"name": name}, mend=_("请打开原文件确认能正常显示，再重新上传")
    )


def _picture(content: bytes, name: str) -> Kind | None:
    if not (
        content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))
        or (content[:4] == b"RIFF" and content[8:12] == b"WEBP")
    ):
        return None
    try:
        with Image.open(io.BytesIO(content), formats=PICTURES) as picture:
            kind, size = picture.format, picture.size
            if size[0] * size[1] > MAX_PIXELS:
                raise _too_many_pixels(name, size)
            picture.verify()
        # `verify` does not decode: a photo that broke off on the way shows only now. A JPEG is decoded at an eighth.
        with Image.open(io.BytesIO(content), formats=PICTURES) as picture:
            picture.draft(None, (max(1, size[0] // 8), max(1, size[1] // 8)))
            picture.load()
    except Image.DecompressionBombError as error:
        raise _too_many_pixels(name, None) from error
    except (OSError, SyntaxError, ValueError, TypeError, EOFError, IndexError, struct.error, zlib.error) as error:
        raise broken(name) from error
    if kind == "PNG":
        return Kind("image/png", "png", "picture", size)
    return Kind("image/webp", "webp", "picture", size) if kind == "WEBP" else Kind("image/jpeg", "jpg", "picture", size)


def _too_many_pixels(name: str, size: tuple[int, int] | None) -> AttachmentRefused:
    shown = f"{size[0]}×{size[1]}" if size else ">100"
    return AttachmentRefused(
        _("“%(name)s”的像素过多（%(size)s）") % {"name": name, "size": shown},
        mend=_("请把图片缩小到 %(n)d 万像素以内后再上传") % {"n": MAX_PIXELS // 10_000},
    )


def _pdf(content: bytes, name: str) -> Kind | None:
    if not content.startswith(b"%PDF-"):
        return None
    if b"%%EOF" not in content[-2048:]:
        raise broken(name)
    return Kind("application/pdf", "pdf", "paper")


def _office(content: bytes, name: str) -> Kind | None:
    """Word and Excel files by what is inside the zip; nothing is unpacked."""
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise AttachmentRefused(
            _("“%(name)s”是旧版 Office 或加了密码的文件") % {"name": name},
            mend=_("请取消密码，另存为 .docx 或 .xlsx 后再上传"),
        )
    if not content.startswith(b"PK\x03\x04"):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            entries = parts.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error, IndexError) as error:
        raise broken(name) from error
    if len(entries) > MAX_PARTS or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise AttachmentRefused(
            _("“%(name)s”展开后过大，可能带有恶意内容") % {"name": name}, mend=_("请删去其中的大图后另存，再上传")
        )
    names = {entry.filename for entry in entries}
    if any(part.lower().endswith("vbaproject.bin") for part in names):
        raise AttachmentRefused(
            _("“%(name)s”带有宏") % {"name": name}, mend=_("请另存为不带宏的 .docx 或 .xlsx 后再上传")
        )
    if "[Content_Types].xml" in names:
        base = "application/vnd.openxmlformats-officedocument."
        if "word/document.xml" in names:
            return Kind(base + "wordprocessingml.document", "docx", "paper")
        if "xl/workbook.xml" in names:
            return Kind(base + "spreadsheetml.sheet", "xlsx", "paper")
    raise AttachmentRefused(_("“%(name)s”是压缩包") % {"name": name}, mend=_("请解压后把里面的照片、文档分别上传"))


def _media(content: bytes, name: str) -> Kind | None:
    """Containers that may hold sound, pictures or films: only sound is kept."""
    if content[4:8] == b"ftyp":
        if content[8:12] in (b"heic", b"heix", b"hevc", b"heim", b"mif1", b"msf1", b"avif"):
            raise AttachmentRefused(
                _("“%(name)s”是 HEIC 照片，其他设备可能打不开") % {"name": name},
                mend=_("请在手机相机设置中选择“兼容性最佳”（JPG），或用截图、另存为 JPG 后上传"),
            )
        if re.search(rb"hdlr.{8}vide", content, re.DOTALL):
            raise _film(name)
        if re.search(rb"hdlr.{8}soun", content, re.DOTALL):
            return Kind("audio/mp4", "m4a", "audio")
        return None
    if content.startswith(b"\x1a\x45\xdf\xa3"):
        head = content[:65536]
        if b"webm" not in head[:64]:
            return None
        if re.search(rb"V_(VP8|VP9|AV1|MPEG)", head):
            raise _film(name)
        return Kind("audio/webm", "webm", "audio") if re.search(rb"A_(OPUS|VORBIS)", head) else None
    return None


def _film(name: str) -> AttachmentRefused:
    return AttachmentRefused(_("“%(name)s”是视频，暂不接收") % {"name": name}, mend=_("请截取关键画面，作为照片上传"))


def _audio(content: bytes) -> Kind | None:
    if content.startswith(b"OggS"):
        head = content[:4096]
        sound = b"OpusHead" in head or b"\x01vorbis" in head
        return Kind("audio/ogg", "ogg", "audio") if sound and b"theora" not in head else None
    start = 0
    if content.startswith(b"ID3") and len(content) > 10:
        start = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(content[6:10], (21, 14, 7, 0), strict=True))
    return Kind("audio/mpeg", "mp3", "audio") if _mp3_frames(content, start) else None


def _mp3_frames(content: bytes, start: int) -> bool:
    """Two frames of MPEG layer III one behind the other: a single sync word occurs by chance."""
    rates = {3: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)}
    slow = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
    at = start
    for _frame in range(2):
        head = content[at : at + 4]
        if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
            return False
        version = (head[1] >> 3) & 3
        rate, sampling = head[2] >> 4, (head[2] >> 2) & 3
        if version == 1 or rate in (0, 15) or sampling == 3:
            return False
        hertz = (44100, 48000, 32000)[sampling] >> {3: 0, 2: 1, 0: 2}[version]
        kilobits = rates[3][rate] if version == 3 else slow[rate]
        at += (144 if version == 3 else 72) * kilobits * 1000 // hertz + ((head[2] >> 1) & 1)
    return True


def _text(content: bytes, name: str) -> Kind | None:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if re.search(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ufffe\uffff]", text):
            return None
        if re.match(r"\s*<(\?xml|!doctype|html|svg|script|body|head)\b", text, re.IGNORECASE):
            raise AttachmentRefused(
                _("“%(name)s”是网页或程序文件，不能作为附件") % {"name": name}, mend=_("请另存为 PDF 或文本后再上传")
            )
        return Kind("text/plain", "txt", "text")
    return None
