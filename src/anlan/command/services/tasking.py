"""Whom a task of an incident may be given to; it is given by `responses.services.issue_tasks` like every task by hand."""

from __future__ import annotations

from anlan.command.models import Incident
from anlan.places.queries import organisations

from .papers import district_path


def task_takers(incident: Incident) -> list[tuple[str, str]]:
    """Organisations that may be asked: the street of the place first, then bureaus, headquarters, teams and other streets."""
    rows = organisations(district_path(incident.scope)).exclude(kind__in=("committee", "enterprise"))
    return [
        (o.code, str(o))
        for o in sorted(
            rows, key=lambda o: (not incident.scope.startswith(o.region.path) or o.kind != "street", o.kind, o.code)
        )
    ]
