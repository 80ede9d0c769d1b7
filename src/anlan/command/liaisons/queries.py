"""The published list. Only what is meant for everybody leaves this file."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from anlan.command.models import Liaison
from anlan.kernel.scope_names import scope_names
from anlan.places.queries import path_down_to

#: More entries than this are shown place by place.
MOST_SHOWN = 400


@dataclass(frozen=True, slots=True)
class Group:
    """The entries of one street, or of what lies directly in the district."""

    title: str
    path: str
    rows: list[Liaison]


def published() -> QuerySet[Liaison]:
    """Entries in use that are to be published, by place."""
    rows = Liaison.objects.unscoped(
        "published for everybody: only entries that were marked so, and only their public fields"
    )
    return rows.filter(published=True, retired_at__isnull=True).order_by("scope", "code")


def published_groups(words: str = "", place: str = "") -> tuple[list[Group], int, bool]:
    """(groups by street, number of entries found, whether some were left out). `words` look into place, name and duty;
    `place` is a scope path out of the groups."""
    rows = published()
    if words:
        rows = rows.filter(Q(area__icontains=words) | Q(name__icontains=words) | Q(duty__icontains=words))
    if place:
        rows = rows.filter(scope__startswith=place)
    count = rows.count()
    found: dict[str, list[Liaison]] = {}
    for row in rows[:MOST_SHOWN]:
        found.setdefault(path_down_to(row.scope, "township"), []).append(row)
    names = scope_names().labels(found)
    return (
        [Group(names.get(path, path), path, group) for path, group in sorted(found.items())],
        count,
        count > MOST_SHOWN,
    )
