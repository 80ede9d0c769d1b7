"""Which telephone a person is reached by. Nothing here ever dials: the platform has no line of its own in this slice."""

from __future__ import annotations

from anlan.kernel.context import Context
from anlan.places.queries import Person

from ..models import Delivery


def telephone_of(ctx: Context, person: Person) -> Delivery.Channel | None:
    """The simulated telephone in an exercise and for sample people; otherwise a person dials by hand; None without a number."""
    if ctx.is_exercise or person.sample:
        return Delivery.Channel.PHONE
    return Delivery.Channel.BY_HAND if person.phone else None
