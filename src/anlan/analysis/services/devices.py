"""Devices that keep silent, or of which less than nine tenths came: signals of their own, cleared when readings come again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from anlan.kernel.context import Context
from anlan.kernel.wording import words as _
from anlan.sensing import queries as sensing
from anlan.sensing.models import Datastream

from ..criteria import Criterion
from ..data.criteria_files import shipped_properties
from ..data.device_watch import DeviceWatch, device_watch
from ..following import Place, PlaceChange
from ..levels import PARTIAL, SILENT
from ..models import Maintenance, Signal
from .signals import follow_places

DEVICE = "device"
CRITERION = "device.data"
#: Datastreams whose share is counted at once: their readings of a day are in memory meanwhile.
AT_ONCE = 500


def look_for_silence(ctx: Context) -> list[Signal]:
    """Raise and clear the signals of silent devices; devices of stations under maintenance are left as they are.

    One that has never reported in this world is not silent: nothing was ever expected of it here. A few queries for all.
    """
    return _follow(ctx, {})


def look_for_gaps(ctx: Context) -> list[Signal]:
    """The same, and devices of which less came over the last day than should have: reads every reading of that day."""
    watch, now = device_watch(), ctx.now()
    streams = _watched(ctx)
    shares: dict[int, float] = {}
    for start in range(0, len(streams), AT_ONCE):
        part = streams[start : start + AT_ONCE]
        shares |= sensing.obtained(ctx, part, now - timedelta(hours=watch.obtained_h), now)
    return _follow(ctx, shares)


def device_key(stream: Datastream) -> str:
    return f"device:{stream.pk}"


def _watched(ctx: Context) -> list[Datastream]:
    return [s for s in sensing.datastreams(ctx) if 0 < s.interval_s <= sensing.UNSCHEDULED_S]


def _follow(ctx: Context, shares: Mapping[int, float]) -> list[Signal]:
    """`shares` (0 to 1) by datastream; without it a device that says too little is neither found nor cleared."""
    watch, now = device_watch(), ctx.now()
    streams = _watched(ctx)
    newest = {pk: at for pk, (at, _value) in sensing.newest_readings(ctx, streams).items()}
    worked_on = set(Maintenance.everything.filter(since__lte=now, until__gt=now).values_list("station_id", flat=True))
    known = _known(ctx)
    criterion = _criterion(watch)
    changes = []
    for stream in streams:
        last = newest.get(stream.pk)
        if last is None or stream.thing_id in worked_on:
            continue
        before = known.get(device_key(stream))
        level, said = _stands(stream, last, shares.get(stream.pk), watch, now)
        # What stands as it stood costs nothing, with thousands of devices.
        if level != (before or "") or (before is not None and not level):
            settled = level == SILENT or before != PARTIAL or stream.pk in shares
            changes.append(PlaceChange(_place(stream), criterion, now, level, said, settled))
    return follow_places(ctx, changes)


def _known(ctx: Context) -> dict[str, str]:
    """Levels of the device signals that are open, by place key; "" for one judged false that keeps silent."""
    rows = Signal.objects.in_world(ctx).filter(scheme=DEVICE)
    kept = dict.fromkeys(rows.filter(closed_at__isnull=False, quiet=True).values_list("place_key", flat=True), "")
    return kept | dict(rows.filter(closed_at__isnull=True).values_list("place_key", "level"))


def _place(stream: Datastream) -> Place:
    thing = stream.thing
    return Place(device_key(stream), thing.name, thing.scope, tuple(thing.shared_with), thing.pk)


def _criterion(watch: DeviceWatch) -> Criterion:
    return Criterion(CRITERION, str(_("设备来数")), DEVICE, DEVICE, (), watch.provenance)


def _stands(
    stream: Datastream, last: datetime, share: float | None, watch: DeviceWatch, now: datetime
) -> tuple[str, dict[str, Any]]:
    age_s, allowed_s = (now - last).total_seconds(), watch.silent_after_s(stream.interval_s)
    known = shipped_properties().get(stream.property)
    name = known.zh if known is not None else stream.property
    station = stream.thing.name
    proof = {
        "station": stream.thing_id,
        "property": stream.property,
        "last": last.isoformat(),
        "interval_s": stream.interval_s,
    }
    if age_s > allowed_s:
        minutes = int(age_s // 60)
        text = _("%(station)s%(name)s已 %(n)d 分钟没有来数（每 %(every)g 分钟应来一次）") % {
            "station": station, "name": name, "n": minutes, "every": stream.interval_s / 60,
        }  # fmt: skip
        line = _line(_("距最后一条读数"), f"≤{allowed_s / 60:g} ", f"{minutes}", _("分钟"))
        return SILENT, _said(_("没有来数"), text, float(minutes), line, proof)
    if share is not None and 100 * share < watch.obtained_pct:
        pct = round(100 * share, 1)
        text = _("%(station)s%(name)s %(h)g 小时到报率 %(pct)g%%（应不低于 %(least)g%%）") % {
            "station": station, "name": name, "h": watch.obtained_h, "pct": pct, "least": watch.obtained_pct,
        }  # fmt: skip
        line = _line(_("到报率"), f"≥{watch.obtained_pct:g} ", f"{pct:g}", "%")
        return PARTIAL, _said(_("来数不全"), text, pct, line, proof)
    return "", {}


def _line(label: Any, threshold: str, fact: str, unit: Any) -> dict[str, Any]:
    return {"label": str(label), "threshold": threshold, "fact": fact, "unit": str(unit), "result": "true"}


def _said(words: Any, text: Any, value: float, line: dict[str, Any], proof: dict[str, Any]) -> dict[str, Any]:
    return {
        "words": str(words), "text": str(text)[:200], "value": value, "unit": line["unit"], "trace": [line], "proof": proof,
    }  # fmt: skip
