"""What each operator and function takes and gives, the same whether it runs in the database or over columns."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.contrib.gis.gdal import GDALException
from django.contrib.gis.geos import GEOSException, GEOSGeometry
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from anlan.kernel.errors import BadInput

from .grammar import Call, Denied, Joined, Literal, Node, Operation, Path
from .tokens import EPOCH

NAMES = {
    "text": gettext_lazy("文字"), "number": gettext_lazy("数字"), "time": gettext_lazy("时间"), "truth": gettext_lazy("真假"),
    "shape": gettext_lazy("图形"), "interval": gettext_lazy("时段"), "duration": gettext_lazy("时长"),
    "nothing": gettext_lazy("空值"), "object": gettext_lazy("一组字段"), "json": gettext_lazy("自定字段"),
}  # fmt: skip
_TIMES = ("year", "month", "day", "hour", "minute", "second", "fractionalseconds", "totaloffsetminutes")
_RELATIONS = ("intersects", "within", "equals", "disjoint", "touches", "overlaps", "crosses", "contains")
#: Functions: kinds of the arguments, kind of the result.
SIGNATURES: dict[str, tuple[tuple[str, ...], str]] = {
    **dict.fromkeys(("substringof", "contains", "startswith", "endswith"), (("text", "text"), "truth")),
    "length": (("text",), "number"), "indexof": (("text", "text"), "number"),
    "substring": (("text", "number", "number"), "text"), "concat": (("text", "text"), "text"),
    **dict.fromkeys(("tolower", "toupper", "trim"), (("text",), "text")),
    **dict.fromkeys(_TIMES, (("time",), "number")),
    **dict.fromkeys(("round", "floor", "ceiling"), (("number",), "number")),
    "geo.distance": (("shape", "shape"), "number"), "geo.length": (("shape",), "number"),
    "geo.intersects": (("shape", "shape"), "truth"),
    **dict.fromkeys((f"st_{name}" for name in _RELATIONS), (("shape", "shape"), "truth")),
}  # fmt: skip


def mismatch(wanted: str, given: str, where: str) -> BadInput:
    return BadInput(
        _("%(where)s 要的是%(wanted)s，给的是%(given)s")
        % {"where": where, "wanted": NAMES.get(wanted, wanted), "given": NAMES.get(given, given)},
        mend=_("文字要加单引号，时间和数字不加"),
        field="$filter",
    )


def unknown_path(path: Path) -> BadInput:
    return BadInput(
        _("没有“%(path)s”这个属性") % {"path": str(path)[:60]},
        mend=_("请核对名称，大小写要与标准一致"),
        field="$filter",
    )


def shape_of(wkt: str) -> GEOSGeometry:
    """A shape in WGS84 from WKT. Raises BadInput for what is no shape, has no place on Earth or crosses itself."""
    try:
        shape = GEOSGeometry(wkt, srid=4326)
    except (GEOSException, GDALException, ValueError, TypeError):
        raise BadInput(
            _("图形“%(wkt)s”读不懂") % {"wkt": wkt[:40]},
            mend=_("请写成 geography'POINT(116.18 39.91)' 的样子，先经度后纬度"),
        ) from None
    west, south, east, north = shape.extent if not shape.empty else (0.0, 0.0, 0.0, 0.0)
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise BadInput(
            _("图形“%(wkt)s”不在地球上") % {"wkt": wkt[:40]}, mend=_("先写经度（-180 到 180），后写纬度（-90 到 90）")
        )
    if not shape.valid:
        raise BadInput(_("图形自己与自己相交：%(why)s") % {"why": shape.valid_reason[:80]}, mend=_("请改正图形的边线"))
    return shape


def settled(node: Node, now: datetime) -> Node:
    """The expression with all that is known beforehand put in: ``now()`` and sums of instants and durations."""
    if isinstance(node, Call):
        return _settled_call(replace(node, args=tuple(settled(a, now) for a in node.args)), now)
    if isinstance(node, Operation):
        return _settled_operation(replace(node, left=settled(node.left, now), right=settled(node.right, now)))
    if isinstance(node, Joined):
        return replace(node, parts=tuple(settled(p, now) for p in node.parts))
    if isinstance(node, Denied):
        return Denied(settled(node.part, now))
    return node


def _settled_call(node: Call, now: datetime) -> Node:
    moments = {
        "now": now,
        "mindatetime": datetime(1, 1, 1, tzinfo=EPOCH.tzinfo),
        "maxdatetime": datetime.max.replace(tzinfo=EPOCH.tzinfo),
    }
    if node.name in moments:
        return Literal("time", (moments[node.name] - EPOCH) // timedelta(microseconds=1))
    return node


def _settled_operation(node: Operation) -> Node:
    left, right = node.left, node.right
    if node.operator in ("add", "sub") and isinstance(left, Literal) and isinstance(right, Literal):
        sign = 1 if node.operator == "add" else -1
        if left.kind in ("time", "duration") and right.kind == "duration":
            return Literal(left.kind, left.value + sign * right.value)
    return node


def moment_of(us: Any) -> datetime:
    """An instant of a literal. Raises BadInput beyond the years 1 to 9999."""
    try:
        return EPOCH + timedelta(microseconds=int(us))
    except OverflowError:
        raise BadInput(_("时间超出了公元 1 年到 9999 年"), mend=_("请核对时间和时长")) from None
