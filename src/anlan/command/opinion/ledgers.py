"""The ledgers of public opinion: the feeds that are read, a region's own sensitive words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from anlan.command.models import OpinionFeed, OpinionWord
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput
from anlan.kernel.fetching import web_address
from anlan.kernel.ledgers import Field, Ledger, add_ledger


def _guard_feed(ctx: Context, row: OpinionFeed, verb: str) -> None:
    if verb in ("create", "change"):
        address = web_address(row.url)
        if not address:
            raise BadInput(
                _("地址不是完整的网址"), field="url", mend=_("请写 http:// 或 https:// 开头的网址，不带用户名和密码")
            )
        row.url = address


def _of_feed(ctx: Context, row: OpinionFeed) -> list[dict[str, Any]]:
    from django.utils.translation import gettext

    health = getattr(row, "health", None)
    if health is None or health.tried_at is None:
        items = [{"text": gettext("还没有读过，将在几分钟内读取"), "url": "/opinion/feeds/", "state": ""}]
    else:
        said = health.error or gettext("读得到，共带来 %(n)d 条") % {"n": health.brought}
        items = [{"text": said, "url": "/opinion/feeds/", "state": ""}]
    return [{"title": gettext("读取情况"), "items": items}]


add_ledger(
    Ledger(
        key="command.opinion_feed", model=OpinionFeed, title=_("舆情来源"), stage="command", order=92, identity=("url",),
        ordering=("scope", "name"), guard=_guard_feed, related=_of_feed,
        fields=[
            Field("name", search=True, aliases=("来源名称",)), Field("url", search=True, aliases=("网址", "RSS")),
            Field("kind", filter=True), Field("local", filter=True), Field("every_min", unit=_("分钟"), listed=False),
            Field("silent_hours", unit=_("小时"), listed=False),
        ],
        empty=_("录入网站、论坛或监测服务的 RSS、Atom 或 JSON Feed 地址，平台按间隔读取。"),
    ),
    Ledger(
        key="command.opinion_word", model=OpinionWord, title=_("敏感词"), stage="command", order=93, identity=("word",),
        name_field="word", ordering=("scope", "word"),
        fields=[Field("word", search=True), Field("group", filter=True)],
        empty=_("平台自带的词不在这里；录入本辖区还要留意的词。"),
    ),
)  # fmt: skip
