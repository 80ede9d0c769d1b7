"""What a photo tells, the copy that does not tell it, and the small one."""

from __future__ import annotations

import contextlib
import io
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from anlan.kernel.attachments import PictureFacts, read_facts, thumbnail, without_metadata

from .files import camera, picture


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_time_and_place_are_read(kind):
    facts = read_facts(picture(kind, exif=camera()))
    assert facts.taken_at == datetime(2016, 7, 20, 12, 40, 5, tzinfo=timezone(timedelta(hours=8)))
    assert (facts.lon, facts.lat) == (pytest.approx(116.19), pytest.approx(39.91))
    assert facts.altitude_m == 72.5
    assert facts.camera == "Anlan Test"


def test_a_camera_that_gives_no_zone_gives_a_naive_time():
    taken = read_facts(picture(exif=camera(zone=None))).taken_at
    assert taken == datetime(2016, 7, 20, 12, 40, 5)
    assert taken.tzinfo is None


def test_the_time_of_the_satellites_stands_in():
    exif = camera(taken=None, gps_time=("2016:07:20", (4.0, 40.0, 5.0)))
    assert read_facts(picture(exif=exif)).taken_at == datetime(2016, 7, 20, 4, 40, 5, tzinfo=UTC)


def test_south_and_west_are_negative():
    facts = read_facts(picture(exif=camera(refs=("S", "W"))))
    assert (facts.lon, facts.lat) == (pytest.approx(-116.19), pytest.approx(-39.91))


@pytest.mark.parametrize(
    "wrong",
    [
        {"lat": (0.0, 0.0, 0.0), "lon": (0.0, 0.0, 0.0)},
        {"lat": (95.0, 0.0, 0.0)},
        {"lat": (39.0, 70.0, 0.0)},
        {"lon": (181.0, 0.0, 0.0)},
        {"refs": ("", "")},
        {"refs": ("X", "Y")},
    ],
)
def test_an_impossible_place_is_no_place(wrong):
    facts = read_facts(picture(exif=camera(**wrong)))
    assert facts.lon is None
    assert facts.lat is None
    assert facts.taken_at is not None


@pytest.mark.parametrize("taken", ["0000:00:00 00:00:00", "gestern", "    :  :     :  :  ", "2016-07-20"])
def test_an_impossible_time_is_no_time(taken):
    assert read_facts(picture(exif=camera(taken=taken))).taken_at is None


def test_a_picture_without_notes_has_no_facts():
    assert read_facts(picture()) == PictureFacts()
    assert read_facts(b"no picture") == PictureFacts()


@pytest.mark.parametrize(("kind", "kw"), [("JPEG", {}), ("JPEG", {"progressive": True}), ("PNG", {}), ("WEBP", {})])
def test_the_shared_copy_tells_nothing_and_shows_the_same(kind, kw):
    whole = picture(kind, exif=camera(), **kw)
    copy = without_metadata(whole)
    assert read_facts(whole).lon is not None
    assert read_facts(copy) == PictureFacts()
    assert b"Anlan" not in copy
    assert b"2016:07:20" not in copy
    assert opened(copy).tobytes() == opened(whole).tobytes()


def test_the_shared_copy_keeps_the_way_up_and_nothing_else():
    copy = without_metadata(picture(exif=camera(turn=6)))
    assert dict(opened(copy).getexif()) == {0x0112: 6}


def test_xmp_comments_and_what_hangs_behind_the_picture_are_gone():
    whole = (
        picture("JPEG", comment=b"secret-comment", xmp=b"<x:xmpmeta>secret-xmp</x:xmpmeta>")
        + picture(exif=camera())
        + b"secret-tail"
    )
    assert whole.count(b"secret") >= 3
    copy = without_metadata(whole)
    assert b"secret" not in copy
    assert b"Exif" not in copy
    from PIL.PngImagePlugin import PngInfo

    notes = PngInfo()
    notes.add_text("Comment", "secret-text")
    assert b"secret" not in without_metadata(picture("PNG", pnginfo=notes) + b"secret-tail")


def test_a_colour_profile_stays():
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for kind in ("JPEG", "PNG", "WEBP"):
        assert opened(without_metadata(picture(kind, icc_profile=profile))).info["icc_profile"] == profile


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", picture()[:100], picture("PNG")[:-5]]
)
def test_what_cannot_be_stripped_is_not_shared(content):
    with pytest.raises(ValueError, match=r"broken|neither"):
        without_metadata(content)


@pytest.mark.filterwarnings("ignore::UserWarning")
@settings(max_examples=200, deadline=None)
@given(st.sampled_from(["JPEG", "PNG", "WEBP"]), st.integers(0, 100_000), st.binary(min_size=1, max_size=4))
def test_damaged_pictures_give_facts_or_none_and_never_leak(kind, at, scar):
    whole = picture(kind, exif=camera())
    at %= len(whole)
    hurt = whole[:at] + scar + whole[at + len(scar) :]
    assert isinstance(read_facts(hurt), PictureFacts)
    with contextlib.suppress(ValueError):
        assert read_facts(without_metadata(hurt)).lon is None


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_small_one_is_small_upright_and_silent(kind):
    small = thumbnail(picture(kind, size=(1600, 1200), exif=camera(turn=6)))
    image = opened(small)
    assert image.format == "WEBP"
    assert image.size == (360, 480)
    assert not image.getexif()
    # Turned by a quarter: the bright left half is now on top.
    assert image.getpixel((180, 60))[0] > 200
    assert image.getpixel((180, 420))[0] < 60


def test_a_small_picture_is_not_blown_up():
    assert opened(thumbnail(picture(size=(40, 30)))).size == (40, 30)


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "1", "CMYK", "I;16"])
def test_every_way_of_writing_colours_becomes_a_small_one(mode):
    out = io.BytesIO()
    Image.new(mode, (600, 400)).save(out, "JPEG" if mode == "CMYK" else "PNG")
    assert opened(thumbnail(out.getvalue())).size == (480, 320)
