"""Where an incident is, as better positions arrive after the report."""

from __future__ import annotations

from typing import Any

from anlan.command.models import Incident
from anlan.events.command import IncidentUpdated
from anlan.kernel import auditing
from anlan.kernel.announcing import announce
from anlan.kernel.context import Context
from anlan.kernel.geodesy import haversine_m
from anlan.kernel.wording import words as _

#: A position that does not say how exact it is, in metres.
UNSAID_M = 200
#: Nearer than this it is the same position; farther it is not believed without a person.
SAME_M, FAR_M = 10, 20_000


def take_position(ctx: Context, incident: Incident, position: Any, accuracy_m: int | None, *, source: str = "") -> bool:
    """Keep a position (WGS84 point, `accuracy_m` metres) that arrived later; True when the incident stands there now.

    It is taken where it is at least as exact as the known one and not farther away than anybody would believe. Taken or not, the
    story says that it came. The caller holds the incident.
    """
    if position is None:
        return False
    was = incident.position
    away = None if was is None else round(float(haversine_m(was.x, was.y, position.x, position.y)))
    if away is not None and away < SAME_M and (accuracy_m or UNSAID_M) >= (incident.accuracy_m or UNSAID_M):
        return False
    better = (accuracy_m or UNSAID_M) <= (incident.accuracy_m or UNSAID_M)
    taken = away is None or (better and away <= FAR_M)
    if taken:
        incident.position, incident.accuracy_m = position, accuracy_m
        incident.save(update_fields=["position", "accuracy_m"])
    auditing.record(
        ctx, action=f"{Incident.loop.key}.position", label=_("位置有更新") if taken else _("收到另一位置，未采用"),
        object_type=Incident.loop.key, object_id=incident.pk, scope=incident.scope,
        data={
            "taken": taken, "source": source[:120], "away_m": away, "accuracy_m": accuracy_m,
            "after": [round(position.x, 6), round(position.y, 6)], "before": [round(was.x, 6), round(was.y, 6)] if was else None,
        },
    )  # fmt: skip
    if taken:
        announce(
            ctx,
            IncidentUpdated(incident=str(incident.pk), region=incident.region.short_code, grade=incident.grade, facts=incident.facts),
            scope=incident.scope, shared_with=incident.shared_with,
        )  # fmt: skip
    return taken
