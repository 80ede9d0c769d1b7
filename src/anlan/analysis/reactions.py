"""What analysis does when readings arrive."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from anlan.events.analysis import SignalRaised
from anlan.events.sensing import ObservationsArrived
from anlan.kernel.context import Context
from anlan.kernel.loops.stepping import step_service
from anlan.kernel.reactions import reacts_to

from . import services
from .models import Signal


@reacts_to(ObservationsArrived)
def judge_arrived_readings(ctx: Context, event: ObservationsArrived) -> None:
    """Every criterion that applies is judged; signals follow the level in force."""
    arrived: dict[str, list[datetime]] = defaultdict(list)
    for station, _property, at, _value in event.readings:
        arrived[station].append(datetime.fromisoformat(at))
    services.judge_readings(ctx, arrived=arrived)


@reacts_to(ObservationsArrived)
def update_regional_figures(ctx: Context, event: ObservationsArrived) -> None:
    """The rain over the area of every county that the stations speak for, and how deep the water stands there."""
    rain = sorted({station for station, name, _at, _value in event.readings if name == "rain_mm"})
    if rain:
        services.update_figures(ctx, stations=rain)
    depths = sorted({station for station, name, _at, _value in event.readings if name in services.DEPTHS})
    if depths:
        services.update_depths(ctx, stations=depths)


@reacts_to(SignalRaised, when=lambda event: bool(event.station) and not event.place.startswith("device:"))
def ask_the_neighbours(ctx: Context, event: SignalRaised) -> None:
    """What one station says is held against its neighbours as soon as it is raised or levelled."""
    found = Signal.objects.in_world(ctx).filter(pk=event.signal).select_related("station").first()
    if found is not None:
        services.verify_with_neighbours(ctx, signal=found)


@reacts_to(ObservationsArrived)
def ask_the_neighbours_again(ctx: Context, event: ObservationsArrived) -> None:
    """Neighbours that had not reported yet when a signal was raised."""
    services.verify_again(ctx, stations={station for station, _property, _at, _value in event.readings})


@step_service("analysis.signal", "acknowledge")
def _acknowledge(ctx: Context, record: Signal, evidence: dict[str, object]) -> Signal:
    return services.acknowledge_signal(ctx, signal=record, note=str(evidence.get("note") or ""))


@step_service("analysis.signal", "verify")
def _verify(ctx: Context, record: Signal, evidence: dict[str, object]) -> Signal:
    how, note = str(evidence.get("how") or ""), str(evidence.get("note") or "")
    return services.verify_signal(ctx, signal=record, how=how, note=note)


@step_service("analysis.signal", "judge_false")
def _judge_false(ctx: Context, record: Signal, evidence: dict[str, object]) -> Signal:
    return services.judge_signal_false(ctx, signal=record, reason=str(evidence.get("reason") or ""))
