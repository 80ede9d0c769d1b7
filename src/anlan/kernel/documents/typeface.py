"""Typefaces and measures of GB/T 9704—2012, 5.2: A4, type area 156 mm × 225 mm, 22 lines of 28 characters."""

from __future__ import annotations

from dataclasses import dataclass

PAGE_MM = (210.0, 297.0)
TOP_MM, BOTTOM_MM, LEFT_MM, RIGHT_MM = 37.0, 35.0, 28.0, 26.0
AREA_MM = (156.0, 225.0)

POINTS_PER_MM = 72 / 25.4
AREA_PT = (AREA_MM[0] * POINTS_PER_MM, AREA_MM[1] * POINTS_PER_MM)

# Type sizes by their Chinese number, in points.
SIZE_2, SIZE_SMALL_2, SIZE_3, SIZE_4, SIZE_SMALL_4 = 22.0, 18.0, 16.0, 14.0, 12.0

LINE_PT = 28.95
"""22 lines fill 225 mm (637.8 pt)."""

SQUEEZE_PT = -0.3
"""28 characters of 16 pt are 448 pt, the area is 442.2 pt wide: each character gives a little. With less than this LibreOffice
drops a mark that hangs over the end of a full line, from one paragraph in six."""

CHARACTER_PT = SIZE_3 + SQUEEZE_PT

RED = "D7000F"


@dataclass(frozen=True, slots=True)
class Typeface:
    """Font family per role: `title` 小标宋, `body` 仿宋, `heading` 黑体, `second` 楷体, `page` (numbers) 宋体."""

    title: str
    body: str
    heading: str
    second: str
    page: str
    title_bold: bool = False
    second_bold: bool = False


SUBSTITUTES = Typeface(
    title="Noto Serif CJK SC",
    body="Noto Serif CJK SC",
    heading="Noto Sans CJK SC",
    second="Noto Serif CJK SC",
    page="Noto Serif CJK SC",
    title_bold=True,
    second_bold=True,
)
"""Free fonts that every installation has (Debian package fonts-noto-cjk)."""

LICENSED = Typeface(title="方正小标宋简体", body="仿宋_GB2312", heading="黑体", second="楷体_GB2312", page="宋体")
"""For an authority whose machines hold the licensed fonts."""
