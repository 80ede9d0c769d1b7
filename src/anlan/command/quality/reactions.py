"""When the register of suspicions is brought up to date: a report went up, a limit passed, an incident changed or ended."""

from __future__ import annotations

from datetime import timedelta

from anlan.command.models import Incident, Incoming, Report, ReportClock
from anlan.events.command import IncidentClosed, ReportSent
from anlan.events.loops import DeadlinePassed, LoopStepped
from anlan.kernel.context import Context
from anlan.kernel.reactions import reacts_to

from .services import look_at, look_at_incoming


@reacts_to(ReportSent)
def look_after_sending(ctx: Context, event: ReportSent) -> None:
    _look(ctx, event.incident)


@reacts_to(LoopStepped, when=lambda event: (event.loop, event.step) == (Report.loop.key, "send"))
def look_after_a_correction(ctx: Context, event: LoopStepped) -> None:
    """A correction meets no limit; it may make good what an earlier report left out."""
    report = Report.objects.in_world(ctx).filter(pk=event.record, corrects__isnull=False).first()
    if report is not None:
        _look(ctx, str(report.incident_id))


@reacts_to(IncidentClosed)
def look_at_the_end(ctx: Context, event: IncidentClosed) -> None:
    _look(ctx, event.incident)


@reacts_to(DeadlinePassed, when=lambda event: event.loop == ReportClock.loop.key and event.rung > 1)
def look_after_a_limit(ctx: Context, event: DeadlinePassed) -> None:
    """Limits of one incident that end in the same moment are looked at together, with the first of them that still runs."""
    clocks = ReportClock.objects.in_world(ctx)
    clock = clocks.filter(pk=event.record).first()
    if clock is None:
        return
    together = clocks.open().filter(incident=clock.incident_id, legal_at=clock.legal_at, pk__lt=clock.pk)
    if not together.exists():
        _look(ctx, str(clock.incident_id))


@reacts_to(LoopStepped, when=lambda event: (event.loop, event.step) == (Incoming.loop.key, "note"))
def look_at_what_was_put_aside(ctx: Context, event: LoopStepped) -> None:
    look_at_incoming(ctx, timedelta(days=1))


def _look(ctx: Context, incident: str) -> None:
    found = Incident.objects.in_world(ctx).filter(pk=incident).first()
    if found is not None:
        look_at(ctx, found)
