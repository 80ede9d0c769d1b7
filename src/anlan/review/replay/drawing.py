"""A drawing marked 模拟照片, for reports that would come with a photo."""

from __future__ import annotations

import io
from datetime import datetime

from django.utils.timezone import localtime
from PIL import Image, ImageDraw

from anlan.kernel.documents.fonts import chart_font

SIZE = (960, 640)


def draw_scene(text: str, at: datetime) -> bytes:
    """PNG of a rainy street in a few lines. It can be mistaken for nothing else: the mark goes across the whole picture."""
    image = Image.new("RGB", SIZE, "#dfe5ea")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 400, *SIZE), fill="#9fb0bd")
    for x in range(-200, SIZE[0], 38):
        draw.line((x, 40, x + 120, 400), fill="#b9c5ce", width=2)
    for number, left in enumerate((90, 330, 640)):
        draw.rectangle((left, 190 - 30 * number, left + 190, 400), outline="#5b6b78", width=4)
    for y in (450, 500, 560):
        draw.arc((-60, y, SIZE[0] + 60, y + 60), 190, 350, fill="#f4f7f9", width=4)
    draw.rectangle((0, 0, SIZE[0], 76), fill="#1f2d3a")
    draw.text((24, 16), "模拟照片 · 演练", fill="white", font=chart_font(40))
    draw.rectangle((0, SIZE[1] - 84, SIZE[0], SIZE[1]), fill="#1f2d3a")
    said = f"{localtime(at):%Y-%m-%d %H:%M}  {text}"
    draw.text((24, SIZE[1] - 70), said[:44], fill="white", font=chart_font(21))
    draw.text((24, SIZE[1] - 38), said[44:88], fill="white", font=chart_font(21))
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()
