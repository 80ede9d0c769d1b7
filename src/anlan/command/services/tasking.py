"""Whom a task of an incident may be given to; it is given by `responses.services.issue_tasks` like every task by hand."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from django.db.models import QuerySet

from anlan.command.models import Incident
from anlan.kernel.asking import ask
from anlan.kernel.context import Context, system
from anlan.places.models import Organisation
from anlan.places.queries import organisations

from .papers import district_path


@lru_cache(maxsize=256)
def _under(path: str) -> Callable[[Context], QuerySet[Organisation]]:
    def rows(_ctx: Context) -> QuerySet[Organisation]:
        return organisations(path).exclude(kind__in=("committee", "enterprise"))

    return rows


def task_takers(incident: Incident) -> list[tuple[str, str]]:
    """Organisations that may be asked: the street of the place first, then bureaus, headquarters, teams and other streets."""
    rows = ask(system("tasking"), _under(district_path(incident.scope)))
    return [
        (o.code, str(o))
        for o in sorted(
            rows, key=lambda o: (not incident.scope.startswith(o.region.path) or o.kind != "street", o.kind, o.code)
        )
    ]
