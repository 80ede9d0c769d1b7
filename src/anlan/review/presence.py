"""Who is at work in a world: nobody plays a post whose holder is there."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db.models import Q

from anlan.kernel import clock
from anlan.kernel.context import Context
from anlan.places.models import Person, Post

from .models import Presence

#: A page asks again at least this often while somebody works; whoever was silent longer has left.
LEFT_AFTER = timedelta(minutes=5)
NOTED_EVERY = timedelta(seconds=30)


def note_presence(ctx: Context) -> None:
    """Remember that the person of `ctx` is in its world; writes at most once in half a minute."""
    kind, _sep, person = ctx.actor.key.partition(":")
    if kind != "person" or not ctx.is_exercise or ctx.actor.simulated:
        return
    now = clock.real_now()
    fresh = Presence.objects.filter(person_id=person, world_id=ctx.world, seen_at__gt=now - NOTED_EVERY)
    if not fresh.exists():
        Presence.objects.update_or_create(person_id=person, world_id=ctx.world, defaults={"seen_at": now})


def leave(ctx: Context) -> None:
    """The person signs out: from now on the post may be played."""
    kind, _sep, person = ctx.actor.key.partition(":")
    if kind == "person":
        Presence.objects.filter(person_id=person).delete()


def people_present(world: uuid.UUID) -> list[Person]:
    """People seen in the world within the last minutes."""
    since = clock.real_now() - LEFT_AFTER
    seen = Presence.objects.filter(world_id=world, seen_at__gt=since)
    return list(Person.objects.filter(pk__in=seen.values("person_id"), is_active=True))


def posts_held_by(people: list[Person]) -> set[str]:
    """Codes of the posts that these people hold now."""
    now = clock.real_now()
    held = Q(holdings__until__isnull=True) | Q(holdings__until__gt=now)
    return set(
        Post.objects.filter(held, holdings__person__in=people, holdings__since__lte=now).values_list("code", flat=True)
    )
