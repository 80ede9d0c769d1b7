"""What other rooms may ask of places."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Q, QuerySet

from anlan.kernel import clock
from anlan.kernel.context import Context
from anlan.kernel.errors import NotFound
from anlan.kernel.scope import above

from .models import Holding, LadderRung, Organisation, Person, Post, Region, SigninAttempt


def region(code: str) -> Region:
    """The region with this code (any of 2, 4, 6, 9 or 12 digits). Raises NotFound."""
    found = Region.objects.filter(code=code.ljust(12, "0")).first() if code.isdigit() and len(code) <= 12 else None
    if found is None:
        from django.utils.translation import gettext as _

        raise NotFound(
            _("没有行政区划代码 %(code)s") % {"code": code}, mend=_("请使用国家统计局区划代码（12 位，或去掉末尾的 0）")
        )
    return found


def regions_under(path: str, *, levels: Iterable[str] = ()) -> QuerySet[Region]:
    """Regions on or below a scope path, optionally of some levels only."""
    rows = Region.objects.filter(path__startswith=path)
    return rows.filter(level__in=list(levels)) if levels else rows


_DIGITS = {"province": 2, "city": 4, "county": 6, "township": 9, "village": 12}


def path_down_to(path: str, level: str) -> str:
    """The part of a scope path down to its county (or another level); the whole path when it ends above that."""
    segments = path.rstrip("/").split("/")
    kept = [s for s in segments if len(s) <= _DIGITS[level]]
    return "/".join(kept) + "/" if kept and kept[0] else path


def lies_in(path: str, level: str) -> bool:
    """Whether a scope path lies in (or is) a region of this level: ``lies_in("11/110107/110107004/", "township")``."""
    return any(len(s) >= _DIGITS[level] for s in path.rstrip("/").split("/"))


def region_at(path: str) -> Region | None:
    """The region of a path, without its outline."""
    return Region.objects.filter(path=path).defer("outline", "position").first()


def ladder_of(region: Region) -> list[LadderRung]:
    """The contact ladder of a region, lowest rung first; a region without one uses its parent's."""
    rungs = list(LadderRung.objects.filter(region=region).select_related("post__organisation").order_by("order"))
    return rungs or (ladder_of(region.parent) if region.parent else [])


def holders_of(post: Post) -> list[Person]:
    """People who hold the post now."""
    now = clock.real_now()
    return list(
        Person.objects.filter(
            Q(holdings__until__isnull=True) | Q(holdings__until__gt=now), holdings__post=post, holdings__since__lte=now,
            is_active=True,
        ).distinct()
    )  # fmt: skip


def posts_with_role(role: str, path: str) -> list[Post]:
    """Posts that carry `role` on `path` or above it, nearest first: who has to act there."""
    prefixes = above(path)
    posts = Post.objects.filter(
        roles__contains=[role], region__path__in=prefixes, retired_at__isnull=True
    ).select_related("organisation", "region")
    return sorted(posts, key=lambda p: (-len(p.region.path), p.rank, p.code))


def posts_below(role: str, path: str) -> list[Post]:
    """Posts that carry `role` on `path` or anywhere below it."""
    rows = Post.objects.filter(roles__contains=[role], region__path__startswith=path, retired_at__isnull=True)
    return list(rows.select_related("organisation", "region").order_by("region__code", "rank"))


def organisations_acting_as(actor: str, path: str) -> list[Organisation]:
    """Organisations by which a plan's actor code is filled in a region (for ``town``: every street below it)."""
    rows = Organisation.objects.filter(
        actor=actor, region__path__startswith=path, retired_at__isnull=True
    ).select_related("region")
    if not rows:
        prefixes = above(path)
        rows = Organisation.objects.filter(
            actor=actor, region__path__in=prefixes, retired_at__isnull=True
        ).select_related("region")
    return list(rows)


def people_behind(keys: Iterable[str]) -> list[Person]:
    """People who hold a post named by the audience keys (``post:``, ``org:``, ``person:``)."""
    by: dict[str, list[str]] = {"post": [], "org": [], "person": []}
    for key in keys:
        kind, _sep, value = key.partition(":")
        if kind in by:
            by[kind].append(value)
    # Three short queries: joined into one, the planner of a freshly loaded database walks the product of all tables.
    people = set(by["person"])
    if by["post"] or by["org"]:
        now = clock.real_now()
        posts = list(
            Post.objects.filter(Q(code__in=by["post"]) | Q(organisation_id__in=by["org"])).values_list("pk", flat=True)
        )
        held = Holding.objects.filter(Q(until__isnull=True) | Q(until__gt=now), since__lte=now, post_id__in=posts)
        people |= {str(pk) for pk in held.values_list("person_id", flat=True)}
    return list(Person.objects.filter(pk__in=people, is_active=True))


def latest_signins(person: Person, limit: int = 10) -> list[SigninAttempt]:
    """The person's own latest attempts, so that a stranger's are noticed."""
    return list(SigninAttempt.objects.filter(username=person.username).order_by("-id")[:limit])


def people_on_duty(path: str) -> list[tuple[Post, Person]]:
    """Posts of the duty room of a place (on the path or above it) with who holds them now, leader first."""
    prefixes = above(path)
    now = clock.real_now()
    held = (
        Holding.objects.filter(Q(until__isnull=True) | Q(until__gt=now), since__lte=now, person__is_active=True)
        .filter(post__roles__overlap=["duty_leader", "duty_chief", "duty_officer"], post__region__path__in=prefixes)
        .select_related("post__organisation", "person")
        .order_by("post__rank", "post__code", "person__username")
    )
    return [(h.post, h.person) for h in held]


#: Who knows better than the posts who is on duty: rosters. ``source(ctx, path)`` answers as `people_on_duty`, or nothing.
_DUTY_SOURCES: list[Callable[[Context, str], list[tuple[Post, Person]]]] = []


def add_duty_source(source: Callable[[Context, str], list[tuple[Post, Person]]]) -> None:
    """Register a room's answer to who is on duty; the first that has one is believed."""
    if source not in _DUTY_SOURCES:
        _DUTY_SOURCES.append(source)


def on_duty_for(ctx: Context, path: str) -> list[tuple[Post, Person]]:
    """Who is on duty by the roster, else who holds the posts; for a page, whose frame and panels both ask."""

    def ask() -> list[tuple[Post, Person]]:
        return next((found for source in _DUTY_SOURCES if (found := source(ctx, path))), []) or people_on_duty(path)

    found: list[tuple[Post, Person]] = ctx.once(("places.on_duty", path), ask)
    return found


def organisations(path: str) -> QuerySet[Organisation]:
    """Organisations on or below a path, for a directory."""
    return Organisation.objects.filter(region__path__startswith=path, retired_at__isnull=True).select_related(
        "region", "parent"
    )


def people(path: str) -> QuerySet[Person]:
    """Active people with a post on or below a path, for a directory."""
    now = clock.real_now()
    held = Holding.objects.filter(
        Q(until__isnull=True) | Q(until__gt=now), since__lte=now, post__region__path__startswith=path
    )
    return Person.objects.filter(pk__in=held.values("person_id"), is_active=True)


def superiors_of(keys: Iterable[str]) -> list[Post]:
    """Posts of the organisations above those that the audience keys name: who to tell when a post has no better answer."""
    keys = list(keys)
    posts = [k.removeprefix("post:") for k in keys if k.startswith("post:")]
    codes = [k.removeprefix("org:") for k in keys if k.startswith("org:")]
    owners = Organisation.objects.filter(Q(code__in=codes) | Q(posts__code__in=posts))
    return list(
        Post.objects.filter(organisation__in=owners.values("parent_id"))
        .select_related("organisation", "region")
        .order_by("rank")
    )


def person_of(ctx: Context) -> Person | None:
    """The person who acts in a context; None for parts of the platform."""
    kind, _sep, value = ctx.actor.key.partition(":")
    return Person.objects.filter(pk=value).first() if kind == "person" else None


def holders_of_posts(codes: Iterable[str]) -> dict[str, list[Person]]:
    """Active people by the code of the post that they hold now. Posts that nobody holds are left out.

    Three short queries: as one, a freshly loaded database plans it as a product of the three tables.
    """
    now = clock.real_now()
    posts = dict(Post.objects.filter(code__in=set(codes)).values_list("pk", "code"))
    running = Holding.objects.filter(Q(until__isnull=True) | Q(until__gt=now), since__lte=now, post__in=list(posts))
    held = list(running.values_list("post_id", "person_id"))
    people = {p.pk: p for p in Person.objects.filter(pk__in={person for _post, person in held}, is_active=True)}
    found: dict[str, list[Person]] = {}
    for post, person in held:
        if person in people:
            found.setdefault(posts[post], []).append(people[person])
    return {code: sorted(holders, key=lambda p: p.username) for code, holders in found.items()}


def ladders_of(regions: Iterable[Region], default_after_min: float) -> dict[str, list[dict[str, Any]]]:
    """Contact ladders of many regions by code, as plain data ``[{"post", "name", "after_min"}]``; a region without one has
    that of the nearest region above it, an empty list when there is none."""
    regions = list(regions)
    chains = {r.code: [seg.ljust(12, "0") for seg in reversed(r.path.rstrip("/").split("/"))] for r in regions}
    wanted = {code for chain in chains.values() for code in chain}
    ladders: dict[str, list[dict[str, Any]]] = {}
    for rung in LadderRung.objects.filter(region_id__in=wanted).select_related("post").order_by("region_id", "order"):
        after = rung.after_min or (default_after_min if rung.order else 0)
        ladders.setdefault(rung.region_id, []).append(
            {"post": rung.post.code, "name": rung.post.name, "after_min": after}
        )
    return {code: next((ladders[c] for c in chain if c in ladders), []) for code, chain in chains.items()}


def keys_with_role(role: str, path: str) -> list[str]:
    """Audience keys of the posts that carry `role` in the nearest region at or above the path that has any."""
    posts = posts_with_role(role, path)
    return [p.key for p in posts if p.region.path == posts[0].region.path]


def leader_key_of(organisation: str) -> str:
    """Audience key of the post that leads an organisation (the one behind its first post by rank), else of the organisation."""
    posts = Post.objects.filter(organisation_id=organisation, retired_at__isnull=True).exclude(
        roles__contains=["admin"]
    )
    ranked = list(posts.order_by("rank", "code")[:2])
    return ranked[1].key if len(ranked) > 1 else f"org:{organisation}"
