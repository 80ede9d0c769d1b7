"""A region's own reporting rules reach the limits that run already."""

from __future__ import annotations

from typing import Any

from anlan.command.models import Incident
from anlan.kernel.context import Context, system
from anlan.kernel.jobs import enqueue_all

from . import clocks


def _under(scope: str) -> Any:
    rows = Incident.objects.unscoped("rules hold for everybody in their region, in every world")
    return rows.filter(scope__startswith=scope, closed_at__isnull=True).order_by("pk")


def have_rules_followed(ctx: Context, *, scope: str) -> int:
    """Ask that every open incident below `scope` be brought in line with the rules in force, each by itself: a rule of a whole city
    holds up no desk, and an incident that cannot be brought in line keeps no other from it. Returns how many were asked for."""
    from anlan.command.tasks import follow_rules

    found = [str(pk) for pk in _under(scope).values_list("pk", flat=True)]
    enqueue_all(follow_rules, [{"incident": pk, "cause": ctx.cause} for pk in found])
    return len(found)


def follow_rules_in(incident: str, *, cause: str) -> None:
    """Bring the clocks of one incident in line with the rules in force now. Nothing when it has ended meanwhile; harmless twice."""
    found = _under("").filter(pk=incident).first()
    if found is not None:
        clocks.sync_clocks(system("reporting", world=found.world_id, cause=cause), found)


def follow_local_rules(ctx: Context, *, scope: str) -> int:
    """Bring the clocks of every open incident below `scope` in line with the rules in force now, in reality and in running exercises.

    Each incident in a transaction of its own, unless the caller holds one. A limit that has passed stays passed. Returns how many
    incidents were looked at. Harmless when done twice.
    """
    found = list(_under(scope))
    for incident in found:
        clocks.sync_clocks(system("reporting", world=incident.world_id, cause=ctx.cause), incident)
    return len(found)
