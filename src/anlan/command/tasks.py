"""Background work of the command room."""

from __future__ import annotations

import uuid

from anlan.kernel.context import system
from anlan.kernel.jobs import job

from .consultation import jobs as consultation  # noqa: F401 (proposes what the calendar asks for)
from .rollcall import jobs as rollcall  # noqa: F401 (draws up planned roll calls)


@job(queue="papers")
def make_pdf(report: str, world: str) -> None:
    """The PDF of a signed report. Runs twice without harm."""
    from anlan.command.models import Report
    from anlan.command.services.papers import lay_down_pdf

    ctx = system("papers", world=uuid.UUID(world))
    lay_down_pdf(ctx, Report.objects.in_world(ctx).select_related("incident").get(pk=report))


@job(queue="papers")
def make_brief_pdf(brief: str, world: str) -> None:
    """The PDF of a signed brief. Runs twice without harm."""
    from anlan.command.briefs.papers import lay_down_pdf
    from anlan.command.models import Brief

    ctx = system("papers", world=uuid.UUID(world))
    lay_down_pdf(ctx, Brief.objects.in_world(ctx).select_related("region").get(pk=brief))


@job(queue="rules", retry=5)
def follow_rules(incident: str, cause: str) -> None:
    """One incident's limits after a region's rule has changed. Runs twice without harm."""
    from anlan.command.services import follow_rules_in

    follow_rules_in(incident, cause=cause)
