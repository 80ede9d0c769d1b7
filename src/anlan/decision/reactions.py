"""What decision does when others announce: facts come in, responses are noted, unanswered proposals go on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from anlan.events.action import PeopleCounted
from anlan.events.analysis import FiguresUpdated
from anlan.events.command import IncidentClosed, IncidentOpened, IncidentUpdated, ResponseChanged, TaskFigures
from anlan.events.ledgers import LedgerChanged
from anlan.events.loops import DeadlinePassed
from anlan.events.warning import WarningEnded, WarningReceived
from anlan.kernel.context import Context
from anlan.kernel.reactions import reacts_to
from anlan.places.queries import Organisation

from . import services
from .data.proposing_rules import proposing_rules
from .loops import PROPOSAL
from .models import Contribution

Kind = Contribution.Kind


@reacts_to(FiguresUpdated)
def take_figures(ctx: Context, event: FiguresUpdated) -> None:
    """Regional figures: rain as profiles over the area, water by the depth at each point."""
    at, rules = datetime.fromisoformat(event.at), proposing_rules()
    facts = {name: _figure(value) for name, value in event.figures.items()}
    water = {name: facts.pop(name) for name in list(facts) if name.startswith("waterlog_")}
    where = (event.figures.get("waterlog_depth_cm") or {}).get("where")
    said = f"积水点实测或上报，最深：{where}" if where else "积水点实测或上报"
    for region in services.counties_of([event.region]):
        if facts:
            services.learn_facts(
                ctx, region=region, facts=facts, at=at, source="实测（就近站代表面积）", expires_at=at + rules.fresh
            )
        if water:
            services.learn_facts(
                ctx, region=region, facts=water, at=at, source=said, expires_at=at + rules.depths_fresh
            )


@reacts_to(WarningReceived)
def take_warning(ctx: Context, event: WarningReceived) -> None:
    """An official warning in force. Our own signals never come this way: they only say that a standard is reached."""
    data = {"hazard": event.hazard, "color": event.color, "headline": event.headline}
    for region in services.counties_of(event.regions):
        services.contribute(
            ctx,
            region=region,
            kind=Kind.WARNING,
            origin=event.warning,
            data=data,
            at=datetime.fromisoformat(event.sent_at),
        )


@reacts_to(WarningEnded)
def drop_warning(ctx: Context, event: WarningEnded) -> None:
    """The warning no longer counts; that there is none of its hazard is from now on known."""
    for region in services.counties_of(event.regions):
        services.contribute(
            ctx, region=region, kind=Kind.WARNING, origin=event.warning, at=ctx.now(),
            data={"hazard": event.hazard, "color": "none", "headline": ""},
        )  # fmt: skip


@reacts_to(PeopleCounted)
def take_head_count(ctx: Context, event: PeopleCounted) -> None:
    for region in services.counties_of([event.region]):
        services.contribute(
            ctx, region=region, kind=Kind.RELOCATION, origin=event.region, data={"relocated": event.relocated_total},
            at=datetime.fromisoformat(event.at),
        )  # fmt: skip


@reacts_to(IncidentOpened)
def take_incident(ctx: Context, event: IncidentOpened) -> None:
    _incident(ctx, event.region, event.incident, {"kind": event.kind, "facts": event.facts})


@reacts_to(IncidentUpdated)
def take_incident_facts(ctx: Context, event: IncidentUpdated) -> None:
    _incident(ctx, event.region, event.incident, {"grade": event.grade, "facts": event.facts})


@reacts_to(IncidentClosed)
def drop_incident(ctx: Context, event: IncidentClosed) -> None:
    _incident(ctx, event.region, event.incident, None)


@reacts_to(TaskFigures)
def take_task_figures(ctx: Context, event: TaskFigures) -> None:
    for region in services.counties_of([event.region]):
        services.contribute(ctx, region=region, kind=Kind.TASK, origin=event.task, data=event.figures, at=ctx.now())


@reacts_to(ResponseChanged)
def note_response(ctx: Context, event: ResponseChanged) -> None:
    for region in services.counties_of([event.region]):
        services.note_response(ctx, region=region, hazard=event.hazard, response=event.response)


@reacts_to(DeadlinePassed, when=lambda event: event.loop == PROPOSAL.key and event.rung > 1)
def pass_proposal_on(ctx: Context, event: DeadlinePassed) -> None:
    services.pass_on(ctx, proposal_id=event.record, role=event.notify)


@reacts_to(LedgerChanged, when=lambda event: event.ledger == "places.organisation" and event.change != "created")
def reopen_plans(ctx: Context, event: LedgerChanged) -> None:
    """Duties of an organisation changed: plans that give it work are to be written anew."""
    if event.change == "changed" and not {"actor", "kind", "parent", "name"} & set(event.fields):
        return
    organisation = Organisation.everything.filter(pk=event.row).select_related("region").first()
    if organisation is not None and not ctx.is_exercise:
        services.duties_changed(ctx, organisation=organisation)


def _incident(ctx: Context, region: str, incident: str, data: dict[str, Any] | None) -> None:
    for county in services.counties_of([region]):
        services.contribute(ctx, region=county, kind=Kind.INCIDENT, origin=incident, data=data, at=ctx.now())


def _figure(value: Any) -> Any:
    """A figure as a fact: its profile over the area where there is one, or how much it is at least."""
    if not isinstance(value, dict):
        return value
    if "each" in value:
        return {"each": value["each"], "unread": value.get("unread", 0)}
    if "at_least" in value:
        return {"at_least": value["at_least"]}
    return value.get("profile") or value.get("max", value.get("value"))
