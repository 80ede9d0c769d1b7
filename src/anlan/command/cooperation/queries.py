"""Partners, what was agreed with them, what they were asked for, and how fast they really answered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from anlan.command.models import Agreement, CooperationRequest, Incident, Partner, PartnerContact
from anlan.kernel.context import Context
from anlan.kernel.scope import above

#: So many requests back say how fast a partner is.
LOOKED_BACK = 50


@dataclass(frozen=True, slots=True)
class Speed:
    """Of the last requests: how many, how many were not answered or refused, median minutes to the answer and to the arrival (None:
    never), and how many answers and arrivals were later than agreed."""

    asked: int = 0
    refused: int = 0
    silent: int = 0
    answer: float | None = None
    arrive: float | None = None
    late: int = 0


def partners(ctx: Context) -> Any:
    return Partner.objects.visible_to(ctx).filter(retired_at=None).select_related("organisation").order_by("code")


def partner(ctx: Context, pk: Any) -> Partner:
    """Raises NotFound."""
    found: Partner = Partner.objects.select_related("organisation").get_visible(ctx, pk=pk)
    return found


def askable(ctx: Context, path: str) -> list[Partner]:
    """The partners that an incident or response at `path` may call on: those of its place and of the places above it."""
    return list(partners(ctx).filter(scope__in=above(path)))


def contacts(ctx: Context, of: Iterable[Partner]) -> dict[Any, list[PartnerContact]]:
    rows = (
        PartnerContact.objects.visible_to(ctx).filter(partner__in=list(of), retired_at=None).order_by("order", "code")
    )
    found: dict[Any, list[PartnerContact]] = defaultdict(list)
    for row in rows:
        found[row.partner_id].append(row)
    return found


def agreements(ctx: Context) -> Any:
    return Agreement.objects.visible_to(ctx).select_related("partner").order_by("valid_until")


def agreement(ctx: Context, pk: Any) -> Agreement:
    """Raises NotFound."""
    found: Agreement = Agreement.objects.select_related("partner").get_visible(ctx, pk=pk)
    return found


def in_force(ctx: Context, of: Partner) -> Agreement | None:
    """The agreement whose minutes count now: of several in force the one that promises the earliest arrival."""
    rows = Agreement.objects.in_world(ctx).open().filter(partner=of).order_by("arrive_min", "opened_at")
    return next((row for row in rows if row.holds(ctx.now())), None)


def requests(ctx: Context) -> Any:
    rows = CooperationRequest.objects.visible_to(ctx)
    return rows.select_related("partner__organisation", "incident", "response", "agreement")


def request(ctx: Context, pk: Any) -> CooperationRequest:
    """Raises NotFound."""
    found: CooperationRequest = requests(ctx).get_visible(ctx, pk=pk)
    return found


def requests_of(ctx: Context, incident: Incident) -> list[CooperationRequest]:
    """Of an incident, open ones first."""
    rows = requests(ctx).filter(incident=incident).order_by("opened_at")
    return sorted(rows, key=lambda r: not r.is_open)


def speeds(ctx: Context, of: Iterable[Partner]) -> dict[Any, Speed]:
    """How fast each partner really was, in one query; exercises count in their own world only."""
    rows = CooperationRequest.objects.visible_to(ctx).filter(partner__in=list(of)).order_by("-opened_at")
    kept: dict[Any, list[CooperationRequest]] = defaultdict(list)
    for row in rows:
        if len(kept[row.partner_id]) < LOOKED_BACK:
            kept[row.partner_id].append(row)
    return {key: speed_of(found, ctx.now()) for key, found in kept.items()}


def speed_of(rows: list[CooperationRequest], now: datetime) -> Speed:
    """Pure over the rows given. Who was withdrawn before answering counts neither way."""
    answers = [_minutes(r.opened_at, r.answered_at) for r in rows if r.answered_at]
    arrivals = [_minutes(r.opened_at, r.arrived_at) for r in rows if r.arrived_at]
    silent = sum(r.state == "asked" and now > r.answer_due() for r in rows)
    late = sum(
        bool(r.answered_at and r.answered_at > r.answer_due()) or bool(r.arrived_at and r.arrived_at > r.arrival_due())
        for r in rows
    )
    return Speed(
        asked=len(rows), refused=sum(r.state == "refused" for r in rows), silent=silent, late=late,
        answer=median(answers) if answers else None, arrive=median(arrivals) if arrivals else None,
    )  # fmt: skip


def _minutes(since: datetime, until: datetime) -> float:
    return round((until - since).total_seconds() / 60, 1)
