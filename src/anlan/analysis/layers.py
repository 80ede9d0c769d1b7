"""Signals on the map, where their stations stand, and the rain between the gauges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Case, CharField, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, NullIf
from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context
from anlan.kernel.layers import Frames, Layer, Mark, add_frames, add_layer, add_marks
from anlan.kernel.web.maps import moment_of
from anlan.places.queries import posts_with_role
from anlan.sensing.models import Thing

from .isohyets import isohyet_frame
from .models import Signal
from .queries import open_signals

#: The word that stands in the sign of a level.
_WORDS = {"red": "红", "orange": "橙", "yellow": "黄", "blue": "蓝"}


def _stations(ctx: Context, query: Mapping[str, Any]) -> Any:
    """Stations at which a standard is reached now, with the highest colour of a warning standard among them (``reached``); only
    signals that the person may see count. With ``at`` those at which one was reached then; its level of then is not kept."""
    at = moment_of(query.get("at"))
    if at is not None:
        then = Q(closed_at__isnull=True) | Q(closed_at__gt=at)
        standing = (
            Signal.objects.visible_to(ctx).filter(then, since__lte=at, station__isnull=False).exclude(scheme="device")
        )
        standing = standing.exclude(scheme="device")
        reached: Any = Value("", CharField())
    else:
        standing = open_signals(ctx).filter(station__isnull=False).exclude(scheme="device").exclude(scheme="device")
        rank = Case(*(When(level=level, then=n) for n, level in enumerate(_WORDS)), default=len(_WORDS))
        worst = standing.filter(station=OuterRef("pk"), level__in=list(_WORDS)).order_by(rank)
        reached = Coalesce(Subquery(worst.values("level")[:1]), Value(""))
    placed = Thing.objects.visible_to(ctx).filter(position__isnull=False)
    return placed.filter(pk__in=standing.order_by().values("station_id")).annotate(reached=reached)


def _inspect(ctx: Context, pk: str) -> tuple[str, dict[str, Any]]:
    thing = Thing.objects.get_visible(ctx, pk=pk)
    signals: list[Signal] = list(open_signals(ctx).filter(station=thing))
    return "analysis/inspect.html", {"station": thing, "signals": signals}


def _marks(ctx: Context, since: datetime, until: datetime) -> Iterator[Mark]:
    """Signals that somebody here has to confirm; those of neighbours, for information only, would crowd the slider."""
    owed: dict[str, bool] = {}
    for signal in Signal.objects.visible_to(ctx).filter(since__range=(since, until)).exclude(scheme="device"):
        if signal.scope not in owed:
            owed[signal.scope] = bool(posts_with_role("duty_officer", signal.scope))
        if owed[signal.scope]:
            yield Mark(signal.since, signal.text, "signal", signal.get_absolute_url())


add_marks("analysis.signal", _marks, live="analysis.signal.>")

add_layer(
    Layer(
        key="analysis.signal",
        title=_("达到标准的测站"),
        stage="analyse",
        rows=_stations,
        inspect=_inspect,
        permission="analysis.signal.view",
        properties={
            "name": "name",
            "accuracy_m": "accuracy_m",
            "level": NullIf("reached", Value("")),
            "glyph": Case(*(When(reached=level, then=Value(word)) for level, word in _WORDS.items()), default=None),
        },
        level="level",
        timed=True,
        symbol="判",
        shape="diamond",
        live="analysis.signal.>",
        label=lambda t: t.name,
        link=lambda t: t.get_absolute_url(),
        order=10,
    )
)

add_frames(
    Frames(
        key="analysis.isohyets",
        title=_("等雨量面"),
        stage="sense",
        permission="sensing.station.view",
        frame=isohyet_frame,
        choices=(
            ("1", _("1 小时")),
            ("3", _("3 小时")),
            ("6", _("6 小时")),
            ("12", _("12 小时")),
            ("24", _("24 小时")),
        ),
        instead_of="sensing.station",
        live="sensing.observations.arrived",
        order=10,
    )
)
