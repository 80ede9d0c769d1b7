"""How good criteria are: how often what they raised was true, how early they were, how long people took."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.db.models import Min

from anlan.kernel.context import Context
from anlan.kernel.models import AuditEntry

from .levels import rank_of
from .loops import SIGNAL
from .models import Signal
from .truth import Truth, truths

#: With fewer signals judged by people, a share is no more than a hint.
SMALL_N = 10
#: An official warning belongs to a signal that was raised within so many hours before or after it.
BELONGS_H = 24
_SEEN = [f"{SIGNAL.key}.{step}" for step in ("acknowledge", "acknowledge_with_event", "verify")]


@dataclass(frozen=True, slots=True)
class Quality:
    """One criterion in one version over a time. Shares are percent, None when nothing was judged.

    `judged` = confirmed + false: what people decided, while it stood or afterwards; only they count for the precision.
    `lead_min`: median minutes that the first signal of a county was ahead of the official warning of the same hazard (negative:
    behind), over `led` warnings; `missed`: warnings without a signal. `open_h`, `seen_min`: medians.
    """

    criterion: str
    zh: str
    version: str
    raised: int
    confirmed: int
    false: int
    supported: int
    doubtful: int
    precision: float | None
    lead_min: float | None
    led: int
    missed: int
    open_h: float | None
    seen_min: float | None

    @property
    def judged(self) -> int:
        return self.confirmed + self.false

    @property
    def small(self) -> bool:
        return self.judged < SMALL_N

    @property
    def earlier(self) -> bool:
        return self.lead_min is not None and self.lead_min >= 0

    @property
    def lead_size(self) -> float | None:
        return None if self.lead_min is None else abs(self.lead_min)


@dataclass(frozen=True, slots=True)
class Month:
    """Precision of one criterion in one month (``2026-11``)."""

    month: str
    raised: int
    judged: int
    precision: float | None


def quality(ctx: Context, since: datetime, until: datetime) -> list[Quality]:
    """Every criterion that raised something between two times (world clock), by version; the most raised first."""
    rows = list(
        Signal.objects.visible_to(ctx).filter(opened_at__gt=since, opened_at__lte=until).exclude(scheme="device")
        .defer("trace", "proof", "verification")
    )  # fmt: skip
    seen = _seen(ctx, since)
    real = truths(ctx, since - timedelta(hours=BELONGS_H), until + timedelta(hours=BELONGS_H))
    groups: dict[tuple[str, str], list[Signal]] = defaultdict(list)
    for signal in rows:
        groups[signal.criterion, signal.version].append(signal)
    found = [_quality(own, seen, real) for own in groups.values()]
    return sorted(found, key=lambda q: (-q.raised, q.criterion, q.version))


def months(ctx: Context, criterion: str) -> list[Month]:
    """The precision of one criterion month by month, oldest first."""
    groups: dict[str, list[Signal]] = defaultdict(list)
    rows = Signal.objects.visible_to(ctx).filter(criterion=criterion).defer("trace", "proof", "verification")
    for signal in rows.order_by("opened_at"):
        groups[f"{signal.since:%Y-%m}"].append(signal)
    found = []
    for month, own in groups.items():
        confirmed, false = _confirmed(own), _false(own)
        found.append(Month(month, len(own), confirmed + false, precision_of(confirmed, false)))
    return found


def precision_of(confirmed: int, false: int) -> float | None:
    """Percent of what people judged that was true; None when they judged nothing."""
    return round(100 * confirmed / (confirmed + false), 1) if confirmed + false else None


def lead_minutes(raised: Sequence[tuple[str, int, datetime]], real: Iterable[Truth]) -> tuple[list[float], int]:
    """For each official warning the minutes by which the first signal was ahead (negative: behind), and how many had none.

    `raised`: (path, rank, time) of signals of the same hazard. A signal belongs to a warning of a place at, above or below its own
    path, at its level or above, within a day of it; a warning that is repeated counts once a day.
    """
    leads: list[float] = []
    missed, last = 0, dict[tuple[str, str], datetime]()
    for truth in real:
        key = (truth.path, truth.level)
        if key in last and truth.at - last[key] < timedelta(hours=BELONGS_H):
            continue
        last[key] = truth.at
        own = [
            at
            for path, rank, at in raised
            if (path.startswith(truth.path) or truth.path.startswith(path))
            and rank >= rank_of(truth.level)
            and abs(at - truth.at) <= timedelta(hours=BELONGS_H)
        ]
        if own:
            leads.append((truth.at - min(own)).total_seconds() / 60)
        else:
            missed += 1
    return leads, missed


def _quality(own: Sequence[Signal], seen: Mapping[str, datetime], real: Sequence[Truth]) -> Quality:
    one = own[0]
    confirmed, false = _confirmed(own), _false(own)
    mine = [t for t in real if t.hazard == one.hazard and one.scheme == "warning"]
    leads, missed = lead_minutes([(s.scope, rank_of(s.peak), s.since) for s in own], mine)
    hours = [(s.closed_at - s.opened_at).total_seconds() / 3600 for s in own if s.closed_at]
    waits = [(seen[str(s.pk)] - s.opened_at).total_seconds() / 60 for s in own if str(s.pk) in seen]
    return Quality(
        one.criterion, one.criterion_zh, one.version, len(own), confirmed, false,
        sum(s.verified == Signal.Verified.SUPPORTED for s in own), sum(s.verified == Signal.Verified.DOUBTFUL for s in own),
        precision_of(confirmed, false), _median(leads), len(leads), missed, _median(hours), _median(waits),
    )  # fmt: skip


def _confirmed(own: Iterable[Signal]) -> int:
    return sum(s.verified == Signal.Verified.CONFIRMED and s.state != "judged_false" for s in own)


def _false(own: Iterable[Signal]) -> int:
    return sum(s.state == "judged_false" for s in own)


def _median(values: Sequence[float]) -> float | None:
    return round(median(values), 1) if values else None


def _seen(ctx: Context, since: datetime) -> dict[str, Any]:
    """When each signal was first acknowledged or verified, by its id."""
    rows = AuditEntry.objects.filter(
        world_id=ctx.world, object_type=SIGNAL.key, action__in=_SEEN, at_world__gt=since
    )  # fmt: skip
    return dict(rows.values_list("object_id").annotate(Min("at_world")))
