"""What analysis does when readings arrive."""

from __future__ import annotations

from datetime import datetime

from anlan.events.analysis import FiguresUpdated, SignalEventChanged
from anlan.events.sensing import ObservationsArrived
from anlan.kernel.context import Context
from anlan.kernel.loops.stepping import step_service
from anlan.kernel.reactions import reacts_to
from anlan.places.queries import region
from anlan.sensing.store import judged_elsewhere

from . import services
from .figuring import due, reported, unasked
from .models import Signal, SignalEvent
from .services.figures import RAIN
from .watching import inline

# Readings are judged as the journal says, not as they are announced.
inline.begin()


@reacts_to(ObservationsArrived)
def update_regional_figures(ctx: Context, event: ObservationsArrived) -> None:
    """The rain over the area of every county that the stations speak for, and how deep the water stands there."""
    rain = {station for station, name, _at, _value in event.readings if name == RAIN}
    depths = {station for station, name, _at, _value in event.readings if name in services.DEPTHS}
    if judged_elsewhere():
        due.add(ctx.world, rain | depths)
        return
    services.update_figures(ctx, stations=rain)
    services.update_depths(ctx, stations=depths)


@reacts_to(SignalEventChanged, when=lambda event: event.scheme != "device" and event.change in ("opened", "changed"))
def ask_the_neighbours(ctx: Context, event: SignalEventChanged) -> None:
    """What one station says is held against its neighbours as soon as it is raised or levelled."""
    if judged_elsewhere():
        unasked.add(ctx.world, [event.event])
        return
    found = SignalEvent.objects.in_world(ctx).filter(pk=event.event).first()
    if found is not None:
        services.verify_event(ctx, event=found)


@reacts_to(FiguresUpdated, when=lambda event: "rain_24h_mm" in event.figures)
def judge_the_region(ctx: Context, event: FiguresUpdated) -> None:
    """Triggers that ask for a share of the area."""
    services.judge_region(ctx, region=region(event.region), at=datetime.fromisoformat(event.at))


@reacts_to(SignalEventChanged, when=lambda event: event.scheme == "warning" and event.change != "acknowledged")
def judge_several_stations(ctx: Context, event: SignalEventChanged) -> None:
    """Several stations that stand at a level together."""
    found = SignalEvent.objects.in_world(ctx).filter(pk=event.event).first()
    if found is not None:
        services.judge_several(ctx, event=found)


@reacts_to(ObservationsArrived)
def ask_the_neighbours_again(ctx: Context, event: ObservationsArrived) -> None:
    """Neighbours that had not reported yet when a signal was raised."""
    stations = {station for station, _property, _at, _value in event.readings}
    if judged_elsewhere():
        reported.add(ctx.world, stations)
        return
    services.verify_again(ctx, stations=stations)


@step_service("analysis.signal", "acknowledge")
def _acknowledge(ctx: Context, record: Signal, evidence: dict[str, object]) -> Signal:
    return services.acknowledge_signal(ctx, signal=record, note=str(evidence.get("note") or ""))


@step_service("analysis.signal", "verify")
def _verify(ctx: Context, record: Signal, evidence: dict[str, object]) -> Signal:
    how, note = str(evidence.get("how") or ""), str(evidence.get("note") or "")
    return services.verify_signal(ctx, signal=record, how=how, note=note)


@step_service("analysis.signal", "verify_afterwards")
def _verify_afterwards(ctx: Context, record: Signal, evidence: dict[str, object]) -> Signal:
    how, note = str(evidence.get("how") or ""), str(evidence.get("note") or "")
    return services.verify_ended_signal(ctx, signal=record, how=how, note=note)


@step_service("analysis.signal", "judge_false_afterwards")
def _judge_false_afterwards(ctx: Context, record: Signal, evidence: dict[str, object]) -> Signal:
    return services.judge_ended_signal_false(ctx, signal=record, reason=str(evidence.get("reason") or ""))


@step_service("analysis.signal", "judge_false")
def _judge_false(ctx: Context, record: Signal, evidence: dict[str, object]) -> Signal:
    return services.judge_signal_false(ctx, signal=record, reason=str(evidence.get("reason") or ""))
