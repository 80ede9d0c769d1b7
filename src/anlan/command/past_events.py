"""Incidents of the past as events that a plan is tried on: what was known about them when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from anlan.decision.trying.past import MOST_OFFERED, Past, Source, add_source
from anlan.kernel.context import Context
from anlan.kernel.errors import NotFound

from .models import Followup, Incident


def _offered(ctx: Context) -> Sequence[Past]:
    rows = Incident.objects.visible_to(ctx).order_by("-opened_at")[:MOST_OFFERED]
    return [Past(f"incident:{row.pk}", f"{localtime(row.opened_at):%Y-%m-%d %H:%M} {row}") for row in rows]


def _lines(ctx: Context, name: str) -> Sequence[Mapping[str, Any]]:
    """Figures as they were reported one after another, and last of all as they stand now."""
    try:
        pk = UUID(name)
    except ValueError:
        raise NotFound() from None
    incident = Incident.objects.get_visible(ctx, pk=pk)
    rows = Followup.objects.visible_to(ctx).filter(incident=incident, told_of=None).exclude(facts={}).order_by("at")
    told = [(row.at, row.facts) for row in rows]
    last = max([at for at, _facts in told], default=incident.opened_at)
    said = {k: v for k, v in incident.facts.items() if v is not None}
    if incident.grade:
        said["grade"] = incident.grade
    first = {} if told else said
    lines = [{"time": incident.opened_at.isoformat(), "facts": {"incident": True, **first}}]
    lines += [{"time": at.isoformat(), "facts": dict(facts)} for at, facts in told]
    return [*lines, {"time": last.isoformat(), "facts": said}]


add_source(Source("incident", _("过去的事件"), _offered, _lines))
