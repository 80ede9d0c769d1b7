"""Files of every kind, made by hand."""

from __future__ import annotations

import io
import struct
import zipfile
from typing import Any

from PIL import Image

EXIF_TIME = "2016:07:20 12:40:05"


def picture(
    kind: str = "JPEG", size: tuple[int, int] = (64, 48), *, exif: Image.Exif | None = None, **kw: Any
) -> bytes:
    """A picture with a bright left and a dark right half, so that a turn shows."""
    image = Image.new("RGB", size, "white")
    image.paste((0, 0, 160), (size[0] // 2, 0, size[0], size[1]))
    out = io.BytesIO()
    image.save(out, kind, **({"exif": exif} if exif else {}), **kw)
    return out.getvalue()


def camera(
    *,
    taken: str | None = EXIF_TIME,
    zone: str | None = "+08:00",
    lat: Any = (39.0, 54.0, 36.0),
    lon: Any = (116.0, 11.0, 24.0),
    refs: tuple[str, str] = ("N", "E"),
    turn: int = 1,
    gps_time: tuple[str, Any] | None = None,
) -> Image.Exif:
    """EXIF as a telephone writes it."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "Anlan", "Test", turn
    details = exif.get_ifd(0x8769)
    if taken:
        details[0x9003] = taken
    if zone:
        details[0x9011] = zone
    gps = exif.get_ifd(0x8825)
    if lat is not None:
        gps[1], gps[2], gps[3], gps[4], gps[5], gps[6] = refs[0], lat, refs[1], lon, b"\x00", 72.5
    if gps_time:
        gps[0x1D], gps[7] = gps_time
    return exif


def office(*names: str, content: bytes = b"<x/>") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        for name in names:
            parts.writestr(name, content)
    return out.getvalue()


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + name + content


def mp4(handler: bytes, brand: bytes = b"M4A ") -> bytes:
    hdlr = box(b"hdlr", bytes(8) + handler + bytes(12))
    return (
        box(b"ftyp", brand + bytes(4) + b"isom")
        + box(b"moov", box(b"trak", box(b"mdia", hdlr)))
        + box(b"mdat", bytes(64))
    )


def webm(codec: bytes) -> bytes:
    return (
        b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm"
        + bytes(30)
        + b"\x86\x86"
        + codec
    )


MP3_FRAME = b"\xff\xfb\x90\x00" + bytes(413)
OGG = b"OggS\x00\x02" + bytes(22) + b"OpusHead\x01\x01" + bytes(20)
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
WORD = office("[Content_Types].xml", "word/document.xml")
EXCEL = office("[Content_Types].xml", "xl/workbook.xml")
