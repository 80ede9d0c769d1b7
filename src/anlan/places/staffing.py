"""Who holds which post from when to when: appointing, handing over, relieving. The past is kept, nobody appoints oneself."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.timezone import localtime

from anlan.kernel import auditing, clock
from anlan.kernel.access import tell_access_changed
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, Refused
from anlan.kernel.wording import words as _

from .keeping import CHANGE_PEOPLE, require_keeping
from .models import Holding, Person, Post


def hand_over(
    ctx: Context, *, post: Post, to: Person | None, at: datetime | None = None, relieves: Iterable[Person] = (), note: str = "",
    until: datetime | None = None,
) -> Holding | None:  # fmt: skip
    """`to` holds the post from `at` (now when None; it may lie ahead), and whoever is relieved holds it until then. `until`: when
    it ends by itself (a post that is lent for a shift).

    `relieves`: present holders whose time ends at `at`; the others go on beside the new one. `to=None` only relieves.
    Raises NotAllowed (foreign post or person, appointing oneself), BadInput (dates), Conflict (out of use, holds it already).
    """
    demand_reality(ctx)
    _require(ctx, post)
    now = clock.real_now()
    at, relieves = at or now, list(relieves)
    if to is None and not relieves:
        raise BadInput(_("请填写接任人，或勾选要免职的人"), field="to", mend=_("两者至少有一样"))
    with transaction.atomic():
        post = Post.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=post.pk)
        for person in relieves:
            _relieve(ctx, post, person, at, note)
        return _appoint(ctx, post, to, at, note, until) if to is not None else None


def withdraw(ctx: Context, *, holding: Holding) -> None:
    """Take back an appointment that has not begun."""
    demand_reality(ctx)
    _require(ctx, holding.post)
    with transaction.atomic():
        mine = Holding.objects.select_for_update().get(pk=holding.pk)
        if mine.since <= clock.real_now():
            raise Conflict(_("这项任职已经开始"), mend=_("请改为免职，任职经过会保留"))
        mine.delete()
        _log(ctx, mine.post, mine.person, "post_withdrawn", _("撤销任职安排"), {"since": mine.since})


def demand_reality(ctx: Context) -> None:
    """People and posts are the same in every world."""
    if ctx.is_exercise:
        raise Refused(_("演练中不能改动人员和任职：它们是各方共用的"), mend=_("退出演练、回到实况后再改"))


def _require(ctx: Context, post: Post) -> None:
    for path in {post.region.path, post.organisation.region.path}:
        ctx.require(CHANGE_PEOPLE, path)


def _appoint(
    ctx: Context, post: Post, person: Person, at: datetime, note: str, until: datetime | None = None
) -> Holding:
    if person.key == ctx.actor.key:
        raise NotAllowed(_("不能给自己任职"), field="to", mend=_("请由另一位管理员办理"))
    if not person.is_active:
        raise Conflict(
            _("“%(name)s”的账号已停用") % {"name": person.name}, field="to", mend=_("请先恢复使用，或换一个人")
        )
    if post.is_retired:
        raise Conflict(_("这个岗位已停用"), mend=_("请先恢复使用"))
    if person.is_administrator:
        require_keeping(ctx, person)
    going_on = Holding.objects.filter(person=person, post=post).exclude(until__lte=at)
    if going_on.exists():
        raise Conflict(
            _("“%(name)s”到那时已在任") % {"name": person.name}, field="to", mend=_("请换一个人，或核对起任时间")
        )
    holding = Holding.objects.create(person=person, post=post, since=at, until=until)
    said = {"name": post.name, "at": f"{localtime(at):%Y-%m-%d %H:%M}"}
    _log(ctx, post, person, "post_assigned", _("任职：%(name)s，自 %(at)s") % said, {"since": at, "reason": note})
    return holding


def _relieve(ctx: Context, post: Post, person: Person, at: datetime, note: str) -> None:
    held = Holding.objects.filter(Holding.now(), person=person, post=post).first()
    if held is None:
        raise Conflict(_("“%(name)s”现在不任这个岗位") % {"name": person.name}, mend=_("请刷新后再办"))
    if at <= held.since:
        raise BadInput(
            _("离任时间早于“%(name)s”的到任时间") % {"name": person.name}, field="at", mend=_("请核对日期和时间")
        )
    held.until = at
    held.save(update_fields=["until"])
    said = {"name": post.name, "at": f"{localtime(at):%Y-%m-%d %H:%M}"}
    _log(ctx, post, person, "post_ended", _("免职：%(name)s，至 %(at)s") % said, {"until": at, "reason": note})


def _log(ctx: Context, post: Post, person: Person, verb: str, label: str, data: dict[str, object]) -> None:
    """In the history of the person and of the post; what the post allowed is read anew by open pages."""
    about = {"post": post.code, "name": post.name, **data}
    auditing.record(
        ctx, action=f"places.person.{verb}", label=label, object_type="places.person", object_id=person.pk,
        scope=post.scope, data=about,
    )  # fmt: skip
    auditing.record(
        ctx, action=f"places.post.{verb}", label=f"{person.name} {label}", object_type="places.post", object_id=post.pk,
        scope=post.scope, data={**about, "person": person.username},
    )  # fmt: skip
    tell_access_changed(ctx, person.key)
