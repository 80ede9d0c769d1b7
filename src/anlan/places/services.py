"""The only ways to change who is who: people, posts, who holds them, whom to call. Each writes its audit row."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, models, transaction

from anlan.kernel import auditing, clock
from anlan.kernel.access import tell_access_changed
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, Conflict, NotAllowed
from anlan.kernel.wording import words as _

from . import signing_in
from .keeping import CHANGE_PEOPLE, administers, check_email, require_keeping
from .models import Holding, LadderRung, Organisation, Person, Post, Region
from .staffing import demand_reality, hand_over

CHANGE_LADDER = "places.ladder.change"


def create_person(
    ctx: Context, *, username: str, name: str, phone: str = "", email: str = "", posts: Iterable[Post] = (),
    administrator: bool = False, region: Region | None = None,
) -> tuple[Person, str]:  # fmt: skip
    """A new account with a temporary password, which is returned once and must be changed at the first sign-in.

    `region` keeps the account; without one, the region of the foremost post does.
    """
    posts = sorted(posts, key=lambda post: post.rank)
    home = region.path if region is not None else posts[0].region.path if posts else _highest(ctx)
    for path in {home, *(post.region.path for post in posts)}:
        ctx.require(CHANGE_PEOPLE, path)
    if administrator and not administers(ctx):
        raise NotAllowed(_("只有系统管理员能开设系统管理员账号"))
    username, name = username.strip(), name.strip()
    if not username or not name:
        raise BadInput(_("请填写账号和姓名"), field="username" if not username else "name")
    check_email(email)
    password = _temporary_password()
    person = Person(
        username=username,
        name=name,
        phone=phone.strip(),
        email=email.strip(),
        is_administrator=administrator,
        scope=home,
    )
    person.set_password(password)
    try:
        with transaction.atomic():
            person.save(force_insert=True)
            _audit(ctx, "places.person", person.pk, "created", _("新建人员"), home, username=username, name=name)
            for post in posts:
                assign_post(ctx, person=person, post=post)
    except IntegrityError:
        raise Conflict(
            _("账号“%(name)s”已有人使用") % {"name": username}, field="username", mend=_("请换一个账号")
        ) from None
    return person, password


def change_person(ctx: Context, *, person: Person, **fields: Any) -> Person:
    """Change name, phone, email, is_active or is_administrator. Whoever is deactivated is signed out everywhere."""
    require_keeping(ctx, person)
    if "is_administrator" in fields and (not administers(ctx) or person.key == ctx.actor.key):
        raise NotAllowed(_("系统管理员的身份只能由另一位系统管理员改动"))
    check_email(fields.get("email", ""))
    if fields.get("is_active") is False and person.key == ctx.actor.key:
        raise NotAllowed(_("不能停用自己的账号"), mend=_("请由另一位管理员办理"))
    if "is_active" in fields:
        stopped = not fields["is_active"]
        fields |= {"retired_at": clock.real_now() if stopped else None, "retired_why": _("账号停用") if stopped else ""}
        fields["sessions_ended"] = Person.objects.get(pk=person.pk).sessions_ended + stopped
    return _save_changes(ctx, person, "places.person", _("修改人员"), person.scope, fields)


def assign_post(ctx: Context, *, person: Person, post: Post, since: datetime | None = None) -> Holding:
    """Have `person` hold `post` from now (or `since`). Holding it already is no error."""
    held = Holding.objects.filter(person=person, post=post, until=None).first()
    if held is not None:
        ctx.require(CHANGE_PEOPLE, post.region.path)
        return held
    made = hand_over(ctx, post=post, to=person, at=since)
    assert made is not None
    return made


def end_post(ctx: Context, *, person: Person, post: Post) -> None:
    """`person` holds `post` no more; what it allowed ends with the next request. Not holding it is no error."""
    ctx.require(CHANGE_PEOPLE, post.region.path)
    if Holding.objects.filter(Holding.now(), person=person, post=post).exists():
        hand_over(ctx, post=post, to=None, relieves=[person])


def reset_password(ctx: Context, *, person: Person) -> str:
    """A temporary password, returned once. Sessions of the old one end; it must be changed at the next sign-in."""
    demand_reality(ctx)
    require_keeping(ctx, person)
    if not person.is_active:
        raise Conflict(_("“%(name)s”的账号已停用") % {"name": person.name}, mend=_("请先恢复使用"))
    password = _temporary_password()
    with transaction.atomic():
        person.set_password(password)
        person.must_change_password = True
        person.save(update_fields=["password", "must_change_password"])
        _audit(ctx, "places.person", person.pk, "password_reset", _("重置密码"), person.scope)
    return password


def reset_passwords(ctx: Context, *, people: Iterable[Person]) -> list[tuple[Person, str]]:
    """Temporary passwords for several people, all or none."""
    with transaction.atomic():
        return [(person, reset_password(ctx, person=person)) for person in people]


def is_locked(person: Person) -> bool:
    """Whether the name is locked at this moment after failed attempts."""
    return signing_in.locked_until(person.username) is not None


def unlock(ctx: Context, *, person: Person) -> None:
    """Forget the failures so far."""
    require_keeping(ctx, person)
    with transaction.atomic():
        person.failed_attempts, person.locked_until = 0, None
        person.save(update_fields=["failed_attempts", "locked_until"])
        signing_in.forgive(person.username)
        _audit(ctx, "places.person", person.pk, "unlocked", _("解锁"), person.scope)


def save_organisation(ctx: Context, *, organisation: Organisation, **fields: Any) -> Organisation:
    """Create or change an organisation."""
    return _save_row(ctx, organisation, "places.organisation", _("修改单位"), organisation.region.path, fields)


def save_post(ctx: Context, *, post: Post, **fields: Any) -> Post:
    """Create or change a post. Roles count from the next request of whoever holds it."""
    return _save_row(ctx, post, "places.post", _("修改岗位"), post.region.path, fields)


def set_ladder(ctx: Context, *, region: Region, rungs: Iterable[tuple[Post, int]]) -> list[LadderRung]:
    """Replace the contact ladder of a region: posts in order, each with minutes past the one before."""
    ctx.require(CHANGE_LADDER, region.path)
    rungs = list(rungs)
    if len({post.pk for post, _minutes in rungs}) != len(rungs):
        raise BadInput(_("同一岗位在联络梯次中出现了两次"), field="rungs")
    with transaction.atomic():
        before = [r.post.code for r in LadderRung.objects.filter(region=region).select_related("post")]
        LadderRung.objects.filter(region=region).delete()
        rows = LadderRung.objects.bulk_create(
            [
                LadderRung(region=region, order=i, post=post, after_min=minutes)
                for i, (post, minutes) in enumerate(rungs)
            ]
        )
        now = [post.code for post, _minutes in rungs]
        _audit(ctx, "places.ladder", region.code, "changed", _("修改联络梯次"), region.path, before=before, after=now)
    return rows


def _highest(ctx: Context) -> str:
    """The highest region in which `ctx` keeps people: where an account is kept that has no post yet."""
    return next(iter(ctx.paths(CHANGE_PEOPLE)), "-")


def _temporary_password() -> str:
    """Four groups of letters and digits that cannot be mistaken for one another when read out on the phone."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _i in range(4)) for _g in range(4))


def _save_row(ctx: Context, row: Any, kind: str, label: str, scope: str, fields: dict[str, Any]) -> Any:
    ctx.require(f"{kind}.change", scope)
    if row._state.adding:
        for name, value in fields.items():
            setattr(row, name, value)
        with transaction.atomic():
            row.save(force_insert=True)
            _audit(ctx, kind, row.pk, "created", _("新建"), scope, name=str(row))
        return row
    return _save_changes(ctx, row, kind, label, scope, fields)


def _save_changes(ctx: Context, row: Any, kind: str, label: str, scope: str, fields: dict[str, Any]) -> Any:
    """Save the given fields; the audit keeps before and after of those that differ."""
    with transaction.atomic():
        stored = type(row).objects.select_for_update().get(pk=row.pk)
        changes: dict[str, Any] = {}
        was: dict[str, Any] = {}
        for name, value in fields.items():
            before = getattr(stored, name)
            if before != value:
                was[name], changes[name] = _plain(before), _plain(value)
            setattr(row, name, value)
        if changes:
            row.updated_at = clock.real_now()
            kept = {"updated_at", *changes} | ({"scope"} if "region" in changes else set())
            row.save(update_fields=list(kept))
            _audit(ctx, kind, row.pk, "changed", label, scope, before=was, after=changes)
    return row


def _plain(value: Any) -> Any:
    return str(value.pk) if isinstance(value, models.Model) else value


def _audit(ctx: Context, kind: str, pk: Any, verb: str, label: str, scope: str, **data: Any) -> None:
    auditing.record(ctx, action=f"{kind}.{verb}", label=label, object_type=kind, object_id=pk, scope=scope, data=data)
    _tell(ctx, kind, pk)


def _tell(ctx: Context, kind: str, pk: Any) -> None:
    """Whatever is written about a person, a post or a body may change what somebody sees: open pages look again."""
    if kind == "places.person":
        tell_access_changed(ctx, f"person:{pk}")
    elif kind == "places.post":
        tell_access_changed(ctx, Post.objects.get(pk=pk).key)
    elif kind == "places.organisation":
        tell_access_changed(ctx, Organisation.objects.get(pk=pk).key)
