"""A bar chart for paper: one quantity per period as bars, its running total as a line, readable in black and white."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from .fonts import chart_font

_INK, _GREY, _FAINT, _BAR, _LINE = "#1a1a1a", "#666666", "#d9d9d9", "#4a6b8a", "#1a1a1a"


@dataclass(frozen=True, slots=True)
class Line:
    """A running total drawn over the bars with an axis of its own on the right."""

    values: tuple[float | None, ...]
    label: str


def bar_chart(
    labels: Sequence[str],
    values: Sequence[float | None],
    *,
    label: str,
    missing_label: str = "缺测",
    line: Line | None = None,
    width_mm: float = 150.0,
    height_mm: float = 78.0,
    dpi: int = 300,
) -> bytes:
    """Draw the chart and return PNG bytes.

    `values` has one figure ≥ 0 or None per label; None is drawn as a hatched slot named `missing_label`, never as a bar
    of height 0. `label` names the quantity with its unit, e.g. "小时雨量（毫米）". The largest bar carries its figure.
    Raises ValueError for unequal lengths or figures below 0, FontMissing without a Chinese font.
    """
    if len(labels) != len(values) or (line and len(line.values) != len(values)):
        raise ValueError("labels, values and line must have the same length")
    if any(value is not None and (value < 0 or not math.isfinite(value)) for value in values):
        raise ValueError("bars are drawn for finite values of 0 and more")
    scale = dpi / 25.4
    size = (round(width_mm * scale), round(height_mm * scale))
    image = Image.new("RGB", size, "white")
    plot = _Plot(ImageDraw.Draw(image), size, scale, bool(line))
    top = _nice(max((v for v in values if v is not None), default=0.0))
    plot.axis(top, label, left=True)
    plot.bars(labels, values, top, missing_label)
    if line:
        most = _nice(max((v for v in line.values if v is not None), default=0.0))
        plot.axis(most, line.label, left=False)
        plot.curve(line.values, most)
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True, dpi=(dpi, dpi))
    return out.getvalue()


def _nice(most: float) -> float:
    """The round figure at or above `most` that divides into five steps."""
    if most <= 0:
        return 5.0
    power = 10 ** math.floor(math.log10(most))
    for factor in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10):
        if factor * power >= most * 1.02:
            return factor * power
    return 10.0 * power


class _Plot:
    def __init__(self, draw: ImageDraw.ImageDraw, size: tuple[int, int], scale: float, two_axes: bool) -> None:
        self.draw, self.scale = draw, scale
        self.font = chart_font(round(3.2 * scale))
        self.left, self.right = round(10 * scale), size[0] - round((12 if two_axes else 3) * scale)
        self.top, self.bottom = round(9 * scale), size[1] - round(9 * scale)
        self.thin = max(1, round(0.15 * scale))

    def y(self, value: float, top: float) -> float:
        return self.bottom - (self.bottom - self.top) * value / top

    def axis(self, top: float, label: str, *, left: bool) -> None:
        draw, gap = self.draw, round(1.2 * self.scale)
        for step in range(6):
            value = top * step / 5
            y = self.y(value, top)
            if left:
                draw.line((self.left, y, self.right, y), fill=_GREY if step == 0 else _FAINT, width=self.thin)
            place, anchor = ((self.left - gap, y), "rm") if left else ((self.right + gap, y), "lm")
            draw.text(place, f"{value:g}", fill=_GREY, font=self.font, anchor=anchor)
        place, anchor = (
            ((self.thin, self.thin), "la") if left else ((self.right + round(11 * self.scale), self.thin), "ra")
        )
        key = round(3 * self.scale)
        x = place[0] if left else place[0] - self.font.getlength(label) - key - gap
        middle = place[1] + self.font.size * 0.65
        if left:
            draw.rectangle((x, middle - key / 3, x + key, middle + key / 3), fill=_BAR)
        else:
            draw.line((x, middle, x + key, middle), fill=_LINE, width=self.thin * 3)
        draw.text((x + key + gap, place[1]), label, fill=_INK, font=self.font, anchor="la")

    def bars(self, labels: Sequence[str], values: Sequence[float | None], top: float, missing: str) -> None:
        if not values:
            return
        step = (self.right - self.left) / len(values)
        most = max((v for v in values if v is not None), default=0.0)
        widest = max(self.font.getlength(text) for text in labels)
        every = max(1, math.ceil((widest + 1.5 * self.scale) / step))
        named = False
        for number, (text, value) in enumerate(zip(labels, values, strict=True)):
            x0, x1 = self.left + step * (number + 0.15), self.left + step * (number + 0.85)
            middle = (x0 + x1) / 2
            if value is None:
                self._hatch(x0, x1)
                if not named:
                    self.draw.text((middle, self.top + self.scale), missing, fill=_GREY, font=self.font, anchor="ma")
                    named = True
            elif value > 0:
                self.draw.rectangle((x0, self.y(value, top), x1, self.bottom), fill=_BAR)
                if value == most:
                    above = (middle, self.y(value, top) - 0.6 * self.scale)
                    self.draw.text(above, f"{value:g}", fill=_INK, font=self.font, anchor="ms")
            if number % every == 0:
                self.draw.text((middle, self.bottom + self.scale), text, fill=_GREY, font=self.font, anchor="ma")

    def _hatch(self, x0: float, x1: float) -> None:
        y = float(self.top + 6 * self.scale)
        while y < self.bottom - (x1 - x0):
            self.draw.line((x0, y + (x1 - x0), x1, y), fill=_FAINT, width=self.thin * 2)
            y += 2 * self.scale

    def curve(self, values: Sequence[float | None], top: float) -> None:
        step = (self.right - self.left) / max(1, len(values))
        run: list[tuple[float, float]] = []
        for number, value in enumerate([*values, None]):
            if value is not None:
                run.append((self.left + step * (number + 0.5), self.y(value, top)))
                continue
            if len(run) > 1:
                self.draw.line(run, fill=_LINE, width=self.thin * 3, joint="curve")
            elif run:
                x, y = run[0]
                r = self.scale * 0.5
                self.draw.ellipse((x - r, y - r, x + r, y + r), fill=_LINE)
            run = []
