"""What may be asked of the watchdog's records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from anlan.events.health import ProbePassed
from anlan.kernel import clock
from anlan.kernel.context import Context
from anlan.kernel.health.probing import SCOPE
from anlan.kernel.models import Outbox
from anlan.kernel.worlds import REAL
from anlan.sensing.probing import is_stored, journal_after

from ..models import ChainAlarm, ProbeRun, Upkeep, Watch
from .services import current_upkeep


def whereabouts(number: int) -> str:
    """The stage that a probe waits before, as the database tells: journal, judge, outbox, relay or bus."""
    rows = Outbox.objects.filter(scope=SCOPE)
    row = rows.filter(subject=ProbePassed.subject, payload__number=number).first()
    if row is not None:
        return "outbox" if row.position is None else "relay" if row.published_at is None else "bus"
    return "judge" if is_stored(number) else "journal"


@dataclass(frozen=True, slots=True)
class Unjudged:
    """Batches of the real world's journal that wait for their judgement, and how long the oldest has waited (s)."""

    entries: int
    age_s: float


def unjudged() -> Unjudged:
    position = Watch.objects.filter(pk=REAL).values_list("position", flat=True).first()
    if position is None:
        return Unjudged(0, 0.0)
    entries, oldest = journal_after(REAL, position)
    age = max(0.0, (clock.real_now() - oldest).total_seconds()) if oldest else 0.0
    return Unjudged(entries, age)


def upkeep_told() -> dict[str, Any] | None:
    """Work on the platform that is going on: ``{"reason", "until", "by"}``."""
    row = current_upkeep()
    return {"reason": row.reason, "until": row.until.isoformat(), "by": row.by_name} if row else None


def runs_since(at: datetime) -> list[ProbeRun]:
    """Probes sent since an instant, oldest first."""
    return list(ProbeRun.objects.filter(sent_at__gte=at).order_by("sent_at"))


def alarms(ctx: Context, limit: int = 20) -> list[ChainAlarm]:
    """The latest standstills that this person may see."""
    rows = ChainAlarm.objects.visible_to(ctx).order_by("-since")[:limit]
    return list(rows)


def past_upkeep(limit: int = 5) -> list[Upkeep]:
    return list(Upkeep.objects.order_by("-begun_at")[:limit])
