"""Links to what the site runs itself: video meetings, cameras, devices."""

from __future__ import annotations

from urllib.parse import urlsplit

from anlan.kernel.errors import BadInput
from anlan.kernel.wording import words as _

LONGEST = 300


def https_link(url: str, field: str) -> str:
    """The address, or nothing for nothing. Raises BadInput for anything but a whole https address."""
    url = url.strip()
    if not url:
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme != "https" or not parts.netloc or any(c.isspace() for c in url) or len(url) > LONGEST:
        raise BadInput(_("视频会议链接不对"), field=field, mend=_("请粘贴以 https:// 开头的完整链接"))
    return url
