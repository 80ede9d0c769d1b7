"""雨情: what was measured, with the chart of the station that matters most and the maxima of all."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from anlan.kernel.documents import Column, Figure, Line, Paragraph, Table, bar_chart

from .gathering import Gauge, Story

ZONE = ZoneInfo("Asia/Shanghai")
WINDOWS = (1, 3, 6, 12, 24)


def rain_blocks(story: Story) -> list[Any]:
    """A sentence, the chart with running total, the table of maxima: of the gauge with the most rain, which comes first."""
    head = story.gauges[0]
    return [Paragraph(_said(head)), _chart(head), _table(story)]


def _said(gauge: Gauge) -> str:
    parts = [f"{gauge.name}累计降雨{gauge.total:g}毫米"]
    for hours in (1, 3, 24):
        best = gauge.maxima[hours]
        if best:
            parts.append(f"最大{hours}小时雨量{best[0]:g}毫米（截至{_at(best[1])}）")
    return "，".join(parts) + ("；缺测时次按缺测列示，不计为零。" if gauge.missing else "。")


def _at(moment: datetime) -> str:
    local = moment.astimezone(ZONE)
    return f"{local.day}日{local.hour}时"


def _chart(gauge: Gauge) -> Figure:
    times = sorted(gauge.hours)
    values = [gauge.hours[t] for t in times]
    running, total = [], 0.0
    for value in values:
        total += value or 0.0
        running.append(round(total, 1))
    labels = [f"{t.astimezone(ZONE).day}日{t.astimezone(ZONE).hour}时" for t in times]
    image = bar_chart(labels, values, label="小时雨量（毫米）", line=Line(tuple(running), "累计（毫米）"))
    return Figure(
        image, f"{gauge.name}逐小时雨量", alt=f"{gauge.name}逐小时雨量柱状图，累计{gauge.total:g}毫米",
        note="每根柱为截至该时刻的一小时雨量。",
    )  # fmt: skip


def _table(story: Story) -> Table:
    rows = []
    for gauge in story.gauges:
        cells: list[object] = [gauge.name, f"{gauge.total:g}"]
        for window in WINDOWS:
            best = gauge.maxima[window]
            cells.append(f"{best[0]:g}" if best else None)
        rows.append((*cells, gauge.missing or "0"))
    columns = (
        Column("站点", 2.4), Column("累计", 1, "right"), *(Column(f"{w}小时", 1, "right") for w in WINDOWS), Column("缺测", 0.8, "right"),
    )  # fmt: skip
    return Table(columns, tuple(rows), caption="各站累计雨量和各时段最大雨量（毫米）")
