"""What roll calls do when time passes."""

from __future__ import annotations

from anlan.command.models import RollCall, RollCallAnswer
from anlan.events.loops import DeadlinePassed
from anlan.kernel.context import Context
from anlan.kernel.reactions import reacts_to

from . import services
from .loops import ANSWER, ROLLCALL


@reacts_to(
    DeadlinePassed, when=lambda event: (event.loop, event.state) in ((ROLLCALL.key, "calling"), (ANSWER.key, "asked"))
)
def find_the_absent(ctx: Context, event: DeadlinePassed) -> None:
    """The time to answer is over: the first that falls due settles the whole roll call, the others find the work done."""
    if event.loop == ROLLCALL.key:
        call = RollCall.objects.in_world(ctx).filter(pk=event.record).first()
    else:
        answer = RollCallAnswer.objects.in_world(ctx).select_related("rollcall").filter(pk=event.record).first()
        call = answer.rollcall if answer else None
    if call is not None and call.is_open and call.answer_by <= ctx.now():
        services.miss_silent(ctx, call)
