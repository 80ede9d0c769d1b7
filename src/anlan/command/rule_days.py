"""Local reporting rules that come into force or lapse with a day: the limits that run then follow by themselves."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import date, timedelta

from django.db.models import Q
from django.utils.timezone import localtime

from anlan.kernel import clock
from anlan.kernel.context import system
from anlan.kernel.engine.main import add_runner
from anlan.kernel.engine.threads import in_thread

from .models import LocalRule
from .services import follow_local_rules

EVERY_S = 30.0
#: Rules of which this process has made the day good; after a start it is done once more, which is harmless.
_followed: set[tuple[date, str]] = set()


def follow_rules_of_today() -> int:
    """Bring running limits in line with the rules that begin today or ended yesterday. Returns how many incidents were looked at."""
    today = localtime(clock.real_now()).date()
    _followed.difference_update([known for known in _followed if known[0] != today])
    rows = LocalRule.objects.unscoped("rules hold for everybody in their region").filter(
        Q(since=today) | Q(until=today - timedelta(days=1)), retired_at__isnull=True
    )
    looked_at = 0
    for rule in rows:
        if (today, str(rule.pk)) not in _followed:
            looked_at += follow_local_rules(system("reporting", cause=f"rule:{rule.pk}"), scope=rule.scope)
            _followed.add((today, str(rule.pk)))
    return looked_at


async def run_rules(stop: asyncio.Event) -> None:
    while not stop.is_set():
        await in_thread("rules", follow_rules_of_today)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), EVERY_S)


add_runner("local rules", run_rules)
