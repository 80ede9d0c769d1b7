"""Command posts at a scene on the phone: come, safe, gone, pressed where there is no line and counted at the time it was pressed."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from anlan.command.headquarters.site_services import SIGN, report_safe, sign_in, sign_out
from anlan.command.models import SitePost, SitePresence
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, Conflict

#: Nobody is called to more scenes at once.
MOST = 10


def my_sites(ctx: Context) -> list[dict[str, Any]]:
    """Running posts that concern this person, among the tasks: those of the own units and posts, of the own street, and wherever the
    person is signed in."""
    if not ctx.paths(SIGN):
        return []
    here = SitePresence.objects.in_world(ctx).filter(person_key=ctx.actor.key, left_at=None)
    rows = (
        SitePost.objects.visible_to(ctx)
        .open()
        .filter(
            Q(shared_with__overlap=sorted(ctx.keys))
            | Q(scope__in=sorted({g.path for g in ctx.grants}))
            | Exists(here.filter(site_post=OuterRef("pk")))
        )
        .select_related("incident")
        .annotate(mine=Exists(here.filter(site_post=OuterRef("pk"))))
        .order_by("-opened_at")[:MOST]
    )
    return [_shown(post) for post in rows]


def _shown(post: Any) -> dict[str, Any]:
    fields = [
        {"name": "headcount", "label": _("连同本人共几人"), "kind": "int", "unit": _("人"), "required": False, "choices": []},
        {"name": "group", "label": _("工作组"), "kind": "choice", "unit": "", "required": False,
         "choices": [[g["id"], g["name"]] for g in post.groups]},
    ]  # fmt: skip
    come = {
        "name": "sign_in",
        "label": _("到场签到"),
        "main": True,
        "fields": [f["name"] for f in fields],
        "evidence": True,
    }
    safe = {"name": "safe", "label": _("报平安"), "main": True, "fields": [], "evidence": False}
    gone = {"name": "out", "label": _("签离"), "main": False, "fields": [], "evidence": False}
    return {
        "id": str(post.pk), "title": _("现场指挥部：%(title)s") % {"title": post.incident.title}, "detail": post.place, "place": "",
        "due": None, "state": "here" if post.mine else "away", "state_label": _("已签到") if post.mine else _("未签到"),
        "fields": [] if post.mine else fields, "steps": [safe, gone] if post.mine else [come],
        "page": {"url": f"{post.get_absolute_url()}sign/", "label": _("为队伍签到")},
    }  # fmt: skip


def sign_from_phone(
    ctx: Context, post: SitePost, *, step: Any, given: Any, item: uuid.UUID, made_at: datetime | None
) -> dict[str, Any]:
    """Come, safe or gone as it was pressed. In an exercise the time is that of its own clock. Raises BadInput, Conflict, NotAllowed."""
    at = None if ctx.is_exercise else made_at
    given = given if isinstance(given, dict) else {}
    if step == "sign_in":
        group = given.get("group")
        made = sign_in(
            ctx, site_post=post, group=group if isinstance(group, str) else "", headcount=given.get("headcount") or 1,
            client_id=item, at=at,
        )  # fmt: skip
        return {"record": str(made.pk)}
    verbs = {"safe": report_safe, "out": sign_out}
    if step not in verbs:
        raise BadInput(_("没有这一步"), field="step", mend=_("请刷新后重试"))
    mine = SitePresence.objects.visible_to(ctx).filter(site_post=post, person_key=ctx.actor.key, left_at=None).first()
    if mine is None:
        raise Conflict(_("您在这个现场没有未签离的签到"), mend=_("请刷新后查看；再次到场请重新签到"))
    return {"record": str(verbs[step](ctx, presence=mine, at=at).pk)}
