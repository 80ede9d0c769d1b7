"""A form that is sent twice (the answer was lost on the way, somebody pressed again) opens one record.

The page draws a number into its form (`new_number`), the service keeps it in the record's `request`, and a database constraint on
(world, `by`, `request`) decides between two that come at the same moment.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from django.db import IntegrityError, models

from anlan.kernel.context import Context
from anlan.kernel.errors import Conflict
from anlan.kernel.ids import new_id
from anlan.kernel.scope import ScopedModel

P = ParamSpec("P")
Made = TypeVar("Made", bound=ScopedModel)


class SentOnce(models.Model):
    """For records that a form opens: its number and who sent it."""

    request = models.UUIDField(null=True, help_text="the form's own number: sent twice, it counts once")
    request_by = models.CharField(max_length=80, blank=True, default="")

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(
                fields=["world", "request_by", "request"], condition=models.Q(request__isnull=False), name="%(class)s_once"
            )
        ]  # fmt: skip


def once(model: type[Made], *, by: str = "request_by") -> Callable[[Callable[P, Made]], Callable[P, Made]]:
    """For a service `verb(ctx, *, …, request=None)` that opens one `model`: the second time the first answer comes back, whatever has
    happened since. `by` names the field with the key of whoever sent it; the service writes it and `request`."""

    def guard(service: Callable[P, Made]) -> Callable[P, Made]:
        @wraps(service)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> Made:
            ctx: Any = args[0]
            number: Any = kwargs.get("request")
            if (known := _sent_before(ctx, model, by, number)) is not None:
                return known
            try:
                return service(*args, **kwargs)
            except (IntegrityError, Conflict):
                known = _sent_before(ctx, model, by, number)
                if known is None:
                    raise
                return known

        return guarded

    return guard


def new_number() -> UUID:
    """What a page draws into a form that is to count once."""
    return new_id()


def number_of(text: str | None) -> UUID | None:
    """The number as the form sends it back; None for none, then nothing holds back a second record."""
    try:
        return UUID(str(text or ""))
    except ValueError:
        return None


def _sent_before(ctx: Context, model: type[Made], by: str, number: UUID | None) -> Made | None:
    if number is None:
        return None
    found: Made | None = model.objects.in_world(ctx).filter(request=number, **{by: ctx.actor.key}).first()
    return found
