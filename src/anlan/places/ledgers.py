"""The ledgers of who there is: organisations, the posts in them, and the people."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from anlan.kernel import clock
from anlan.kernel.context import Context
from anlan.kernel.ledgers import BulkAction, Field, Ledger, add_ledger

from .keeping import CHANGE_PEOPLE, guard_organisation, guard_person, guard_post, tell_change
from .models import Holding, Organisation, Person, Post
from .roles import role_choices


def _choose_passwords(ctx: Context, ledger: Ledger, rows: list[Person]) -> HttpResponse:
    """The passwords are shown on a page of their own, once."""
    return redirect(f"{reverse('people-passwords')}?{urlencode([('id', row.pk) for row in rows])}")


def _of_organisation(ctx: Context, row: Organisation) -> list[dict[str, Any]]:
    posts = Post.objects.visible_to(ctx).filter(organisation=row, retired_at__isnull=True)
    posts = posts.prefetch_related("holdings__person")
    below = Organisation.objects.visible_to(ctx).filter(parent=row, retired_at__isnull=True)
    return [
        _related(gettext("岗位"), [(p.name, p.get_absolute_url(), p.holders or gettext("无人在任")) for p in posts]),
        _related(gettext("下级单位"), [(o.name, o.get_absolute_url(), "") for o in below]),
    ]


def _of_post(ctx: Context, row: Post) -> list[dict[str, Any]]:
    held = Holding.objects.filter(post=row).select_related("person").order_by("-since")
    seen = set(Person.objects.visible_to(ctx).filter(holdings__post=row).values_list("pk", flat=True))
    return [
        _related(
            gettext("任职"),
            [(f"{h.person.name} {span(h)}", h.person.get_absolute_url() if h.person_id in seen else "", _word(h)) for h in held],
        )
    ]  # fmt: skip


def _of_person(ctx: Context, row: Person) -> list[dict[str, Any]]:
    held = Holding.objects.filter(person=row).select_related("post__organisation").order_by("-since")
    seen = set(Post.objects.visible_to(ctx).filter(holdings__person=row).values_list("pk", flat=True))
    rows = [
        (f"{h.post.organisation} · {h.post.name} {span(h)}", h.post.get_absolute_url() if h.post_id in seen else "", _word(h))
        for h in held
    ]  # fmt: skip
    return [_related(gettext("任职"), rows)]


def _related(title: str, rows: list[tuple[str, str, str]]) -> dict[str, Any]:
    items = [{"text": text, "url": url, "state": state, "phase": ""} for text, url, state in rows]
    return {"title": title, "items": items or [{"text": gettext("没有"), "url": "", "state": ""}]}


def span(held: Holding) -> str:
    """From when to when, as a person reads it."""
    since = f"{localtime(held.since):%Y-%m-%d %H:%M}"
    until = f"{localtime(held.until):%Y-%m-%d %H:%M}" if held.until else gettext("今")
    return gettext("%(since)s 至 %(until)s") % {"since": since, "until": until}


def _word(held: Holding) -> str:
    if held.is_current:
        return gettext("在任")
    return gettext("未到任") if held.since > clock.real_now() else gettext("已离任")


def _for_post(ctx: Context, row: Post) -> list[dict[str, Any]]:
    if row.is_retired or not ctx.may(CHANGE_PEOPLE, row.scope):
        return []
    return [{"label": gettext("任职与交接…"), "url": reverse("post-handover", args=[row.pk])}]


def _for_person(ctx: Context, row: Person) -> list[dict[str, Any]]:
    if row.is_retired or not ctx.may(CHANGE_PEOPLE, row.scope):
        return []
    return [{"label": gettext("账号与密码…"), "url": reverse("person-account", args=[row.pk])}]


add_ledger(
    Ledger(
        key="places.organisation", model=Organisation, title=_("单位"), order=90, guard=guard_organisation, follow=tell_change,
        related=_of_organisation,
        fields=[
            Field("code", search=True, fixed=True, aliases=("单位编号",)), Field("name", search=True, aliases=("单位名称",)),
            Field("short_name", search=True, listed=False), Field("kind", filter=True),
            Field("parent", filter=True), Field("duty_phone", search=True, listed=False),
            Field("actor", listed=False, filter=True, help=_("预案和任务卡用这个代号找到它，如 water、town")),
        ],
    ),
    Ledger(
        key="places.post", model=Post, title=_("岗位"), order=91, ordering=("scope", "rank"), guard=guard_post,
        follow=tell_change, related=_of_post, actions=_for_post, prefetch=("holdings__person",),
        fields=[
            Field("code", search=True, fixed=True, listed=False, aliases=("岗位编号",)),
            Field("name", search=True, aliases=("岗位名称",)), Field("organisation", filter=True),
            Field("holders", computed=True, label=_("现任")),
            Field("roles", filter=True, choices=role_choices(), help=_("角色决定在这个区划里能看什么、做什么")),
            Field("rank", listed=False),
        ],
        empty=_("先录入单位，再在单位下录入岗位；任职在岗位的页面上办理。"),
    ),
    Ledger(
        key="places.person", model=Person, title=_("人员"), order=92, identity=("username",), ordering=("scope", "username"),
        guard=guard_person, follow=tell_change, related=_of_person, actions=_for_person, prefetch=("holdings__post",),
        fields=[
            Field("username", search=True, fixed=True, aliases=("登录名",)), Field("name", search=True, aliases=("人员姓名",)),
            Field("posts_held", computed=True, label=_("现任岗位")), Field("phone", search=True), Field("email", listed=False, search=True),
            Field("standing", computed=True, label=_("账号状态")),
        ],
        bulk=(BulkAction("passwords", _("发放临时密码"), _choose_passwords),),
        empty=_("可以逐条新增或用表格导入；之后发放临时密码，并在岗位的页面上任职。"),
    ),
)  # fmt: skip
