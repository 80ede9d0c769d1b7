"""What the page of the command map is told: the one map with an incident in focus."""

from __future__ import annotations

from typing import Any

from django.contrib.gis.geos import Point
from django.urls import reverse

from anlan.command.models import Incident
from anlan.command.queries.incidents import open_incidents
from anlan.kernel.context import Context
from anlan.kernel.geodesy import box_around
from anlan.kernel.layers import marks_between
from anlan.kernel.web.maps import page_config

from .moments import AHEAD, BACK, plan_marks
from .plotting import DRAW, marks_of, marks_on
from .seats import layers_at, seat_of, seats
from .symbols import offered
from .targets import moving

#: How far around an incident people ask first (km).
RADII = (1, 3, 5)
#: A wall that turns through more incidents shows none of them often enough.
MOST_ON_WALL = 12


def incident_config(ctx: Context, incident: Incident) -> dict[str, Any]:
    """MapConfig (frontend/src/map/config.ts) with `focus`, `plotting` and `seats`."""
    config = page_config(ctx)
    at = incident.position
    where = at or incident.region.position
    now = ctx.now()
    base = reverse("incident-map", args=[incident.pk])
    seat = seat_of(ctx)
    keys = [layer["id"] for layer in config["layers"]]
    on = set(layers_at(ctx, seat, keys))
    for layer in config["layers"]:
        layer["shown"] = layer["id"] in on
    events = marks_between(ctx, now - BACK, now) if "time" not in config else config["time"]["events"]
    planned = [
        {"at": m.at.isoformat(), "label": m.label, "kind": m.kind, "url": m.url}
        for m in plan_marks(ctx, incident, now + AHEAD)
    ]
    return {
        **config,
        **({"view": list(box_around(where.x, where.y, 3000))} if where is not None else {}),
        "time": {
            **config.get("time", {"from": (now - BACK).isoformat(), "now": now.isoformat()}),
            "to": (now + AHEAD).isoformat(), "events": [*events, *planned],
        },
        "focus": {
            "id": str(incident.pk), "title": incident.title, "url": incident.get_absolute_url(), "radii_km": list(RADII),
            **({"lon": at.x, "lat": at.y, "accuracy_m": incident.accuracy_m} if at is not None else {}),
            "moment_url": f"{base}moment/", "export_url": f"{base}within.xlsx", "devices_url": f"{base}devices/",
            "task_url": f"{reverse('task-new')}?incident={incident.pk}", "author": _author(ctx),
        },
        "plotting": {
            "url": f"{base}plotting/", "live": "command.plotting.changed", "incident": str(incident.pk), "symbols": offered(),
            "may": incident.is_open and ctx.may(DRAW, incident.scope), "marks": marks_of(ctx, incident),
        },
        "seats": {
            "url": reverse("map-seat"), "now": seat,
            "offered": [{"id": s.id, "title": s.zh, "layers": layers_at(ctx, s.id, keys)} for s in seats().values()],
        },
        "inspect_url": f"{base}inspect/", "actions": True, **moving(ctx),
    }  # fmt: skip


def wall_config(ctx: Context) -> dict[str, Any]:
    """MapConfig of the wall: one view an open incident that lies somewhere, the newest first, with what is drawn on its map, live;
    the views by stage while nothing is open. `wall` is where the views are asked for again when an incident came or ended."""
    config = page_config(ctx)
    shown = wall_views(ctx, config)
    return {
        **config,
        **({"view": shown["views"][0]["bounds"]} if shown["views"] else {}),
        "views": shown["views"],
        "wall": {"url": reverse("wall-views"), "live": "command.incident.>"},
        "plotting": {
            "url": "", "urls": shown["urls"], "live": "command.plotting.changed", "incident": "", "symbols": offered(), "may": False,
            "marks": shown["marks"],
        },
    }  # fmt: skip


def wall_views(ctx: Context, config: dict[str, Any] | None = None) -> dict[str, Any]:
    """``{"views": [{"id", "title", "bounds", "layers"}], "urls": where the marks of each incident are asked for, "marks"}``."""
    config = page_config(ctx) if config is None else config
    placed = list(open_incidents(ctx).filter(position__isnull=False)[:MOST_ON_WALL])
    keys = [layer["id"] for layer in config["layers"] if layer["shown"]]
    views = [
        {"id": str(i.pk), "title": i.title, "bounds": _around(i.position), "layers": keys} for i in placed if i.position
    ]
    return {
        "views": views or config["views"],
        "urls": {str(i.pk): reverse("plotting", args=[i.pk]) for i in placed},
        "marks": marks_on(ctx, placed),
    }


def _around(at: Point) -> list[float]:
    return list(box_around(at.x, at.y, 3000))


def _author(ctx: Context) -> str:
    return " ".join(part for part in (ctx.actor.post, ctx.actor.name) if part)
