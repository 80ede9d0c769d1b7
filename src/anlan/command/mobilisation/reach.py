"""Which firms an appeal reaches: those with posts of their own on the platform, in its regions or its drawn area."""

from __future__ import annotations

from collections.abc import Iterable

from anlan.command.models import Appeal
from anlan.places.queries import Organisation, Region, organisations
from anlan.registry.models import Enterprise


def firms_of(appeal: Appeal) -> list[Organisation]:
    """Each once. A firm in the drawn area is one whose place in the base database lies there, in the region of the appeal."""
    return firms_in(_paths(appeal.regions), appeal.area, appeal.scope)


def firms_in(paths: Iterable[str], area: object = None, scope: str = "") -> list[Organisation]:
    found: dict[str, Organisation] = {}
    if area is not None:
        placed = Enterprise.objects.unscoped("whom an appeal goes to").filter(
            position__intersects=area,
            scope__startswith=scope,
            retired_at=None,
            organisation__retired_at=None,
            organisation__isnull=False,
        )
        found |= {e.organisation_id: e.organisation for e in placed.select_related("organisation")}
    for path in paths:
        found |= {o.pk: o for o in organisations(path).filter(kind="enterprise")}
    return sorted(found.values(), key=lambda o: str(o.pk))


def without_account(appeal: Appeal) -> list[Enterprise]:
    """Enterprises of the base database that nobody answers for on the platform: they are telephoned."""
    rows = Enterprise.objects.unscoped("whom an appeal goes to").filter(retired_at=None, organisation=None)
    if appeal.area is not None:
        return list(
            rows.filter(position__intersects=appeal.area, scope__startswith=appeal.scope).order_by("code")[:100]
        )
    found: dict[object, Enterprise] = {}
    for path in _paths(appeal.regions):
        found |= {e.pk: e for e in rows.filter(scope__startswith=path).order_by("code")[:100]}
    return list(found.values())[:100]


def _paths(codes: Iterable[str]) -> list[str]:
    return list(Region.objects.filter(code__in=list(codes)).values_list("path", flat=True))
