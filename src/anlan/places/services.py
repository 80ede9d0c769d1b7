"""The only ways to change who is who: people, posts, who holds them, whom to call. Each writes its audit row."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.validators import validate_email
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from anlan.kernel import auditing, clock
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, Conflict

from . import signing_in
from .models import Holding, LadderRung, Organisation, Person, Post, Region

CHANGE_PEOPLE = "places.person.change"
CHANGE_LADDER = "places.ladder.change"


def create_person(
    ctx: Context, *, username: str, name: str, phone: str = "", email: str = "", posts: Iterable[Post] = (),
    administrator: bool = False,
) -> tuple[Person, str]:  # fmt: skip
    """A new account with a temporary password, which is returned once and must be changed at the first sign-in."""
    posts = list(posts)
    _may_change(ctx, [post.region.path for post in posts])
    username, name = username.strip(), name.strip()
    if not username or not name:
        raise BadInput(_("请填写账号和姓名"), field="username" if not username else "name")
    if email:
        _check_email(email)
    password = _temporary_password()
    person = Person(
        username=username, name=name, phone=phone.strip(), email=email.strip(), is_administrator=administrator
    )
    person.set_password(password)
    try:
        with transaction.atomic():
            person.save(force_insert=True)
            _audit(
                ctx, "places.person", person.pk, "created", _("新建人员"), _scope(posts), username=username, name=name
            )
            for post in posts:
                assign_post(ctx, person=person, post=post)
    except IntegrityError:
        raise Conflict(
            _("账号“%(name)s”已有人使用") % {"name": username}, field="username", mend=_("请换一个账号")
        ) from None
    return person, password


def change_person(ctx: Context, *, person: Person, **fields: Any) -> Person:
    """Change name, phone, email, is_active or is_administrator."""
    _may_change(ctx, _paths_of(person))
    if fields.get("email"):
        _check_email(fields["email"])
    return _save_changes(ctx, person, "places.person", _("修改人员"), _scope(_posts_of(person)), fields)


def assign_post(ctx: Context, *, person: Person, post: Post, since: datetime | None = None) -> Holding:
    """Have `person` hold `post` from now (or `since`). Holding it already is no error."""
    ctx.require(CHANGE_PEOPLE, post.region.path)
    with transaction.atomic():
        holding, fresh = Holding.objects.get_or_create(
            person=person, post=post, until=None, defaults={"since": since or clock.real_now()}
        )
        if fresh:
            _audit(
                ctx,
                "places.person",
                person.pk,
                "post_assigned",
                _("任职"),
                post.region.path,
                post=post.code,
                name=post.name,
            )
    return holding


def end_post(ctx: Context, *, person: Person, post: Post) -> None:
    """`person` holds `post` no more; what it allowed ends with the next request."""
    ctx.require(CHANGE_PEOPLE, post.region.path)
    with transaction.atomic():
        if Holding.objects.filter(person=person, post=post, until=None).update(until=clock.real_now()):
            _audit(
                ctx,
                "places.person",
                person.pk,
                "post_ended",
                _("免职"),
                post.region.path,
                post=post.code,
                name=post.name,
            )


def reset_password(ctx: Context, *, person: Person) -> str:
    """A temporary password, returned once. Sessions of the old one end; it must be changed at the next sign-in."""
    _may_change(ctx, _paths_of(person))
    password = _temporary_password()
    with transaction.atomic():
        person.set_password(password)
        person.must_change_password = True
        person.save(update_fields=["password", "must_change_password"])
        _audit(ctx, "places.person", person.pk, "password_reset", _("重置密码"), _scope(_posts_of(person)))
    return password


def unlock(ctx: Context, *, person: Person) -> None:
    """Forget the failures so far."""
    _may_change(ctx, _paths_of(person))
    with transaction.atomic():
        person.failed_attempts, person.locked_until = 0, None
        person.save(update_fields=["failed_attempts", "locked_until"])
        signing_in.forgive(person.username)
        _audit(ctx, "places.person", person.pk, "unlocked", _("解锁"), _scope(_posts_of(person)))


def save_organisation(ctx: Context, *, organisation: Organisation, **fields: Any) -> Organisation:
    """Create or change an organisation."""
    return _save_row(ctx, organisation, "places.organisation", _("修改机构"), organisation.region.path, fields)


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


def _may_change(ctx: Context, paths: list[str]) -> None:
    """The right on every path concerned; for somebody without posts, the right anywhere."""
    for path in paths or [next(iter(ctx.paths(CHANGE_PEOPLE)), "-")]:
        ctx.require(CHANGE_PEOPLE, path)


def _posts_of(person: Person) -> list[Post]:
    return list(Post.objects.filter(holdings__person=person, holdings__until=None).select_related("region"))


def _paths_of(person: Person) -> list[str]:
    return [post.region.path for post in _posts_of(person)]


def _scope(posts: list[Post]) -> str:
    return min((post.region.path for post in posts), key=len, default="")


def _check_email(email: str) -> None:
    from django.core.exceptions import ValidationError

    try:
        validate_email(email)
    except ValidationError:
        raise BadInput(_("“%(email)s”不是邮箱地址") % {"email": email}, field="email") from None


def _temporary_password() -> str:
    """Four groups of letters and digits that cannot be mistaken for one another when read out on the phone."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _i in range(4)) for _g in range(4))


def _save_row(ctx: Context, row: Any, kind: str, label: str, scope: str, fields: dict[str, Any]) -> Any:
    ctx.require("places.organisation.change", scope)
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
        for name, value in fields.items():
            before = getattr(stored, name)
            if before != value:
                changes[name] = [_plain(before), _plain(value)]
            setattr(row, name, value)
        if changes:
            row.save(update_fields=list(changes))
            _audit(ctx, kind, row.pk, "changed", label, scope, changes=changes)
    return row


def _plain(value: Any) -> Any:
    return str(value.pk) if isinstance(value, models.Model) else value


def _audit(ctx: Context, kind: str, pk: Any, verb: str, label: str, scope: str, **data: Any) -> None:
    auditing.record(ctx, action=f"{kind}.{verb}", label=label, object_type=kind, object_id=pk, scope=scope, data=data)
