"""Counts what it sees, so that a repeated delivery would be noticed."""

from anlan.events.loops import LoopStepped
from anlan.kernel.context import Context
from anlan.kernel.reactions import reacts_to

from .models import Tally


@reacts_to(LoopStepped)
def count_steps(ctx: Context, event: LoopStepped) -> None:
    if event.loop == "sample.errand":
        Tally.objects.create(record=event.record, step=event.step)
        if event.step == "report" and Tally.objects.filter(step="poison").exists():
            raise RuntimeError("poisoned")
