"""What other rooms may ask of warning."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from anlan.analysis.data.warning_signals import shipped_signals
from anlan.analysis.truth import Truth
from anlan.kernel.context import Context
from anlan.kernel.scope import above
from anlan.places.models import Region

from .loops import OPEN
from .models import Notice, WarningIntake, WarningReceipt


def in_force(ctx: Context) -> QuerySet[Notice]:
    """Visible warnings that stand now by the world's clock, the highest level first."""
    return (
        Notice.objects.visible_to(ctx)
        .filter(Q(expires_at__isnull=True) | Q(expires_at__gt=ctx.now()), state__in=OPEN)
        .order_by("level", "-sent_at")
    )


def in_force_at(ctx: Context, region: Region, hazard: str = "") -> list[Notice]:
    """Warnings that stand for a region: named for it or for a place above it; the highest first."""
    prefixes = above(region.path)
    rows = in_force(ctx).filter(regions__path__in=prefixes).distinct()
    return list(rows.filter(hazard=hazard) if hazard else rows)


def highest_colour(ctx: Context, region: Region, hazard: str) -> str | None:
    """blue…red of the highest official warning of `hazard` that stands for `region`; None when none does.

    Our own signals never count here: they say that a standard is reached, not that an authority warns.
    """
    colours = [n.color for n in in_force_at(ctx, region, hazard) if n.level]
    return colours[0] if colours else None


def receipts_of(ctx: Context, notice: Notice) -> list[WarningReceipt]:
    """Receipts of the counties that the person may see, those that are missing first."""
    rows = WarningReceipt.objects.visible_to(ctx).filter(notice=notice).select_related("region", "notice")
    return sorted(rows, key=lambda r: (r.state != "waiting", r.state == "acknowledged", r.region.code))


def ended(ctx: Context) -> QuerySet[Notice]:
    return Notice.objects.visible_to(ctx).exclude(state__in=OPEN).order_by("-closed_at")


def intakes(ctx: Context) -> QuerySet[WarningIntake]:
    """The log of messages, newest first."""
    return WarningIntake.objects.visible_to(ctx).select_related("notice").defer("raw").order_by("-at", "-id")


def measures(hazard: str, color: str) -> dict[str, Any]:
    """What the standard asks for: ``{"gov", "public", "period", "clause", "suggested"}``; empty lists when nothing is known."""
    signals = shipped_signals()
    known = signals.signals.get(hazard)
    period = next((m for m in signals.period_measures.values() if color in m.colours), None)
    return {
        "gov": list(known.guide_gov) if known else [],
        "public": list(known.guide_public) if known else [],
        "period": list(period.items) if period else [],
        "period_title": period.zh if period else "",
        "clause": period.provenance.source if period else (known.provenance.source if known else ""),
        "suggested": bool(known and known.provenance.suggested),
    }


def issued(ctx: Context, since: datetime, until: datetime) -> Iterator[Truth]:
    """Warnings of an authority between two times, once for each county or place above that they name, for whoever asks how early
    our signals were. Simulated ones count in an exercise only."""
    rows = (
        Notice.objects.visible_to(ctx)
        .filter(sent_at__gt=since, sent_at__lte=until)
        .exclude(hazard="")
        .exclude(color="")
    )
    for notice in (rows if ctx.is_exercise else rows.filter(simulated=False)).prefetch_related("regions"):
        for region in notice.regions.all():
            yield Truth(notice.hazard, notice.color, region.path, notice.sent_at, notice.get_absolute_url())
