"""One row of the ledger of stations: newest value, sums, what came of what was due, the level that stands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from anlan.kernel.context import Context
from anlan.sensing import queries as sensing

from ..levels import rank_of
from ..models import Signal
from ..numerics.rain import WINDOWS_H
from ..queries import open_signals, station_sums
from .naming import HOUR_S, period_words

#: Every property at once.
ALL = "all"
OBTAINED_OVER = timedelta(hours=24)


def rows_of(ctx: Context, things: list[Any], chosen: str, *, rain: bool) -> list[dict[str, Any]]:
    streams = [s for s in sensing.datastreams(ctx, [t.pk for t in things]) if chosen in (ALL, s.property)]
    sums = station_sums(ctx, streams) if rain else {}
    shares = sensing.obtained(ctx, streams, ctx.now() - OBTAINED_OVER, ctx.now())
    obtained: dict[str, float] = {}
    for stream in streams:
        if stream.pk in shares:
            obtained[stream.thing_id] = min(obtained.get(stream.thing_id, 1.0), shares[stream.pk])
    worst: dict[str, Signal] = {}
    # A device that keeps silent is said in its own column and is no standard reached.
    for signal in open_signals(ctx).filter(station__in=[t.pk for t in things]).exclude(scheme="device"):
        known = worst.get(str(signal.station_id))
        if known is None or _rank(signal) > _rank(known):
            worst[str(signal.station_id)] = signal
    short = {s.thing_id: s.period_s for s in streams if rain and 0 < s.period_s < HOUR_S}
    return [
        _row(ctx, t, sums.get(t.pk, {}), obtained.get(t.pk), worst.get(t.pk), rain=rain, short_s=short.get(t.pk, 0)) for t in things
    ]  # fmt: skip


def _rank(signal: Signal) -> tuple[bool, int]:
    return signal.scheme == "warning", rank_of(signal.level)


def _row(
    ctx: Context, thing: Any, sums: dict[int, Any], share: float | None, signal: Signal | None, *, rain: bool,
    short_s: int = 0,
) -> dict[str, Any]:  # fmt: skip
    silent = thing.interval_s is not None and (thing.value_at is None or thing.overdue_at < ctx.now())
    value = None if thing.value is None else f"{thing.value:g}" if rain else f"{thing.value:g} {thing.value_unit}"
    if short_s and value is not None:
        # Not an hour's rain, and not to be compared with one.
        value = _("%(value)s（%(span)s）") % {"value": value, "span": period_words(short_s)}
    windows = [{"value": _sum_words(sums.get(w)), "kind": "number"} for w in WINDOWS_H] if rain else []
    level: dict[str, Any] = {"value": "", "kind": "text"}
    if signal is not None:
        level = {"value": signal.words, "kind": "link", "url": signal.get_absolute_url()}
        if signal.scheme == "warning":
            level = {**level, "value": signal.level, "kind": "level", "word": signal.words}
    return {
        "id": thing.pk,
        "url": thing.get_absolute_url(),
        "phase": "",
        "cells": [
            {"value": thing.name, "kind": "text"},
            {"value": thing.county or None, "kind": "text"},
            {"value": value, "kind": "number"},
            {"value": thing.value_at.isoformat(), "kind": "time"} if thing.value_at else {"value": None, "kind": "text"},
            *windows,
            {"value": None if share is None else f"{share * 100:.0f}%", "kind": "number"},
            {"value": _("没有按时来数") if silent else _("正常"), "kind": "state", "phase": "late" if silent else ""},
            level,
        ],
    }  # fmt: skip


def _sum_words(found: Mapping[str, Any] | None) -> str | None:
    if not found or found["total"] is None:
        return None
    return f"{found['total']:g}" if found["complete"] else f"≥{found['total']:g}"
