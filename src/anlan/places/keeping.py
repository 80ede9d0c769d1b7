"""Rules of the ledgers of people, posts and organisations that go beyond the region of a row: nobody reaches past it.

A post counts where its organisation is, a person wherever any of the posts held lies. Nobody changes the rights of a post
that he or she holds, and accounts of system administrators are kept by system administrators.
"""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from anlan.kernel import clock
from anlan.kernel.access import tell_access_changed
from anlan.kernel.context import EVERYTHING, Context
from anlan.kernel.errors import BadInput, Conflict, NotAllowed
from anlan.kernel.telephone import clean_number

from .models import Holding, LadderRung, Organisation, Person, Post, Region

CHANGE_PEOPLE = "places.person.change"
CHANGE_POSTS = "places.post.change"
_CODE = re.compile(r"[a-z0-9][a-z0-9._-]*", re.IGNORECASE)
_TAKEN_WORDS = {"new", "map", "bulk", "views", "import"}


def guard_organisation(ctx: Context, row: Organisation, verb: str) -> None:
    """Its code is free and can stand in an address; it does not lie under itself; nothing in use hangs on it when it goes."""
    row.region = Region.objects.get(path=row.scope)
    if verb in ("create", "change") and row.duty_phone:
        row.duty_phone = checked_number(row.duty_phone)
    if verb == "create":
        _demand_code(row.code, Organisation.objects.filter(code=row.code).exists())
    above: Any = row.parent
    while above is not None:
        if above.pk == row.pk:
            raise BadInput(_("上级单位不能是它自己或它的下级"), field="parent", mend=_("请换一个上级单位"))
        above = above.parent
    if verb == "retire":
        posts = Post.objects.filter(organisation=row, retired_at__isnull=True).count()
        below = Organisation.objects.filter(parent=row, retired_at__isnull=True).count()
        if posts or below:
            raise Conflict(
                _("还有 %(posts)d 个在用岗位、%(below)d 个下级单位") % {"posts": posts, "below": below},
                mend=_("请先停用或改挂这些岗位和下级单位"),
            )


def checked_number(text: str, field: str = "duty_phone") -> str:
    """A telephone number in plain digits. Raises BadInput naming the field."""
    try:
        return clean_number(text)
    except ValueError:
        raise BadInput(
            _("“%(text)s”不是电话号码") % {"text": text[:40]}, field=field, mend=_("写成 010-68607000 的样子")
        ) from None


def guard_post(ctx: Context, row: Post, verb: str) -> None:
    """Whoever gives a post an organisation keeps that one and the one before too; nobody changes the rights of a post of one's own."""
    row.region = Region.objects.get(path=row.scope)
    stored = None if verb == "create" else Post.objects.select_related("organisation__region").get(pk=row.pk)
    for organisation in [row.organisation, *([stored.organisation] if stored else [])]:
        if not ctx.may(CHANGE_POSTS, organisation.region.path):
            raise NotAllowed(
                _("“%(name)s”不在您管理的区划内") % {"name": organisation.name}, field="organisation",
                mend=_("请由管理该单位的管理员办理"), permission=CHANGE_POSTS, path=organisation.region.path,
            )  # fmt: skip
    if stored is None:
        _demand_code(row.code, Post.objects.filter(code=row.code).exists())
        return
    held = list(Holding.objects.filter(Holding.now(), post=row).select_related("person").order_by("since", "pk"))
    reach = (set(stored.roles), stored.organisation_id, stored.scope)
    if any(h.person.key == ctx.actor.key for h in held) and reach != (set(row.roles), row.organisation_id, row.scope):
        raise NotAllowed(_("不能改动自己所任岗位的角色、单位和区划"), field="roles", mend=_("请由另一位管理员办理"))
    if verb == "retire":
        if held:
            names = "、".join(h.person.name for h in held)
            raise Conflict(_("%(names)s 还在任") % {"names": names}, mend=_("请先在“任职与交接”里免职"))
        if Holding.objects.filter(post=row, until__isnull=True).exists():
            raise Conflict(_("这个岗位已安排了接任人"), mend=_("请先撤销尚未到任的安排"))
        rungs = LadderRung.objects.filter(post=row).count()
        if rungs:
            raise Conflict(_("这个岗位在 %(n)d 个联络梯次里") % {"n": rungs}, mend=_("请先把联络梯次改到别的岗位"))


def guard_person(ctx: Context, row: Person, verb: str) -> None:
    """Kept by whoever may keep people everywhere the person serves. Out of use means: no sign-in, and every session ends."""
    check_email(row.email)
    if verb == "create":
        _demand_code(row.username, Person.objects.filter(username=row.username).exists(), field="username")
        row.set_unusable_password()
        return
    require_keeping(ctx, row)
    if verb == "retire":
        if row.key == ctx.actor.key:
            raise NotAllowed(_("不能停用自己的账号"), mend=_("请由另一位管理员办理"))
        row.is_active = False
        row.sessions_ended += 1
    elif verb == "restore":
        row.is_active = True


def require_keeping(ctx: Context, person: Person) -> None:
    """Raise NotAllowed unless `ctx` may keep people where this account is kept and everywhere the person serves or is going to."""
    held = Holding.objects.filter(person=person).exclude(until__lte=clock.real_now())
    serving = Post.objects.filter(pk__in=held.values("post_id"))
    for path in {person.scope, *serving.values_list("scope", flat=True)}:
        if not ctx.may(CHANGE_PEOPLE, path):
            raise NotAllowed(
                _("“%(name)s”在您管理的区划之外还有账号归属或任职") % {"name": person.name},
                mend=_("请由上级管理员办理"), permission=CHANGE_PEOPLE, path=path,
            )  # fmt: skip
    if person.is_administrator and not administers(ctx):
        raise NotAllowed(_("这是系统管理员的账号"), mend=_("请由系统管理员办理"))


def administers(ctx: Context) -> bool:
    """Whether the context is that of a system administrator (or of the platform itself)."""
    if any(EVERYTHING in g.permissions for g in ctx.grants):
        return True
    kind, _sep, pk = ctx.actor.key.partition(":")
    return kind == "person" and Person.objects.filter(pk=pk, is_administrator=True, is_active=True).exists()


def tell_change(ctx: Context, row: Organisation | Post | Person, verb: str) -> None:
    """Open pages of whoever is concerned read their rights anew."""
    tell_access_changed(ctx, row.key)


def check_email(email: str) -> None:
    """Raise BadInput for what is no address; empty is fine."""
    try:
        validate_email(email or "a@example.org")
    except ValidationError:
        raise BadInput(
            _("“%(email)s”不是邮箱地址") % {"email": email}, field="email", mend=_("如：name@example.org")
        ) from None


def _demand_code(code: str, taken: bool, *, field: str = "code") -> None:
    if not _CODE.fullmatch(code) or code.lower() in _TAKEN_WORDS:
        raise BadInput(
            _("“%(code)s”不能用：只用字母、数字、点、横线和下划线") % {"code": code[:40]},
            field=field,
            mend=_("请换一个"),
        )
    if taken:
        raise BadInput(
            _("“%(code)s”已有人使用，停用的也算") % {"code": code},
            field=field,
            mend=_("请换一个，或把原来那条恢复使用"),
        )
