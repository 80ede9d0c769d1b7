"""A criterion of a region's own, put together from the fields of a form. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from ..criteria import CLEAR_AFTER
from .bodies import LEVELS, BadBody, read_body, shipped_bodies
from .table import put_cells

#: Suffixes of the fields of each level, the lowest first, and what stands before them.
LEVEL_ROWS = ((1, _("蓝色 或 IV级")), (2, _("黄色 或 III级")), (3, _("橙色 或 II级")), (4, _("红色 或 I级")))
#: Of one level: ``var_1``, ``fn_1`` …
OF_LEVEL = ("var", "op", "value", "fn", "window")


def hazards_known() -> list[tuple[str, str]]:
    """Hazards that criteria are about, with their names; a new criterion belongs to one of them."""
    found: dict[str, str] = {}
    for body in shipped_bodies().values():
        found.setdefault(body["hazard"], body["zh"])
    return sorted(found.items())


def composed(given: Mapping[str, str]) -> dict[str, Any]:
    """The body of a new criterion: ``id, zh, scheme, hazard, source`` and for each level with a threshold `OF_LEVEL`.

    Raises BadBody; its column is the field of the form.
    """
    said = {name: given.get(name, "").strip() for name in ("id", "zh", "scheme", "hazard", "source")}
    if said["scheme"] not in LEVELS:
        raise BadBody("", "scheme", "请选体系", "预警信号标准或响应条件")
    if said["hazard"] not in dict(hazards_known()):
        raise BadBody("", "hazard", "请选灾种", "从清单里选一种")
    rows = _rows(given, said["scheme"])
    if not rows:
        raise BadBody("", "value_1", "至少要写一个级别的阈值", "不设的级别留空")
    body: dict[str, Any] = {
        **said, "clear_after": CLEAR_AFTER, "hold_off_min": 0, "season": [], "place": None, "confidence": "low", "note": "",
        "levels": [
            {"level": level, "when": {"var": "rain_mm", "op": ">=", "value": 0, "unit": "mm"}} for level, _n, _c in rows
        ],
    }  # fmt: skip
    for level, n, cells in rows:
        try:
            body = put_cells(body, level, "", cells)
        except BadBody as bad:
            raise BadBody(bad.where, f"{bad.column}_{n}", bad.what, bad.mend) from None
    try:
        read_body(body)
    except BadBody as bad:
        raise BadBody(bad.where, _field(bad, rows), bad.what, bad.mend) from None
    return body


def _rows(given: Mapping[str, str], scheme: str) -> list[tuple[str, int, dict[str, str]]]:
    found = []
    for level, (n, _label) in zip(LEVELS[scheme], LEVEL_ROWS, strict=True):
        cells = {name: given.get(f"{name}_{n}", "").strip() for name in OF_LEVEL}
        if cells["value"]:
            found.append((level, n, cells))
    return found


def _field(bad: BadBody, rows: list[tuple[str, int, dict[str, str]]]) -> str:
    """The field of the form that a fault of the whole belongs to."""
    if bad.column == "criterion":
        return "id"
    level = next((n for name, n, _cells in rows if bad.where.endswith(f" {name}")), None)
    return bad.column if level is None else f"{bad.column if bad.column in OF_LEVEL else 'value'}_{level}"
