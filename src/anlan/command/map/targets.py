"""Where a task is to be done: a point on the map that may be moved while the task is open."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.gis.geos import Point
from django.db import transaction
from django.urls import reverse

from anlan.command.models import Task
from anlan.events.command import TaskPlaced
from anlan.kernel import auditing
from anlan.kernel.announcing import announce
from anlan.kernel.context import Context
from anlan.kernel.errors import Conflict
from anlan.kernel.layers.within import read_position
from anlan.kernel.wording import words as _

PLACE = "command.task.place"


def move_target(ctx: Context, *, task: UUID, at: Any) -> Task:
    """Set where a task is to be done: `at` is [lon, lat] (WGS84, degrees), None puts it back to where its incident is.

    The same place again changes nothing. Raises BadInput, Conflict (the task is over), NotAllowed, NotFound.
    """
    point = None if at is None else Point(*read_position(at, "at"), srid=4326)
    with transaction.atomic():
        held: Task = Task.objects.select_for_update(of=("self",)).get_visible(ctx, pk=task)
        ctx.require(PLACE, held.scope)
        if not held.is_open:
            raise Conflict(
                _("“%(task)s”%(state)s，不能再改地点") % {"task": held, "state": held.state_label},
                mend=_("请刷新后查看最新状态"),
            )
        before = held.target
        if (before and before.coords) == (point and point.coords):
            return held
        held.target = point
        held.save(update_fields=["target"])
        auditing.record(
            ctx, action="command.task.place", label=_("改定任务地点"), object_type=Task.loop.key, object_id=held.pk,
            scope=held.scope, data={"before": _pair(before), "after": _pair(point), "evidence": {"place": _written(point)}},
        )  # fmt: skip
        lon, lat = _pair(point) or (None, None)
        announce(
            ctx,
            TaskPlaced(task=str(held.pk), incident=str(held.incident_id or ""), lon=lon, lat=lat, by=ctx.actor.name),
            scope=held.scope, shared_with=held.shared_with,
        )  # fmt: skip
    return held


def moving(ctx: Context) -> dict[str, Any]:
    """For the page of the map: which layer's things may be dragged, and where that is told. Empty for whoever moves nothing."""
    if not ctx.paths(PLACE):
        return {}
    url = reverse("task-place", args=[UUID(int=0)]).replace(str(UUID(int=0)), "{id}")
    return {"moving": {"layer": "command.task", "url": url}}


def _pair(point: Point | None) -> list[float] | None:
    return None if point is None else [point.x, point.y]


def _written(point: Point | None) -> str:
    return f"{point.x:.5f}，{point.y:.5f}" if point else str(_("事发地"))
