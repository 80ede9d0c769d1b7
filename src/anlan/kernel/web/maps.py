"""The one map (一张图): its page, its layers as tiles, the inspector, and "who and what is inside"."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_POST

from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, NotFound
from anlan.kernel.layers import (
    Frames,
    Layer,
    frame_of,
    frames_for,
    layer_of,
    layers_for,
    marks_between,
    marks_live,
    tile,
    within,
)  # fmt: skip
from anlan.kernel.layers.within import MAX_CORNERS, read_area
from anlan.kernel.moments import year_is_ours
from anlan.kernel.scope_names import scope_names

from .entering import entered
from .nav import STAGES

#: Shown when nobody knows where the person's land lies: the country.
WHOLE = (73.5, 18.0, 135.1, 53.6)
#: Half the width of the map that opens around one place: some 1.5 km.
NEAR_DEG = 0.015
#: How far back the time slider reaches.
LOOK_BACK = timedelta(hours=48)
MAX_WITHIN_BYTES = 200_000


def page_config(ctx: Context, *, only: Sequence[str] = (), query: str = "", selected: str = "") -> dict[str, Any]:
    """What frontend/src/map/config.ts calls MapConfig. `query` narrows the layers' rows by conditions of a ledger."""
    shown = [layer for layer in layers_for(ctx, every=bool(only)) if not only or layer.key in only]
    names = scope_names()
    extent, home = names.extent(ctx) or WHOLE, names.home(ctx)
    return {
        "bounds": list(extent),
        "base": [
            {"id": "outlines", "type": "geojson", "url": reverse("map-outlines"), "kind": "land", "label": "name"},
            *names.base_layers(),
        ],
        **({"home": home} if home else {}),
        **({"time": _time(ctx)} if any(layer.timed for layer in shown) and not only else {}),
        "layers": [_layer(layer, query, alone=len(only) == 1) for layer in shown],
        **({"alone": True} if len(only) == 1 else {}),
        **({} if only else {"frames": [_frames(one) for one in frames_for(ctx)]}),
        "stages": [{"key": key, "label": str(label)} for key, (_glyph, label) in STAGES.items()],
        "inspect_url": "/map/inspect/",
        "within_url": reverse("map-within"),
        "views": [{"title": str(label), "bounds": list(extent), "layers": keys} for label, keys in _by_stage(shown)],
        **({"selected": selected} if selected else {}),
    }


def _time(ctx: Context) -> dict[str, Any]:
    """The slider's two days up to now, by the world's clock; layers that are `timed` show what was then."""
    now = ctx.now()
    return {
        "from": (now - LOOK_BACK).isoformat(), "to": now.isoformat(), "now": now.isoformat(),
        "events": marks_between(ctx, now - LOOK_BACK, now), "marks_url": reverse("map-marks"), "live": marks_live(),
    }  # fmt: skip


def _by_stage(shown: Sequence[Layer]) -> list[tuple[Any, list[str]]]:
    """Views that the wall turns through: what each stage of the work has on the map."""
    found = [(STAGES[stage][1], [la.key for la in shown if la.stage == stage]) for stage in STAGES]
    return [(label, keys) for label, keys in found if keys]


def _layer(layer: Layer, query: str, *, alone: bool = False) -> dict[str, Any]:
    tiles = reverse("map-tile", args=[layer.key, 0, 0, 0]).replace("/0/0/0.mvt", "/{z}/{x}/{y}.mvt")
    known: dict[str, Any] = {
        "id": layer.key, "title": str(layer.title), "stage": layer.stage, "kind": layer.kind, "symbol": str(layer.symbol),
        "shape": layer.shape, "source": {"type": "mvt", "url": tiles + query, "layer": layer.key, "key": "id", "maxzoom": 16},
        "count_url": reverse("map-count", args=[layer.key]) + query, "shown": layer.shown or alone, "live": layer.live,
        "timed": layer.timed,
    }  # fmt: skip
    if layer.kind == "measured":
        known |= {
            "unit": str(layer.unit),
            "property": layer.measures,
            **({"bounds": list(layer.bounds)} if layer.bounds else {}),
        }
    if layer.level:
        known["level"] = layer.level
    return known


def _frames(declared: Frames) -> dict[str, Any]:
    return {
        "id": declared.key, "title": str(declared.title), "stage": declared.stage, "shown": declared.shown,
        "url": reverse("map-frame", args=[declared.key]), "live": declared.live, "instead_of": declared.instead_of,
        "step_s": declared.step_s, "hours": declared.hours,
        "choices": [{"value": value, "label": str(label)} for value, label in declared.choices],
    }  # fmt: skip


@require_GET
@entered
def page(request: HttpRequest) -> HttpResponse:
    ctx: Context = request.ctx  # type: ignore[attr-defined]
    config = page_config(ctx, selected=request.GET.get("selected", ""))
    view = asked_view(request.GET)
    if view:
        config["view"] = view
    return render(request, "map/page.html", {"map_config": config})


def asked_view(query: Mapping[str, str]) -> list[float] | None:
    """Where a link wants the map to open: ``near=lon,lat`` or ``region=code``. None for anything else."""
    if query.get("region"):
        return list(scope_names().extent_of(query["region"]) or ()) or None
    try:
        lon, lat = (float(part) for part in query.get("near", "").split(","))
    except ValueError:
        return None
    if not (-180 <= lon <= 180 and -85 <= lat <= 85):
        return None
    return [lon - NEAR_DEG, lat - NEAR_DEG, lon + NEAR_DEG, lat + NEAR_DEG]


@require_GET
@entered
def wall(request: HttpRequest) -> HttpResponse:
    """The map for a wall: no tools, larger type, chosen views in turn."""
    ctx: Context = request.ctx  # type: ignore[attr-defined]
    seconds = request.GET.get("seconds", "")
    context = {
        "map_config": page_config(ctx), "surface": "wall", "theme": "wall",
        "seconds": min(max(int(seconds), 5), 600) if seconds.isdecimal() and len(seconds) < 5 else 20,
    }  # fmt: skip
    return render(request, "map/wall.html", context)


@require_GET
@entered
def tiles(request: HttpRequest, key: str, z: int, x: int, y: int) -> HttpResponse:
    """One vector tile. It belongs to one person: kept by no shared cache, asked anew each time, sent only when it differs."""
    ctx: Context = request.ctx  # type: ignore[attr-defined]
    content = tile(ctx, layer_of(key), z, x, y, request.GET)
    etag = f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'
    if request.headers.get("If-None-Match") == etag:
        return _private(HttpResponseNotModified(), etag)
    return _private(HttpResponse(content, content_type="application/vnd.mapbox-vector-tile"), etag)


def _private(response: HttpResponse, etag: str) -> HttpResponse:
    response["ETag"], response["Cache-Control"], response["Vary"] = etag, "private, no-cache", "Cookie"
    return response


@require_GET
@entered
def count(request: HttpRequest, key: str) -> HttpResponse:
    ctx: Context = request.ctx  # type: ignore[attr-defined]
    return JsonResponse({"count": layer_of(key).rows(ctx, request.GET).count()})


@require_GET
@entered
def layer_list(request: HttpRequest) -> HttpResponse:
    """Layers by stage with the number of things that this person sees on each."""
    ctx: Context = request.ctx  # type: ignore[attr-defined]
    shown = [{**_layer(layer, ""), "count": layer.rows(ctx, {}).count()} for layer in layers_for(ctx)]
    groups = [
        {"stage": stage, "label": str(label), "layers": [la for la in shown if la["stage"] == stage]}
        for stage, (_glyph, label) in STAGES.items()
    ]
    return JsonResponse({"groups": [g for g in groups if g["layers"]]}, json_dumps_params={"ensure_ascii": False})


@require_GET
@entered
def marks(request: HttpRequest) -> HttpResponse:
    """What stands on the time slider now: asked for again when something has happened."""
    ctx: Context = request.ctx  # type: ignore[attr-defined]
    return JsonResponse({"events": _time(ctx)["events"]}, json_dumps_params={"ensure_ascii": False})


@require_GET
@entered
def frame(request: HttpRequest, key: str) -> HttpResponse:
    """What a computed layer shows at one instant (``at``, ISO 8601 with offset; none: the newest) for one ``choice``."""
    ctx: Context = request.ctx  # type: ignore[attr-defined]
    found = frame_of(ctx, key, moment_of(request.GET.get("at")), request.GET.get("choice", ""))
    response = JsonResponse(found, json_dumps_params={"ensure_ascii": False, "separators": (",", ":")})
    response["Cache-Control"], response["Vary"] = "private, no-cache", "Cookie"
    return response


def moment_of(text: Any) -> datetime | None:
    """An instant with its offset, or None for anything else: then the newest is shown."""
    try:
        at = parse_datetime(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return at if at and at.tzinfo and year_is_ours(at) else None


@require_GET
@entered
def inspect(request: HttpRequest, key: str, pk: str) -> HttpResponse:
    """What the inspector shows of one thing: a fragment."""
    ctx: Context = request.ctx  # type: ignore[attr-defined]
    template, context = layer_of(key).inspect(ctx, pk)
    return render(request, template, context)


@require_POST
@entered
def inside(request: HttpRequest) -> HttpResponse:
    ctx: Context = request.ctx  # type: ignore[attr-defined]
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > MAX_WITHIN_BYTES:
        # Before it is read: a drawing of a million points costs nothing.
        raise too_fine()
    return JsonResponse(asked_within(ctx, request.body), json_dumps_params={"ensure_ascii": False})


def too_fine() -> BadInput:
    """The refusal of a drawing with more corners than anybody draws."""
    from django.utils.translation import gettext as _

    return BadInput(
        _("范围画得太细，平台不收（最多 %(n)d 个角）") % {"n": MAX_CORNERS},
        field="geometry",
        mend=_("请把边线画得简单些"),
    )


def asked_within(ctx: Context, body: bytes) -> dict[str, Any]:
    """Read the drawing and the wanted layers, and answer. Raises BadInput for what is not a drawing."""
    from django.utils.translation import gettext as _

    if len(body) > MAX_WITHIN_BYTES:
        raise too_fine()
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise BadInput(_("没有读懂这个范围"), field="geometry", mend=_("请重新画一次；太复杂的边线请画简单些"))
    only = given.get("layers") or []
    if not isinstance(only, list):
        raise BadInput(_("图层名单写错了"), field="layers", mend=_("写成图层标识的列表"))
    return within(ctx, read_area(given), only=[str(name) for name in only])


@require_GET
@entered
def outlines(request: HttpRequest) -> HttpResponse:
    """Outlines of the divisions as the muted base. They are the same for everybody and change only with a release."""
    body = json.dumps(scope_names().outlines(), ensure_ascii=False, separators=(",", ":")).encode()
    if not body:
        raise NotFound()
    etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    if request.headers.get("If-None-Match") == etag:
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = HttpResponse(body, content_type="application/geo+json")
    response["ETag"], response["Cache-Control"] = etag, "private, max-age=3600"
    return response
