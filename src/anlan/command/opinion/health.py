"""Whether feeds of public opinion still say something."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from anlan.command.models import OpinionFeed
from anlan.kernel.health import Verdict, add_check, add_gauge

from .queries import FeedState, feed_states

PAGE = "/opinion/feeds/"


def _troubled() -> list[FeedState]:
    rows = OpinionFeed.objects.unscoped("a figure of the whole platform").filter(retired_at__isnull=True)
    return [s for s in feed_states(rows.select_related("health")) if s.trouble]


def _look() -> Verdict:
    bad = _troubled()
    if not bad:
        return Verdict("ok")
    names = "、".join(s.feed.name for s in bad[:3])
    text = _("%(n)d 个舆情来源读不到或没有新内容：%(names)s") % {"n": len(bad), "names": names}
    return Verdict("trouble", text, _("请核对地址、网络和对方服务；不再使用的请停用"), PAGE)


add_gauge(
    "anlan_feeds_silent", "Feeds of public opinion that cannot be read or have brought nothing for longer than they should.",
    lambda: len(_troubled()), title=gettext_lazy("沉默的舆情来源"), group="readings", url=PAGE, limit=0, order=40,
)  # fmt: skip
add_check("command.feeds", gettext_lazy("舆情来源读得到"), _look, order=60)
