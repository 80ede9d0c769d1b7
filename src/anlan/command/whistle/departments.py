"""Which departments a whistle may call, and which of them a kind of matter names."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from anlan.command.data.whistle import Kind
from anlan.command.models import Whistle, WhistleCall
from anlan.places.queries import Organisation, organisations, path_down_to


def callable_departments(path: str) -> list[Organisation]:
    """Bureaus, teams and the enterprises that plans name (power, telecommunications …) of the county that the path lies in."""
    named = Q(kind__in=("bureau", "team")) | Q(kind="enterprise") & ~Q(actor__in=("", "unit"))
    return list(organisations(path_down_to(path, "county")).filter(named).order_by("kind", "code"))


def suggested(kind: Kind, departments: Iterable[Organisation]) -> list[str]:
    """Codes of those that the kind calls by default."""
    return [o.pk for o in departments if o.actor in kind.departments]


def others_for(whistle: Whistle) -> list[Organisation]:
    """Those that are not called to this matter now."""
    there = set(
        WhistleCall.everything.filter(whistle=whistle, closed_at__isnull=True).values_list("organisation_id", flat=True)
    )
    return [o for o in callable_departments(whistle.scope) if o.pk not in there]
