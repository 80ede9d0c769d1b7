"""Who is at the scene now, who has not been heard of, who is signed in at two scenes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from anlan.command.data.site_post import site_rules
from anlan.command.models import Incident, SiteEntry, SiteHandover, SitePost, SitePresence
from anlan.command.services.papers import district_path
from anlan.kernel.context import Context
from anlan.places.queries import Person, Post, holders_of_posts


@dataclass(frozen=True, slots=True)
class Present:
    presence: SitePresence
    group: str
    silent_min: int | None
    also: str


@dataclass(frozen=True, slots=True)
class Head:
    """Head counts of one scene. `silent`: not heard of for longer than the rule's minutes; `doubled`: signed in elsewhere too."""

    here: list[Present] = field(default_factory=list)
    gone: list[SitePresence] = field(default_factory=list)

    @property
    def now(self) -> int:
        return sum(p.presence.headcount for p in self.here)

    @property
    def total(self) -> int:
        return self.now + sum(p.headcount for p in self.gone)

    @property
    def silent(self) -> list[Present]:
        return [p for p in self.here if p.silent_min is not None]

    @property
    def doubled(self) -> list[Present]:
        return [p for p in self.here if p.also]


def site_posts(ctx: Context) -> Any:
    """For lists: without the kept plans of the area and the outlines of regions."""
    return SitePost.objects.visible_to(ctx).select_related("incident", "commander__organisation").defer("layouts")


def site_post(ctx: Context, pk: Any) -> SitePost:
    """Raises NotFound."""
    found: SitePost = SitePost.objects.select_related("incident__region", "commander__organisation").get_visible(
        ctx, pk=pk
    )
    return found


def running_of(ctx: Context, incident: Incident) -> SitePost | None:
    found: SitePost | None = site_posts(ctx).filter(incident=incident).order_by("-opened_at").first()
    return found


def heads(ctx: Context, posts: Iterable[SitePost]) -> dict[Any, Head]:
    """Head counts of several scenes at once. Where somebody is signed in elsewhere is told even when that other scene is not shown."""
    posts = list(posts)
    rows = list(SitePresence.objects.visible_to(ctx).filter(site_post__in=posts).order_by("group", "arrived_at"))
    here = [r for r in rows if r.left_at is None]
    elsewhere = _elsewhere(ctx, here)
    names = {(p.pk, g["id"]): g["name"] for p in posts for g in p.groups}
    found: dict[Any, Head] = {p.pk: Head() for p in posts}
    for row in rows:
        if row.left_at is not None:
            found[row.site_post_id].gone.append(row)
            continue
        minutes = int((ctx.now() - row.seen_at).total_seconds() // 60)
        silent = minutes if minutes > site_rules().silent else None
        also = "、".join(sorted({t for post, t in elsewhere[_who(row)] if post != row.site_post_id}))
        found[row.site_post_id].here.append(Present(row, names.get((row.site_post_id, row.group), ""), silent, also))
    return found


def _who(row: SitePresence) -> str:
    return row.person_key or (f"{row.name}|{row.phone}" if row.phone else f"{row.pk}")


def _elsewhere(ctx: Context, here: list[SitePresence]) -> dict[str, list[tuple[Any, str]]]:
    keys = [r.person_key for r in here if r.person_key]
    phones = [r.phone for r in here if r.phone]
    found: dict[str, list[tuple[Any, str]]] = defaultdict(list)
    rows = SitePresence.objects.in_world(ctx).filter(Q(person_key__in=keys) | Q(phone__in=phones), left_at=None)
    for row in rows.filter(site_post__closed_at=None).select_related("site_post__incident"):
        found[_who(row)].append((row.site_post_id, row.site_post.incident.title))
    return found


def entries(ctx: Context, post: SitePost) -> list[SiteEntry]:
    return list(SiteEntry.objects.visible_to(ctx).filter(site_post=post).order_by("-at", "-pk")[:300])


def handovers(ctx: Context, post: SitePost) -> list[SiteHandover]:
    rows = SiteHandover.objects.visible_to(ctx).filter(site_post=post).order_by("-opened_at")
    return list(rows.select_related("site_post__incident", "to_post"))


def commanders(incident: Incident) -> list[tuple[Post, list[Person]]]:
    """Posts that may be given the command, with who holds them: of the district and of the incident's street; nobody's are left out."""
    path = district_path(incident.scope)
    rows = Post.objects.filter(retired_at__isnull=True, scope__startswith=path).exclude(roles__contains=["admin"])
    rows = rows.filter(Q(scope=path) | Q(scope=incident.region.path) | Q(organisation__kind="street"))
    kept = list(
        rows.exclude(organisation__kind="committee").select_related("organisation").order_by("rank", "code")[:200]
    )
    held = holders_of_posts(p.code for p in kept)
    return [(p, held[p.code]) for p in kept if p.code in held]
