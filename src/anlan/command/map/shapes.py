"""What somebody has drawn, read strictly: a point, a line or an area as GeoJSON (WGS84)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.gis.geos import GEOSGeometry, LineString, Point

from anlan.kernel.errors import BadInput
from anlan.kernel.layers.within import MAX_CORNERS, read_area, read_position
from anlan.kernel.wording import words as _

TYPES = {"point": "Point", "line": "LineString", "area": "Polygon"}


def read_shape(kind: str, given: Any) -> GEOSGeometry:
    """The geometry of a sign of `kind` (point, line, area). Raises BadInput that says what is wrong with the drawing."""
    if not isinstance(given, Mapping) or given.get("type") != TYPES[kind]:
        raise BadInput(
            _("图形与符号不符：这个符号要画成%(kind)s") % {"kind": {"point": "点", "line": "线", "area": "面"}[kind]},
            field="geometry", mend=_("请换一个符号，或重新画"),
        )  # fmt: skip
    if kind == "area":
        return read_area({"geometry": given}).outline
    if kind == "point":
        return Point(*read_position(given.get("coordinates"), "geometry"), srid=4326)
    return _line(given.get("coordinates"))


def _line(given: Any) -> LineString:
    if not isinstance(given, list):
        raise BadInput(_("没有读懂这条线"), field="geometry", mend=_("请重新画一次"))
    if len(given) > MAX_CORNERS:
        raise BadInput(
            _("这条线有 %(now)d 个点，最多 %(n)d 个") % {"now": len(given), "n": MAX_CORNERS},
            field="geometry",
            mend=_("请把线画得简单些，或分成几段"),
        )
    corners = [read_position(corner, "geometry") for corner in given]
    if len(set(corners)) < 2:
        raise BadInput(_("至少要两个不同的点才成为线"), field="geometry", mend=_("请再点一个点"))
    return LineString(corners, srid=4326)
