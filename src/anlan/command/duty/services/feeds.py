"""The secret address of a person's own calendar: made, read, revoked."""

from __future__ import annotations

import hashlib
import secrets

from django.db import transaction

from anlan.command.models import DutyFeed
from anlan.kernel import auditing, clock
from anlan.kernel.context import Context
from anlan.kernel.errors import NotAllowed, NotFound
from anlan.kernel.wording import words as _
from anlan.places.models import Person
from anlan.places.queries import person_of


def make_feed(ctx: Context) -> str:
    """A fresh secret for the actor's own calendar, shown once; the one before it stops working."""
    person = _self(ctx)
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        Person.objects.select_for_update().get(pk=person.pk)
        _revoke(person)
        made = DutyFeed.objects.create(person=person, digest=_digest(secret), made_at=clock.real_now())
        _log(ctx, made, "make", _("生成日历订阅地址"))
    return secret


def revoke_feed(ctx: Context) -> bool:
    """The actor's own address works no more; False when there was none."""
    person = _self(ctx)
    with transaction.atomic():
        live = DutyFeed.objects.filter(person=person, revoked_at__isnull=True).first()
        if live is None:
            return False
        _revoke(person)
        _log(ctx, live, "revoke", _("停用日历订阅地址"))
    return True


def person_behind(secret: str) -> Person:
    """Whose calendar a secret opens. Raises NotFound for one that is unknown, revoked, or of somebody who may not sign in any more."""
    feed = DutyFeed.objects.filter(digest=_digest(secret), revoked_at__isnull=True, person__is_active=True).first()
    if feed is None:
        raise NotFound()
    DutyFeed.objects.filter(pk=feed.pk).update(read_at=clock.real_now())
    return feed.person


def live_feed(person: Person) -> DutyFeed | None:
    return DutyFeed.objects.filter(person=person, revoked_at__isnull=True).first()


def _self(ctx: Context) -> Person:
    person = person_of(ctx)
    if person is None:
        raise NotAllowed()
    return person


def _revoke(person: Person) -> None:
    DutyFeed.objects.filter(person=person, revoked_at__isnull=True).update(revoked_at=clock.real_now())


def _log(ctx: Context, feed: DutyFeed, verb: str, label: str) -> None:
    auditing.record(
        ctx,
        action=f"command.duty_feed.{verb}",
        object_type="command.duty_feed",
        object_id=feed.pk,
        scope=feed.person.scope,
        label=label,
    )


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
