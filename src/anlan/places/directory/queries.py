"""Reading the directory: organisations of a person's district and above it, their posts and holders, and whose number may be shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet

from anlan.kernel import clock
from anlan.kernel.context import Context
from anlan.kernel.scope import above
from anlan.kernel.telephone import digits_of

from ..models import DirectoryCheck, Holding, Organisation, Person, Post
from ..queries import path_down_to
from .matching import says, typed

VIEW, NUMBER, EXPORT = "places.directory.view", "places.directory.number", "places.directory.export"
#: An entry that nobody confirmed for so long is marked.
STALE = timedelta(days=35)
MOST = 150
#: Digits that a search by number needs: fewer would list everybody.
LEAST_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody in a post. `has_number`: there is one; `may_see`: this reader may have it shown (it is never in the list itself)."""

    person: Person
    post: str
    has_number: bool
    may_see: bool


@dataclass(slots=True)
class Entry:
    """One organisation as the directory shows it."""

    organisation: Organisation
    holders: list[Holder] = field(default_factory=list)
    empty_posts: list[str] = field(default_factory=list)
    stale: bool = True


def organisations_for(ctx: Context) -> QuerySet[Organisation]:
    """Organisations in use of the person's own district (all of it: one must be able to call a neighbour), and those above it."""
    reach: list[Q] = []
    for path in ctx.paths(VIEW):
        district = path_down_to(path, "county")
        reach += [Q(scope__startswith=district), Q(scope__in=above(path)[:-1])]
    rows = Organisation.objects.filter(retired_at__isnull=True).select_related("region")
    return rows.filter(reduce(or_, reach)) if reach else rows.none()


def may_see_number(ctx: Context, organisation: Organisation) -> bool:
    """Personal numbers: of one's own unit, and where one holds the right."""
    return organisation.key in ctx.keys or ctx.may(NUMBER, organisation.scope)


def entries(ctx: Context, rows: Iterable[Organisation], now: datetime | None = None) -> list[Entry]:
    """Organisations with their posts in use and who holds them, in two queries."""
    rows = list(rows)
    now = now or clock.real_now()
    found = {o.pk: Entry(o, stale=o.confirmed_at is None or now - o.confirmed_at > STALE) for o in rows}
    held: dict[str, list[Holding]] = defaultdict(list)
    current = Holding.objects.filter(Holding.now(), post__organisation__in=rows, person__is_active=True)
    for holding in current.select_related("person", "post").order_by("post__rank", "post__code", "person__username"):
        held[holding.post.organisation_id].append(holding)
    taken = {h.post_id for group in held.values() for h in group}
    for post in Post.objects.filter(organisation__in=rows, retired_at__isnull=True).order_by("rank"):
        if post.pk not in taken:
            found[post.organisation_id].empty_posts.append(post.name)
    for code, group in held.items():
        entry = found[code]
        may = may_see_number(ctx, entry.organisation)
        entry.holders = [
            Holder(h.person, h.post.name, bool(h.person.phone), may) for h in group if not h.post.is_retired
        ]
    return list(found.values())


def search(ctx: Context, text: str) -> list[Entry]:
    """Entries that a name, a post, pinyin, initials or a part of a number fits, at most `MOST`.

    A number is looked for among duty telephones, and among personal ones only where the person may see them: the answer tells
    nothing that the page would not.
    """
    words, digits = typed(text)[:40], digits_of(text)
    everything = entries(ctx, organisations_for(ctx).order_by("kind", "code"))
    if digits and not words.strip("0123456789+-()—转#"):
        if len(digits) < LEAST_DIGITS:
            return []
        return [e for e in everything if _has_number(e, digits)][:MOST]
    found = []
    for entry in everything:
        organisation = entry.organisation
        if says(words, organisation.name, organisation.short_name):
            found.append(entry)
            continue
        fitting = [h for h in entry.holders if says(words, h.person.name, h.post)]
        if fitting:
            found.append(Entry(organisation, fitting, [], entry.stale))
    return found[:MOST]


def _has_number(entry: Entry, digits: str) -> bool:
    if digits in digits_of(entry.organisation.duty_phone):
        return True
    return any(h.may_see and digits in digits_of(h.person.phone) for h in entry.holders)


def my_checks(ctx: Context) -> QuerySet[DirectoryCheck]:
    """Entries that this very person's unit is asked to confirm."""
    rows = DirectoryCheck.objects.visible_to(ctx).open().filter(owner_keys__overlap=sorted(ctx.keys))
    return rows.select_related("organisation").order_by("due_at")
