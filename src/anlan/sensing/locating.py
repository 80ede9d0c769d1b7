"""Where a thing stands is kept with the time since when: what was measured elsewhere before keeps its place."""

from __future__ import annotations

from anlan.kernel import clock

from .models import HistoricalLocation, Thing


def keep_location(thing: Thing) -> None:
    """Note the place of a thing when it is new. In the transaction of whoever registers or moves it."""
    before = HistoricalLocation.objects.select_for_update().filter(current_of=thing).first()
    if before is not None and thing.position is not None and before.position.equals_exact(thing.position):
        return
    if before is not None:
        before.current_of = None
        before.save(update_fields=["current_of"])
    if thing.position is not None:
        HistoricalLocation.objects.create(thing=thing, position=thing.position, time=clock.real_now(), current_of=thing)
