"""Outlines and circles of a warning: codes of divisions come first, counties with known borders after, and doubts are said."""

from __future__ import annotations

from dataclasses import replace

import pytest
import shapely
from django.test import Client

from anlan.kernel.geodesy import wgs84_to_gcj02
from anlan.kernel.reactions import drain
from anlan.messaging.models import Call
from anlan.places.models import Person
from anlan.places.queries import region
from anlan.warning.cap.compose import compose_cap
from anlan.warning.cap.model import CapArea, Circle, NamedValue
from anlan.warning.models import Notice, WarningIntake
from anlan.warning.services import receive_cap
from anlan.warning.shapes import shape_of

from .test_receiving import feed, message, people  # noqa: F401

#: Around the middle of Shijingshan, and far out at sea.
INSIDE = ((39.90, 116.16), (39.90, 116.20), (39.93, 116.20), (39.93, 116.16), (39.90, 116.16))
AT_SEA = ((20.0, 125.0), (20.0, 126.0), (21.0, 126.0), (21.0, 125.0), (20.0, 125.0))
CROSSING = ((39.90, 116.16), (39.93, 116.20), (39.90, 116.20), (39.93, 116.16), (39.90, 116.16))
CODE = "110107000000"


def shaped(polygons=(), circles=(), codes=(), **fields):
    alert = message()
    geocodes = tuple(NamedValue("CPEAS Geographic Code", c) for c in codes)
    area = CapArea("某地", polygons=polygons, circles=circles, geocodes=geocodes)
    return replace(alert, infos=(replace(alert.infos[0], areas=(area,)),), **fields)


def take(ctx, **given):
    """Composing refuses what is unsound, so the unsound shape is put into the written message afterwards."""
    unsound = given.pop("unsound", None)
    data = compose_cap(shaped(**given))
    if unsound:
        old = " ".join(f"{lat:g},{lon:g}" for lat, lon in INSIDE).encode()
        assert old in data
        data = data.replace(old, unsound.encode())
    return receive_cap(ctx, data, "test")


def codes_of(notes):
    return [n["code"] for n in notes]


def test_a_shape_without_codes_stands_for_the_counties_it_touches_and_says_that_streets_have_no_border(feed):  # noqa: F811
    got = take(feed, polygons=(INSIDE,))
    drain()
    assert got.outcome == "accepted"
    assert [r.short_code for r in got.notice.regions.all()] == ["110107"]
    assert codes_of(got.faults)[:2] == ["area_by_shape", "area_part"]
    assert "区界不可得，按所属区处理" in got.faults[1]["message_zh"]
    assert "borders below the county are not available" in got.faults[1]["message_en"]
    assert got.notice.area.contains(got.notice.area.centroid)
    assert got.notice.area.area < region("110107").outline.area / 2, "drawn as it was given, not as the county"
    assert any("区界不可得" in note for note in got.notice.area_notes)
    assert Call.objects.in_world(feed).filter(region__level="township").count() == 9


def test_a_circle_counts_by_its_radius_and_a_point_by_where_it_lies(feed):  # noqa: F811
    wide = take(feed, circles=(Circle(39.91, 116.0, 20),))
    assert [r.name for r in wide.notice.regions.all()] == ["石景山区"]
    assert round(wide.notice.area.transform(32650, clone=True).area / 1e6 / (3.1416 * 20**2), 2) == 1.0, (
        "twenty kilometres around"
    )
    assert (
        take(feed, circles=(Circle(39.91, 115.7, 20),), identifier="11000041600000_20160720115800").outcome == "refused"
    )
    point = take(feed, circles=(Circle(39.91, 116.19, 0),), identifier="11000041600000_20160720115900")
    assert [r.name for r in point.notice.regions.all()] == ["石景山区"]
    assert point.notice.area is not None, "a point is drawn as the county that it lies in"


def test_codes_come_first_and_the_shape_is_only_drawn(feed):  # noqa: F811
    got = take(feed, polygons=(INSIDE,), codes=("110107004000",))
    assert [r.short_code for r in got.notice.regions.all()] == ["110107004"]
    assert got.notice.area.area < region("110107").outline.area / 2
    assert not got.notice.area_notes


def test_a_street_by_code_alone_is_drawn_as_its_county_and_says_so(feed):  # noqa: F811
    got = take(feed, codes=("110107004000",))
    assert codes_of(got.faults) == ["area_no_border"]
    assert got.notice.area.equals_exact(region("110107").outline, 1e-9)
    assert "古城街道" in got.notice.area_notes[0]


def test_a_shape_that_lies_elsewhere_than_its_codes_is_left_out_with_the_reason(feed):  # noqa: F811
    got = take(feed, polygons=(AT_SEA,), codes=(CODE,))
    assert got.outcome == "accepted"
    assert codes_of(got.faults) == ["area_apart"]
    assert got.notice.area.equals_exact(region("110107").outline, 1e-9)


def test_a_shape_in_no_county_known_here_is_refused_and_says_how_to_mend_it(feed):  # noqa: F811
    got = take(feed, polygons=(AT_SEA,))
    assert (got.outcome, codes_of(got.faults)) == ("refused", ["area_outside"])
    assert "WGS84" in got.faults[0]["mend_zh"]
    assert not Notice.objects.in_world(feed).exists()


@pytest.mark.parametrize(
    ("written", "code"),
    [
        (" ".join(f"{lat},{lon}" for lat, lon in CROSSING), "polygon_crossing"),
        ("39.9,516.1 39.9,516.2 40,516.2 39.9,516.1", "polygon_range"),
        ("116.1,39.9 116.2,39.9 116.2,40 116.1,39.9", "polygon_swapped"),
        ("39.9;116.1 39.9;116.2 40;116.2", "polygon_points"),
        ("39.9,116.1 39.9,116.2 40,116.2 40,116.1", "polygon_open"),
    ],
)
def test_an_unsound_shape_refuses_the_message_only_where_no_code_says_which_area_is_meant(feed, written, code):  # noqa: F811
    alone = take(feed, polygons=(INSIDE,), unsound=written)
    assert alone.outcome == "refused"
    assert code in codes_of(alone.faults)
    kept = take(feed, polygons=(INSIDE,), codes=(CODE,), unsound=written)
    assert kept.outcome == "accepted", kept.faults
    assert codes_of(kept.faults) == ["shape_left_out"]
    assert kept.notice.area.equals_exact(region("110107").outline, 1e-9)
    assert [i.outcome for i in WarningIntake.objects.in_world(feed).order_by("at", "id")] == ["refused", "accepted"]
    assert take(feed, polygons=(INSIDE,), codes=(CODE,), unsound=written).outcome == "duplicate"
    other = take(feed, polygons=(INSIDE,), codes=(CODE,), unsound=written, note="另有说明")
    assert codes_of(other.faults) == ["identifier_reused"]


def _comb(teeth, *, upright):
    """A sound outline with long thin teeth."""
    points = [(0, -1)]
    for i in range(teeth):
        points += [(i, 0), (i, teeth), (i + 0.5, teeth), (i + 0.5, 0)]
    points += [(teeth, 0), (teeth, -1), (0, -1)]
    step = 0.1 / teeth
    return tuple((39.9 + step * (y if upright else x), 116.1 + step * (x if upright else y)) for x, y in points)


def test_outlines_woven_into_each_other_cost_no_more_than_others():
    woven = shape_of([_comb(2000, upright=True), _comb(2000, upright=False)], ())
    assert woven.area is not None
    assert shapely.get_num_coordinates(woven.area) < 20
    many = shape_of([tuple((lat + n, lon) for lat, lon in INSIDE) for n in range(-30, 30)], ())
    assert shapely.get_num_coordinates(many.area) == 60 * 5


def test_a_border_drawn_in_the_shifted_coordinates_of_web_maps_is_kept_and_said(feed):  # noqa: F811
    ring = max(shapely.get_parts(shapely.from_wkb(bytes(region("110107").outline.wkb))), key=lambda p: p.area).exterior
    lon, lat = wgs84_to_gcj02(*zip(*ring.coords, strict=True))
    shifted = tuple((round(float(a), 6), round(float(o), 6)) for o, a in zip(lon, lat, strict=True))
    shifted = (*shifted[:-1], shifted[0])
    got = take(feed, polygons=(shifted,), codes=(CODE,))
    assert codes_of(got.faults) == ["area_gcj02"]
    assert "GCJ-02" in got.notice.area_notes[0]
    true = tuple((round(a, 6), round(o, 6)) for o, a in ring.coords)
    right = take(feed, polygons=((*true[:-1], true[0]),), codes=(CODE,), identifier="11000041600000_20160720115900")
    assert codes_of(right.faults) == [], "the same border in WGS84 raises no doubt"


def test_the_page_says_what_is_doubtful_about_the_area(feed):  # noqa: F811
    got = take(feed, polygons=(INSIDE,))
    client = Client()
    client.force_login(Person.objects.get(username="zhibanyuan"))
    assert "区界不可得，按所属区处理" in client.get(got.notice.get_absolute_url()).content.decode()
