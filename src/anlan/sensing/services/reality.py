"""Stations and instruments are the same in every world: an exercise looks at them and never changes them."""

from __future__ import annotations

from anlan.kernel.context import Context
from anlan.kernel.errors import Refused
from anlan.kernel.wording import words as _


def demand_reality(ctx: Context) -> None:
    """Raises Refused for a person in an exercise: what is changed there would count for the real duty room too.

    The platform itself may enter what a scenario measures.
    """
    if ctx.is_exercise and not ctx.actor.key.startswith("system:"):
        raise Refused(
            _("演练中不能改测站、仪器和报数规定：它们在演练和实战中是同一套"), mend=_("退出演练、回到实况后再改")
        )
