"""Where the font files are, for what is drawn as a picture."""

from __future__ import annotations

import functools
import os
from pathlib import Path

from django.utils.translation import gettext as _
from PIL import ImageFont

from anlan.kernel.errors import Refused

_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
_FILES = ("NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular.otf", "NotoSansSC-Regular.otf", "NotoSansSC-Regular.ttf")


class FontMissing(Refused):
    """No font with Chinese characters: a picture would show boxes."""

    status = 503
    code = "font_missing"


@functools.cache
def _place() -> tuple[str, int]:
    """File and index of the simplified Chinese face of Noto Sans CJK."""
    for folder in _FOLDERS:
        for root, _folders, names in os.walk(Path(folder).expanduser()):
            for name in _FILES:
                if name in names:
                    path = os.path.join(root, name)
                    return path, _simplified(path)
    raise FontMissing(
        _("本机没有中文字体，图表中的汉字会显示为方框"),
        mend=_("请系统管理员执行：apt-get install fonts-noto-cjk"),
    )


def _simplified(path: str) -> int:
    """A collection holds one face per region; in the wrong one some characters look Japanese."""
    for index in range(20):
        try:
            face = ImageFont.truetype(path, 10, index=index)
        except OSError:
            break
        if "SC" in (face.getname()[0] or "") and "Mono" not in (face.getname()[0] or ""):
            return index
    return 0


@functools.lru_cache(maxsize=16)
def chart_font(pixels: int) -> ImageFont.FreeTypeFont:
    """Noto Sans CJK SC in this size. Raises FontMissing with the package's name."""
    path, index = _place()
    return ImageFont.truetype(path, pixels, index=index)
