"""Devices that a scene should have and has, with their last sign of life; what is lacking is said, not left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import yaml
from django.contrib.gis.geos import Polygon
from django.utils.translation import gettext as _

from anlan.analysis.data.incident_kinds import shipped_kinds
from anlan.command.models import Incident
from anlan.command.queries.incidents import open_incidents
from anlan.kernel.context import Context
from anlan.kernel.geodesy import box_around, haversine_m
from anlan.sensing import queries as sensing

from .cameras import video_of

_FILE = Path(__file__).parent / "data" / "scene_devices.yaml"
#: So many scenes a page.
PAGE = 40


class Need(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sort of device: known by what it measures or by its kind. `least`: how many there should be."""

    id: str
    zh: str
    least: int
    measures: list[str] = []
    device: str = ""


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For incidents whose code begins with one of `kinds`."""

    kinds: list[str]
    radius_m: int
    needs: list[Need]


class _Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    source: str
    confidence: str
    rules: list[Rule]


@dataclass(frozen=True)
class Device:
    """One device of the scene. `last` None: never a reading; `silent`: its next reading is overdue."""

    name: str
    url: str
    metres: int
    last: datetime | None
    silent: bool
    video: str = ""


@dataclass(frozen=True)
class Wanted:
    """A sort of device with those that are there. `lacking`: how many short of what the scene should have."""

    title: str
    least: int
    devices: list[Device]

    @property
    def lacking(self) -> int:
        return max(0, self.least - len(self.devices))

    @property
    def heard(self) -> int:
        return sum(not d.silent for d in self.devices)


@dataclass(frozen=True)
class Scene:
    """What the scene of an incident should have within `radius_m` and has. `placed` is False when nobody knows where it is."""

    placed: bool
    radius_m: int
    wanted: list[Wanted]
    source: str
    low: bool

    @property
    def obtained(self) -> tuple[int, int]:
        """How many of the devices that should be there are there and heard, and how many should be."""
        return sum(min(w.least, w.heard) for w in self.wanted), sum(w.least for w in self.wanted)


#: Of what should be obtained at a scene (OV-14).
LEAST_PCT = 90


def scenes_obtained(ctx: Context, page: int = 1) -> dict[str, Any]:
    """``{"scenes": [{"incident", "placed", "should", "heard", "pct", "lacks": [words], "silent": [Device]}], "total": %,
    "lacking": n, "silent": n, "least": %, "source", "low", "page", "pages", "count"}``: the open incidents that the caller sees,
    the worst share first, one page of them; a page beyond the end is the last. `total`, `lacking`, `silent` and `count` are of all.

    What a scene lacks counts as not obtained. A scene whose place nobody knows has no share, stands last and stays out of the
    totals. `total` None: no scene has one. A device that is silent at two scenes counts once.
    """
    found = list(open_incidents(ctx))
    rows = [_row(incident, scene) for incident, scene in zip(found, scenes_of(ctx, found), strict=True)]
    rows.sort(key=lambda row: (row["pct"] is None, row["pct"] or 0))
    placed = [row for row in rows if row["pct"] is not None]
    should = sum(row["should"] for row in placed)
    pages = max(1, -(-len(rows) // PAGE))
    page = min(page, pages)
    book = _rules()
    return {
        "scenes": rows[(page - 1) * PAGE : page * PAGE], "least": LEAST_PCT,
        "total": round(100 * sum(row["heard"] for row in placed) / should) if should else None,
        "lacking": sum(row["lacking"] for row in placed), "silent": len({d.url for row in placed for d in row["silent"]}),
        "source": book.source, "low": book.confidence == "low", "page": page, "pages": pages, "count": len(rows),
    }  # fmt: skip


def _row(incident: Incident, scene: Scene) -> dict[str, Any]:
    heard, should = scene.obtained
    # One device may serve for two sorts; it is named once.
    silent = {d.url: d for w in scene.wanted for d in w.devices if d.silent}
    return {
        "incident": incident, "placed": scene.placed, "should": should, "heard": heard,
        "pct": round(100 * heard / should) if scene.placed and should else None,
        "lacks": [str(_("%(what)s缺%(n)d台") % {"what": w.title, "n": w.lacking}) for w in scene.wanted if w.lacking],
        "lacking": sum(w.lacking for w in scene.wanted), "silent": sorted(silent.values(), key=lambda d: d.metres),
    }  # fmt: skip


@cache
def _rules() -> _Rules:
    return msgspec.convert(yaml.safe_load(_FILE.read_text(encoding="utf-8")), _Rules)


def rule_for(kind: str) -> Rule:
    """The first rule for an incident code or its group, the one for all others when none names it."""
    found = shipped_kinds().find(kind)
    codes = (kind, found.group if found else "")
    return next(rule for rule in _rules().rules if any(code.startswith(k) for k in rule.kinds for code in codes))


def scene_devices(ctx: Context, incident: Incident) -> Scene:
    """The list of an incident that the caller sees; devices only as far as the caller may see them."""
    return scenes_of(ctx, [incident])[0]


def scenes_of(ctx: Context, incidents: Sequence[Incident]) -> list[Scene]:
    """The scenes of incidents that the caller sees, in their order: their devices and what was heard of them is asked for once."""
    near = _near(ctx, incidents)
    streams = (
        sensing.datastreams(ctx, {thing.pk for around in near.values() for thing, _away in around}) if near else []
    )
    newest = sensing.newest_readings(ctx, streams)
    own: dict[Any, list[Any]] = {}
    for stream in streams:
        own.setdefault(stream.thing_id, []).append(stream)
    book, now, scenes = _rules(), ctx.now(), []
    for incident in incidents:
        rule = rule_for(incident.kind)
        wanted = [_wanted(need, near.get(incident.pk, []), own, newest, now) for need in rule.needs]
        scenes.append(
            Scene(incident.position is not None, rule.radius_m, wanted, book.source, book.confidence == "low")
        )
    return scenes


def _near(ctx: Context, incidents: Sequence[Incident]) -> dict[Any, list[tuple[Any, float]]]:
    """Stations around each incident whose place is known, the nearest first, with their distance in metres."""
    placed = [(i, i.position, rule_for(i.kind).radius_m) for i in incidents]
    around = [(i, at, reach, box_around(at.x, at.y, reach)) for i, at, reach in placed if at is not None]
    if not around:
        return {}
    west, south, east, north = zip(*(box for *_rest, box in around), strict=True)
    box = Polygon.from_bbox((min(west), min(south), max(east), max(north)))
    box.srid = 4326
    things = list(sensing.stations(ctx).filter(position__bboverlaps=box).order_by("pk"))
    spots = [t.position for t in things]
    lon, lat = (np.array([getattr(spot, axis) for spot in spots]) for axis in ("x", "y"))
    found = {}
    for incident, at, reach, _box in around:
        away = haversine_m(at.x, at.y, lon, lat)
        order = np.argsort(away, kind="stable")
        found[incident.pk] = [
            (things[n], float(away[n])) for n in order[: np.searchsorted(away[order], reach, "right")]
        ]
    return found


def _wanted(
    need: Need, near: Sequence[tuple[Any, float]], streams: dict[Any, list[Any]], newest: dict[int, Any], now: datetime
) -> Wanted:
    devices = []
    for thing, away in near:
        own = [s for s in streams.get(thing.pk, ()) if not need.measures or s.property in need.measures]
        if (need.device and thing.kind != need.device) or (need.measures and not own):
            continue
        heard = [(newest[s.pk][0], s) for s in own if s.pk in newest]
        last, stream = max(heard, key=lambda pair: pair[0]) if heard else (None, None)
        silent = last is None or stream is None or _overdue(stream, now - last)
        devices.append(Device(thing.name, thing.get_absolute_url(), round(away), last, silent, video_of(thing)))
    return Wanted(need.zh, need.least, devices)


def _overdue(stream: Any, since: timedelta) -> bool:
    """Nobody waits for what is not read on a schedule."""
    scheduled: bool = stream.interval_s <= sensing.UNSCHEDULED_S
    return scheduled and since > timedelta(seconds=stream.interval_s * sensing.PATIENCE)
