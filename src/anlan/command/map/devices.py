"""Devices that a scene should have and has, with their last sign of life; what is lacking is said, not left out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import yaml
from django.contrib.gis.db.models.functions import Distance
from django.contrib.gis.geos import Polygon
from django.contrib.gis.measure import D
from django.utils.translation import gettext as _

from anlan.analysis.data.incident_kinds import shipped_kinds
from anlan.command.models import Incident
from anlan.command.queries.incidents import open_incidents
from anlan.kernel.context import Context
from anlan.kernel.geodesy import box_around
from anlan.sensing import queries as sensing

from .cameras import video_of

_FILE = Path(__file__).parent / "data" / "scene_devices.yaml"
#: So many scenes a page: each asks for its stations and their newest readings.
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
    """``{"scenes": [{"incident", "placed", "should", "heard", "pct", "lacks": [words]}], "total": %, "lacking": n, "least": %,
    "source", "low", "page", "pages", "count"}`` over one page of the open incidents that the caller sees, the newest first; a page
    beyond the end is the last. `total` and `lacking` are of that page, `count` of all.

    What a scene lacks counts as not obtained. A scene whose place nobody knows has no share and stays out of the total. `total`
    None: no scene has one.
    """
    rows: list[dict[str, Any]] = []
    found = open_incidents(ctx)
    count = found.count()
    pages = max(1, -(-count // PAGE))
    page = min(page, pages)
    for incident in found[(page - 1) * PAGE : page * PAGE]:
        scene = scene_devices(ctx, incident)
        heard, should = scene.obtained
        rows.append({
            "incident": incident, "placed": scene.placed, "should": should, "heard": heard,
            "pct": round(100 * heard / should) if scene.placed and should else None,
            "lacks": [str(_("%(what)s缺%(n)d台") % {"what": w.title, "n": w.lacking}) for w in scene.wanted if w.lacking],
            "lacking": sum(w.lacking for w in scene.wanted),
        })  # fmt: skip
    placed = [r for r in rows if r["pct"] is not None]
    should = sum(r["should"] for r in placed)
    book = _rules()
    return {
        "scenes": sorted(rows, key=lambda r: (r["pct"] is None, r["pct"] or 0)), "least": LEAST_PCT,
        "total": round(100 * sum(r["heard"] for r in placed) / should) if should else None,
        "lacking": sum(r["lacking"] for r in placed), "source": book.source, "low": book.confidence == "low",
        "page": page, "pages": pages, "count": count,
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
    rule, book = rule_for(incident.kind), _rules()
    at, low = incident.position, book.confidence == "low"
    if at is None:
        return Scene(False, rule.radius_m, [Wanted(n.zh, n.least, []) for n in rule.needs], book.source, low)
    box = Polygon.from_bbox(box_around(at.x, at.y, rule.radius_m))
    box.srid = 4326
    near = sensing.stations(ctx).filter(position__bboverlaps=box, position__distance_lte=(at, D(m=rule.radius_m)))
    things = list(near.annotate(away=Distance("position", at)).order_by("away", "pk"))
    streams = sensing.datastreams(ctx, [t.pk for t in things]) if things else []
    newest = sensing.newest_readings(ctx, streams)
    return Scene(
        True, rule.radius_m, [_wanted(n, things, streams, newest, ctx.now()) for n in rule.needs], book.source, low
    )


def _wanted(need: Need, things: list[Any], streams: list[Any], newest: dict[int, Any], now: datetime) -> Wanted:
    devices = []
    for thing in things:
        own = [s for s in streams if s.thing_id == thing.pk and (not need.measures or s.property in need.measures)]
        if (need.device and thing.kind != need.device) or (need.measures and not own):
            continue
        heard = [(newest[s.pk][0], s) for s in own if s.pk in newest]
        last, stream = max(heard, key=lambda pair: pair[0]) if heard else (None, None)
        silent = last is None or stream is None or _overdue(stream, now - last)
        devices.append(Device(thing.name, thing.get_absolute_url(), round(thing.away.m), last, silent, video_of(thing)))
    return Wanted(need.zh, need.least, devices)


def _overdue(stream: Any, since: timedelta) -> bool:
    """Nobody waits for what is not read on a schedule."""
    scheduled: bool = stream.interval_s <= sensing.UNSCHEDULED_S
    return scheduled and since > timedelta(seconds=stream.interval_s * sensing.PATIENCE)
