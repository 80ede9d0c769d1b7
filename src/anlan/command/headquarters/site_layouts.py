"""What a command post at the scene keeps beside its log: links to the site's own systems, plans of the area."""

from __future__ import annotations

from django.db import transaction

from anlan.command.map.plotting import marks_of
from anlan.command.models import SitePost
from anlan.command.services.links import https_link
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, Conflict, NotFound
from anlan.kernel.texts import whole_line
from anlan.kernel.wording import words as _

from .site_services import running_for, write_entry

MOST_LINKS, MOST_LAYOUTS, MOST_SIGNS, MOST_TITLE = 12, 12, 300, 60


def set_links(ctx: Context, *, site_post: SitePost, links: list[tuple[str, str]]) -> SitePost:
    """The video meeting, cameras and devices of the scene as (name, https address). Raises BadInput, Conflict, NotAllowed."""
    kept = []
    for name, url in links:
        name, url = whole_line(name, MOST_TITLE, "name", _("名称")), https_link(url, "url")
        if bool(name) != bool(url):
            raise BadInput(_("名称和链接要一起写"), field="url", mend=_("例如：现场视频会议，https://…"))
        kept += [{"name": name, "url": url}] if url else []
    if len(kept) > MOST_LINKS:
        raise BadInput(_("最多 %(n)d 个链接") % {"n": MOST_LINKS}, field="url", mend=_("请留最常用的"))
    with transaction.atomic():
        held = running_for(ctx, site_post)
        held.links = kept
        held.save(update_fields=["links"])
        write_entry(ctx, held, _("现场链接：%(names)s") % {"names": "、".join(k["name"] for k in kept) or "—"}, "")
    return held


def keep_layout(ctx: Context, *, site_post: SitePost, title: str = "") -> SitePost:
    """Keep what is drawn on the incident's map now as the plan of the area; earlier plans stay. Raises Conflict (nothing is drawn)."""
    title = whole_line(title, MOST_TITLE, "title", _("名称")) or str(_("现场布置图"))
    with transaction.atomic():
        held = running_for(ctx, site_post)
        features = marks_of(ctx, held.incident)
        if not features:
            raise Conflict(_("事件一张图上还没有标绘"), mend=_("先在一张图上画出指挥部、车位、警戒线和通道"))
        if len(features) > MOST_SIGNS:
            raise Conflict(
                _("一份布置图最多 %(n)d 处标绘，图上有 %(now)d 处") % {"n": MOST_SIGNS, "now": len(features)},
                mend=_("请先去掉不需要的标绘"),
            )
        if sum("removed_at" not in kept for kept in held.layouts) >= MOST_LAYOUTS:
            raise Conflict(_("最多存 %(n)d 份布置图") % {"n": MOST_LAYOUTS}, mend=_("请先撤下不再需要的"))
        held.layouts = [
            *held.layouts,
            {"title": title, "at": ctx.now().isoformat(), "by": ctx.actor.signature, "features": features},
        ]
        held.save(update_fields=["layouts"])
        write_entry(ctx, held, _("存为布置图：%(title)s，%(n)d 处标绘") % {"title": title, "n": len(features)}, "")
    return held


def drop_layout(ctx: Context, *, site_post: SitePost, number: int) -> SitePost:
    """Take a kept plan (`number` from 1) off the page; it stays in the record, and the log says who took it off. Off already: nothing.
    Raises NotFound, Conflict, NotAllowed."""
    with transaction.atomic():
        held = running_for(ctx, site_post)
        if not 0 < number <= len(held.layouts):
            raise NotFound()
        gone = held.layouts[number - 1]
        if "removed_at" not in gone:
            held.layouts[number - 1] = {**gone, "removed_at": ctx.now().isoformat(), "removed_by": ctx.actor.signature}
            held.save(update_fields=["layouts"])
            write_entry(ctx, held, _("撤下布置图：%(title)s") % {"title": gone["title"]}, "")
    return held
