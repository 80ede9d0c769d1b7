"""From a signed-in person to the context of a request: posts held now, their grants, the world the person is in."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db.models import DateTimeField, Q, QuerySet, UUIDField
from django.http import parse_cookie

from anlan.kernel import clock
from anlan.kernel.asking import Open, ask
from anlan.kernel.context import Actor, Context, Grant
from anlan.kernel.models import World
from anlan.kernel.worlds import REAL

from .models import Holding, Person
from .permissions import permissions_by_role

WORLD_KEY = "anlan_world"
#: Set when an exercise was chosen that had ended already: one that ends under a person's hands does not keep the person.
LOOKING_KEY = "anlan_world_looking"
#: Who a person is does not depend on who asks.
_ANYBODY = Context(Actor("system:identity", ""))


def context_of(
    person: Person, *, world: uuid.UUID = REAL, cause: str = "", language: str = "zh-hans", simulated: bool = False
) -> Context:
    """The context in which `person` acts now. Posts that ended a moment ago give nothing any more."""
    return contexts_of([person], world=world, cause=cause, language=language, simulated=simulated)[person.pk]


def contexts_of(
    people: Sequence[Person], *, world: uuid.UUID = REAL, cause: str = "", language: str = "zh-hans", simulated: bool = False
) -> dict[Any, Context]:  # fmt: skip
    """The contexts of many people by their ids, as `context_of` gives them, in a few queries."""
    now = clock.real_now()
    if len(people) == 1:
        holdings = ask(_ANYBODY, _held, person=people[0].pk, now=now)
    else:
        # For many, short queries: as one, a freshly loaded database plans it as a product of the tables.
        running = Holding.objects.filter(Q(until__isnull=True) | Q(until__gt=now), person__in=people, since__lte=now)
        holdings = list(running.prefetch_related("post__region", "post__organisation").order_by("post__rank"))
    table = permissions_by_role()
    held: dict[Any, list[Holding]] = defaultdict(list)
    for holding in holdings:
        held[holding.person_id].append(holding)
    reading = clock.read(world)
    found: dict[Any, Context] = {}
    for person in people:
        grants: list[Grant] = []
        keys: set[str] = {person.key}
        for post in (holding.post for holding in held[person.pk]):
            keys |= {post.key, post.organisation.key, *_region_keys(post.region.path)}
            grants += [Grant(role, post.region.path, table.get(role, frozenset())) for role in post.roles]
        found[person.pk] = Context(
            actor=Actor(key=person.key, name=person.name, post=_titles(held[person.pk]), simulated=simulated),
            grants=tuple(grants),
            keys=frozenset(keys),
            world=world,
            cause=cause,
            language=language,
            reading=reading,
            ends_at=min((h.until for h in held[person.pk] if h.until is not None), default=None),
        )
    return found


def _held(_ctx: Context) -> QuerySet[Holding]:
    """What one person holds at a moment."""
    now = Open("now", DateTimeField())
    running = Holding.objects.filter(
        Q(until__isnull=True) | Q(until__gt=now), person=Open("person", UUIDField()), since__lte=now
    )
    # Each request asks for one: the outline of a county would be the greater part of the answer.
    rows = running.select_related("post__region", "post__organisation")
    return rows.defer("post__region__outline", "post__region__position").order_by("post__rank")


def contexts_of_keys(keys: Sequence[str]) -> dict[str, Context]:
    """The contexts of people by their keys (``person:<id>``), for what acts in their name while they are away. Whoever may not sign
    in any more is left out.
    """
    ids = [key.removeprefix("person:") for key in keys if key.startswith("person:")]
    people = list(Person.objects.filter(pk__in=ids, is_active=True))
    found = contexts_of(people) if people else {}
    return {person.key: found[person.pk] for person in people}


def _titles(held: list[Holding]) -> str:
    return "、".join(holding.post.name for holding in held)


def _region_keys(path: str) -> set[str]:
    """Membership of the region and of all above it: what is shared with a district is shared with its streets."""
    return {f"in:{code}" for code in path.split("/") if code}


def world_of(session: Any, ctx_paths: tuple[str, ...]) -> uuid.UUID:
    """The world chosen in this session; otherwise the running exercise the person's region takes part in.

    A person who chose the real world stays there. An exercise that has ended is entered by choice only, to be looked at.
    """
    running = list(World.objects.filter(ended_at__isnull=True, kind=World.Kind.EXERCISE).order_by("-anchor_real"))
    chosen = session.get(WORLD_KEY)
    if chosen == str(REAL):
        return REAL
    for world in running:
        if chosen == str(world.pk) and takes_part(world, ctx_paths):
            return world.pk
    if chosen and session.get(LOOKING_KEY):
        over = World.objects.filter(pk=chosen, ended_at__isnull=False, kind=World.Kind.EXERCISE).first()
        if over is not None and takes_part(over, ctx_paths):
            return over.pk
    for world in running:
        if takes_part(world, ctx_paths):
            return world.pk
    return REAL


def takes_part(world: World, paths: tuple[str, ...]) -> bool:
    return any(p.startswith(world.scope) or world.scope.startswith(p) for p in paths)


def context_in_session(person: Person, session: Any, *, cause: str = "", language: str = "zh-hans") -> Context:
    ctx = context_of(person, cause=cause, language=language)
    world = world_of(session, tuple({g.path for g in ctx.grants}))
    return ctx if world == REAL else ctx.inside(world)


def context_from_cookie(cookie: str) -> Context | None:
    """For the live channel, which lives outside Django's request cycle. None without a valid session, and while the first
    password is still to be changed.
    """
    key = parse_cookie(cookie).get(settings.SESSION_COOKIE_NAME)
    if not key:
        return None
    session = import_module(settings.SESSION_ENGINE).SessionStore(session_key=key)
    person = (
        Person.objects.filter(pk=session.get(SESSION_KEY), is_active=True).first() if session.get(SESSION_KEY) else None
    )
    if person is None or person.must_change_password or session.get(HASH_SESSION_KEY) != person.get_session_auth_hash():
        return None
    if session.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return None
    return context_in_session(person, session)
