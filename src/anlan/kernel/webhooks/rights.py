"""What the person behind a subscription may see at this moment, and so what may be sent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from anlan.kernel.context import Context

from .message import is_exercise
from .models import Subscription
from .offers import matches, offer_of


def context_of(key: str) -> Context | None:
    """The rights of the person with this key as they are now; None for somebody who may not sign in any more."""
    found: dict[str, Context] = import_string(settings.ANLAN_CONTEXTS_OF_KEYS)([key])
    return found.get(key)


def asks_for(subscription: Subscription, notice: dict[str, Any]) -> bool:
    """Whether the subscription asks for the event, rights aside; cheap, for every event that comes by."""
    if not matches(subscription.subjects, notice["subject"]):
        return False
    return subscription.exercises or not is_exercise(notice)


def may_have(ctx: Context, subscription: Subscription, notice: dict[str, Any]) -> bool:
    """Whether the event belongs to the subscription's region and to what `ctx` may see; fails closed.

    What is shared with a region is shared with those below it, as for any scoped row.
    """
    offered = offer_of(notice["subject"])
    if offered is None:
        return False
    scope: str = notice["scope"]
    if scope.startswith(subscription.scope) and ctx.may(offered.permission, scope):
        return True
    if not ctx.may(offered.permission, subscription.scope):
        return False
    return bool(audience(ctx, subscription.scope).intersection(notice["shared_with"]))


def audience(ctx: Context, scope: str) -> frozenset[str]:
    """Keys under which something is shared with the subscription: the person's own, and the region's."""
    return ctx.keys | {f"in:{code}" for code in scope.split("/") if code}


def lacking(ctx: Context, subjects: Iterable[str], scope: str) -> list[str]:
    """Of the patterns, those that name events which `ctx` may not see on `scope`, or that nobody offers."""
    found = []
    for pattern in subjects:
        offered = offer_of(pattern if not pattern.endswith(".") else pattern + "x")
        if offered is None or not ctx.may(offered.permission, scope):
            found.append(pattern)
    return found
