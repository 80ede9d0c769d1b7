"""Photos: when and where they were taken, a copy that does not tell, and a small one for lists."""

from __future__ import annotations

import io
import math
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from PIL import ExifTags, Image, ImageOps

from .sniffing import PICTURES

THUMBNAIL_PIXELS = 480


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """What the camera wrote down; None where it wrote nothing (0°, 0° counts as nothing).

    `taken_at` is aware when the camera gave its zone or the satellites' time, else naive in the camera's own zone.
    Position in WGS84 degrees, altitude in metres.
    """

    taken_at: datetime | None = None
    lon: float | None = None
    lat: float | None = None
    altitude_m: float | None = None
    camera: str = ""


def read_facts(picture: bytes) -> PictureFacts:
    """Read EXIF of a JPEG, PNG or WebP. Damaged EXIF gives no facts and no error."""
    try:
        with Image.open(io.BytesIO(picture), formats=PICTURES) as opened:
            exif = opened.getexif()
            details, gps = exif.get_ifd(ExifTags.IFD.Exif), exif.get_ifd(ExifTags.IFD.GPSInfo)
    except (
        OSError,
        SyntaxError,
        ValueError,
        TypeError,
        KeyError,
        EOFError,
        struct.error,
        Image.DecompressionBombError,
    ):
        return PictureFacts()
    lat = _angle(gps.get(ExifTags.GPS.GPSLatitude), gps.get(ExifTags.GPS.GPSLatitudeRef), "S", 90)
    lon = _angle(gps.get(ExifTags.GPS.GPSLongitude), gps.get(ExifTags.GPS.GPSLongitudeRef), "W", 180)
    if lat is None or lon is None or (lat == 0 and lon == 0):
        lat = lon = None
    altitude = _number(gps.get(ExifTags.GPS.GPSAltitude)) if lat is not None else None
    if altitude is not None and gps.get(ExifTags.GPS.GPSAltitudeRef) in (1, b"\x01"):
        altitude = -altitude
    camera = " ".join(_word(exif.get(tag)) for tag in (ExifTags.Base.Make, ExifTags.Base.Model)).strip()
    return PictureFacts(_taken_at(exif, details, gps), lon, lat, altitude, camera[:80])


def thumbnail(picture: bytes, pixels: int = THUMBNAIL_PIXELS) -> bytes:
    """A WebP of at most `pixels` on its longer side, upright and without metadata. Raises OSError when it is broken."""
    with Image.open(io.BytesIO(picture), formats=PICTURES) as opened:
        opened.draft("RGB", (pixels, pixels))
        small = ImageOps.exif_transpose(opened)
        small = small.convert("RGBA" if "A" in small.getbands() or "transparency" in small.info else "RGB")
    small.thumbnail((pixels, pixels))
    out = io.BytesIO()
    small.save(out, "WEBP", quality=78, method=4)
    return out.getvalue()


def without_metadata(picture: bytes) -> bytes:
    """The same pixels, bit by bit, without EXIF, XMP, comments or hidden second pictures; only the way up is kept.

    Raises ValueError for what is neither JPEG, PNG nor WebP, or is broken.
    """
    try:
        if picture.startswith(b"\xff\xd8\xff"):
            return _strip_jpeg(picture)
        if picture.startswith(b"\x89PNG\r\n\x1a\n"):
            return _strip_png(picture)
        if picture[:4] == b"RIFF" and picture[8:12] == b"WEBP":
            return _strip_webp(picture)
    except (struct.error, IndexError) as error:
        raise ValueError("the picture is broken") from error
    raise ValueError("neither JPEG, PNG nor WebP")


def _strip_jpeg(picture: bytes) -> bytes:
    out = bytearray(b"\xff\xd8")
    turn = _orientation(picture)
    if turn != 1:
        tiff = b"MM\x00*\x00\x00\x00\x08" + struct.pack(">HHHIHHI", 1, 0x0112, 3, 1, turn, 0, 0)
        out += b"\xff\xe1" + struct.pack(">H", 2 + 6 + len(tiff)) + b"Exif\x00\x00" + tiff
    at = 2
    while True:
        if picture[at] != 0xFF:
            raise ValueError("the picture is broken")
        marker = picture[at + 1]
        if marker == 0xFF:  # fill bytes
            at += 1
            continue
        (length,) = struct.unpack_from(">H", picture, at + 2)
        segment = picture[at : at + 2 + length]
        if marker == 0xDA:
            # Pixels run to the end mark; what comes behind it (a second picture, a film) goes.
            end = _end_of_image(picture, at + 2 + length)
            return bytes(out + picture[at:end])
        # Kept: JFIF, colour profile, Adobe's colour transform, and everything that pixels need.
        profile = marker == 0xE2 and segment[4:16] == b"ICC_PROFILE\x00"
        if marker in (0xE0, 0xEE) or profile or not (0xE0 <= marker <= 0xEF or marker == 0xFE):
            out += segment
        at += 2 + length


def _end_of_image(picture: bytes, at: int) -> int:
    """Place behind the end mark that belongs to the scans from `at` on: progressive pictures have several scans."""
    while True:
        at = picture.find(b"\xff", at)
        if at < 0 or at + 1 >= len(picture):
            return len(picture)
        marker = picture[at + 1]
        if marker == 0xD9:
            return at + 2
        if marker == 0x00 or 0xD0 <= marker <= 0xD7:
            at += 2
        elif marker == 0xFF:
            at += 1
        else:
            at += 2 + struct.unpack_from(">H", picture, at + 2)[0]


_PNG_KEPT = {
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"bKGD", b"pHYs", b"cICP",
}  # fmt: skip


def _strip_png(picture: bytes) -> bytes:
    out, at = bytearray(picture[:8]), 8
    while at < len(picture):
        (length,) = struct.unpack_from(">I", picture, at)
        name = picture[at + 4 : at + 8]
        end = at + 12 + length
        if end > len(picture):
            raise ValueError("the picture is broken")
        if name in _PNG_KEPT:
            out += picture[at:end]
        if name == b"IEND":
            return bytes(out)
        at = end
    raise ValueError("the picture is broken")


def _strip_webp(picture: bytes) -> bytes:
    out, at = bytearray(), 12
    end = min(len(picture), 8 + struct.unpack_from("<I", picture, 4)[0])
    while at + 8 <= end:
        name = picture[at : at + 4]
        (length,) = struct.unpack_from("<I", picture, at + 4)
        chunk = bytearray(picture[at : at + 8 + length + (length & 1)])
        if name == b"VP8X":
            chunk[8] &= ~0x0C & 0xFF  # neither EXIF nor XMP follows
        if name in (b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ICCP", b"ANIM", b"ANMF"):
            out += chunk
        at += 8 + length + (length & 1)
    return b"RIFF" + struct.pack("<I", 4 + len(out)) + b"WEBP" + bytes(out)


def _orientation(picture: bytes) -> int:
    try:
        with Image.open(io.BytesIO(picture), formats=PICTURES) as opened:
            turn = opened.getexif().get(ExifTags.Base.Orientation, 1)
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, struct.error):
        return 1
    return turn if isinstance(turn, int) and 1 <= turn <= 8 else 1


def _taken_at(exif: Any, details: dict[int, Any], gps: dict[int, Any]) -> datetime | None:
    for tag, zone_tag in (
        (ExifTags.Base.DateTimeOriginal, ExifTags.Base.OffsetTimeOriginal),
        (ExifTags.Base.DateTimeDigitized, ExifTags.Base.OffsetTimeDigitized),
    ):
        try:
            moment = datetime.strptime(_word(details.get(tag)), "%Y:%m:%d %H:%M:%S")
        except ValueError:
            continue
        zone = _zone(_word(details.get(zone_tag)))
        return moment.replace(tzinfo=zone) if zone else moment
    try:
        day = datetime.strptime(_word(gps.get(ExifTags.GPS.GPSDateStamp)), "%Y:%m:%d")
    except ValueError:
        return None
    parts = [_number(part) for part in gps.get(ExifTags.GPS.GPSTimeStamp) or ()]
    if len(parts) != 3 or any(part is None or part < 0 for part in parts) or parts[0] > 23:  # type: ignore[operator]
        return None
    hours, minutes, seconds = (part or 0.0 for part in parts)
    return day.replace(tzinfo=UTC) + timedelta(hours=hours, minutes=minutes, seconds=seconds)


def _zone(text: str) -> timezone | None:
    try:
        moment = datetime.strptime(text, "%z")
    except ValueError:
        return None
    offset = moment.utcoffset()
    return timezone(offset) if offset is not None and abs(offset) <= timedelta(hours=14) else None


def _angle(parts: Any, side: Any, negative: str, most: int) -> float | None:
    """Degrees from (degrees, minutes, seconds) and N/S/E/W; None when a part is missing or impossible."""
    if not isinstance(parts, tuple | list) or len(parts) != 3:
        return None
    numbers = [_number(part) for part in parts]
    if any(number is None or number < 0 for number in numbers):
        return None
    degrees, minutes, seconds = (number or 0.0 for number in numbers)
    angle = degrees + minutes / 60 + seconds / 3600
    side = _word(side).upper()
    if minutes >= 60 or seconds >= 60 or angle > most or side not in ("N", "S", "E", "W"):
        return None
    return round(-angle if side == negative else angle, 7)


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return number if math.isfinite(number) else None


def _word(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode("ascii", "ignore")
    return "".join(c for c in str(value or "") if c.isprintable()).strip()
