"""Signals that no reading will ever clear: their station was retired, or their criterion does not hold there any more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from anlan.kernel.context import Context
from anlan.kernel.wording import words as _
from anlan.sensing import queries as sensing
from anlan.sensing.models import Datastream

from ..book.in_force import Book, criteria_in_force, resolve
from ..criteria import for_one_station
from ..models import Signal
from .devices import DEVICE, device_key
from .signals import clear_signals


def clear_unwatched(ctx: Context) -> list[Signal]:
    """Clear the open signals of ctx's world that nothing judges any more, each with the reason in its text.

    A station that was retired or moved out of a criterion's place, a criterion that was switched off, renamed or lost the level in
    force, a device of which nothing is expected any more: without this they would stand open for ever.
    """
    rows = Signal.objects.in_world(ctx).open().filter(station__isnull=False).select_related("station")
    standing = list(rows.defer("trace", "proof", "verification"))
    if not standing:
        return []
    streams: dict[str, list[Datastream]] = defaultdict(list)
    for stream in Datastream.objects.filter(thing__in={s.station_id for s in standing}):
        streams[stream.thing_id].append(stream)
    book = criteria_in_force(ctx.world)
    found = [(signal, why) for signal in standing if (why := _why(signal, book, streams))]
    return clear_signals(ctx, found) if found else []


def _why(signal: Signal, book: Book, streams: Mapping[str, list[Datastream]]) -> str:
    """Why nothing judges the signal any more; "" when something does."""
    thing = signal.station
    if thing is None:
        return ""
    if thing.retired:
        return str(_("测站已停用，平台解除"))
    own = streams.get(thing.pk, [])
    if signal.scheme == DEVICE:
        expected = {device_key(s) for s in own if 0 < s.interval_s <= sensing.UNSCHEDULED_S}
        return "" if signal.place_key in expected else str(_("已不要求按时来数，平台解除"))
    present, levels = {s.property for s in own}, book.own(thing.pk)
    judged = {
        level.name
        for criterion in resolve(book, thing)
        if criterion.id == signal.criterion
        for level in criterion.levels
        if for_one_station(level, present, levels)
    }
    return "" if signal.level in judged else str(_("判据已不适用于本站，平台解除"))
