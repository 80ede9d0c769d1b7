"""The points on the ground that a grid worker answers for: risk sites, protected sites and shelters of the own region."""

from __future__ import annotations

from typing import Any

from anlan.action.models import PointCheck
from anlan.kernel.context import Context
from anlan.kernel.errors import NotFound
from anlan.registry.models import ProtectedSite, RiskSite, Shelter

POINTS: dict[str, Any] = {
    "registry.risk_site": RiskSite,
    "registry.protected_site": ProtectedSite,
    "registry.shelter": Shelter,
}


def points(ctx: Context, path: str) -> list[dict[str, Any]]:
    """Points on or below `path`, as the phone lists them; `reached` when this world has a check of the last 12 hours."""
    since = ctx.now().timestamp() - 12 * 3600
    checks = {
        (c.ledger, c.row): c.at
        for c in PointCheck.objects.visible_to(ctx).filter(scope__startswith=path).order_by("at")
        if c.at.timestamp() >= since
    }
    found = []
    for ledger, model in POINTS.items():
        rows = model.objects.visible_to(ctx).filter(scope__startswith=path, retired_at__isnull=True)
        for row in rows.order_by("scope", "code")[:200]:
            position = row.position
            found.append(
                {
                    "id": f"{ledger}:{row.pk}",
                    "name": str(row),
                    "address": getattr(row, "address", "") or "",
                    "people": None,
                    "needs": str(model._meta.verbose_name),
                    "reached": (ledger, str(row.pk)) in checks,
                    **({"lon": position.x, "lat": position.y} if position else {}),
                }
            )
    return found


def point_of(ctx: Context, key: str) -> tuple[str, Any]:
    """The point behind a phone's id. Raises NotFound for anything that is not this person's."""
    ledger, _sep, pk = key.partition(":")
    if ledger not in POINTS:
        raise NotFound()
    return ledger, POINTS[ledger].objects.get_visible(ctx, pk=pk)
