"""A handbook as the rows of a form, and the form read back into content. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from anlan.kernel.errors import BadInput
from anlan.kernel.facts import CONFIDENCES

from .content import HOUR_MIN, Handbook, Line

TITLES = {
    "stop_lines": gettext_lazy("停止线"), "first_hour": gettext_lazy("第一小时（处置卡以外）"), "key_points": gettext_lazy("要点"),
    "dangers": gettext_lazy("救援人员的危险"), "call": gettext_lazy("叫谁来"),
}  # fmt: skip
COLUMNS: dict[str, tuple[str, ...]] = {
    "stop_lines": ("zh",), "first_hour": ("within_min", "who", "zh"), "key_points": ("zh",), "dangers": ("zh", "act"),
    "call": ("who", "zh"),
}  # fmt: skip
ASKED = ("source", "confidence")
SPARE = 3
MOST_LINES = 60
MOST_TEXT = 500


def form_rows(book: Handbook, given: Any = None) -> dict[str, list[dict[str, str]]]:
    """The rows of each part, with spare ones at the end; what was typed (`given`) before what is kept."""
    found = {}
    for part, columns in COLUMNS.items():
        rows = _typed(given, part) if given is not None else [_row(one, columns) for one in _lines(book, part)]
        found[part] = [*rows, *({c: "" for c in (*columns, *ASKED)} for _n in range(SPARE))]
    return found


def drafted(before: Mapping[str, Any], given: Any, region: Any) -> dict[str, Any]:
    """The content that the form says, on the ground of the version before. Raises BadInput naming the line.

    A line without a source is the region's own suggestion, however sure its author is.
    """
    content = {**before, "edition": _("%(place)s自编") % {"place": region.name}}
    content["about"] = str(given.get("about", "")).strip() or before["about"]
    content["basis"] = list(dict.fromkeys(t.strip() for t in str(given.get("basis", "")).splitlines() if t.strip()))
    for part, columns in COLUMNS.items():
        rows = [r for r in _typed(given, part) if any(r[c] for c in columns if c != "who") or r["source"]]
        if len(rows) > MOST_LINES:
            raise BadInput(_("“%(part)s”最多 %(n)d 条") % {"part": TITLES[part], "n": MOST_LINES}, field=part)
        content[part] = [_entry(part, n, row) for n, row in enumerate(rows, 1)]
    return content


def _entry(part: str, number: int, row: dict[str, str]) -> dict[str, Any]:
    def wrong(what: str, mend: str = "") -> BadInput:
        where = _("“%(part)s”第 %(n)d 条：%(what)s") % {"part": TITLES[part], "n": number, "what": what}
        return BadInput(where, field=part, mend=mend)

    entry: dict[str, Any] = {}
    for column in COLUMNS[part]:
        text = row[column]
        if not text:
            raise wrong(_("没有写全"), _("补写，或清空整条"))
        if len(text) > MOST_TEXT:
            raise wrong(_("最多 %(n)d 字，现有 %(now)d 字") % {"n": MOST_TEXT, "now": len(text)})
        if column == "within_min":
            if not (text.isascii() and text.isdecimal() and len(text) <= 2 and int(text) <= HOUR_MIN):
                raise wrong(_("时限应是 0 到 60 的分钟数"))
            entry[column] = int(text)
        else:
            entry[column] = text
    if len(row["source"]) > MOST_TEXT:
        raise wrong(_("依据最多 %(n)d 字") % {"n": MOST_TEXT})
    if row["source"]:
        entry |= {
            "source": row["source"],
            "confidence": row["confidence"] if row["confidence"] in CONFIDENCES else "low",
        }
    return entry


def _lines(book: Handbook, part: str) -> tuple[Line, ...]:
    return {
        "stop_lines": book.stop_lines, "first_hour": book.own_first_hour, "key_points": book.key_points,
        "dangers": book.dangers, "call": book.call,
    }[part]  # fmt: skip


def _row(one: Line, columns: tuple[str, ...]) -> dict[str, str]:
    said = {"zh": one.zh, "act": one.act, "who": one.who, "within_min": str(one.within_min)}
    return {
        **{c: said[c] for c in columns},
        "source": "" if one.provenance.suggested else one.provenance.source,
        "confidence": one.provenance.confidence,
    }  # fmt: skip


def _typed(given: Any, part: str) -> list[dict[str, str]]:
    columns = (*COLUMNS[part], *ASKED)
    lists = [given.getlist(f"{part}.{c}") for c in columns]
    rows = [dict(zip(columns, (str(v).strip() for v in row), strict=True)) for row in zip(*lists, strict=False)]
    return [r for r in rows if any(v for c, v in r.items() if c not in ("who", "confidence"))]
