"""Cameras on the map: registered things with the address of their own page or stream. The platform carries no video itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context
from anlan.kernel.errors import NotFound
from anlan.kernel.layers import Layer, add_layer
from anlan.sensing import queries as sensing

KIND = "camera"
#: Name of the property under which a camera's page is registered (SensorThings: ``properties.video``).
VIDEO = "video"


def cameras(ctx: Context) -> QuerySet[Any]:
    """Registered cameras that the caller sees and that stand somewhere."""
    return sensing.stations(ctx).filter(kind=KIND, position__isnull=False)


def video_of(thing: Any) -> str:
    """The https address at which this camera is watched; empty when none is registered or it is no such address."""
    said = thing.properties.get(VIDEO) if isinstance(thing.properties, dict) else None
    try:
        parts = urlsplit(said if isinstance(said, str) else "")
    except ValueError:
        return ""
    return str(said) if parts.scheme == "https" and parts.hostname and not (parts.username or parts.password) else ""


def _rows(ctx: Context, query: Mapping[str, Any]) -> QuerySet[Any]:
    return cameras(ctx)


def _inspect(ctx: Context, pk: str) -> tuple[str, dict[str, Any]]:
    found = cameras(ctx).filter(pk=pk).first()
    if found is None:
        raise NotFound()
    return "command/camera_inspect.html", {"camera": found, "video": video_of(found)}


def _detail(thing: Any) -> str:
    return "" if video_of(thing) else str(_("没有登记视频地址"))


add_layer(
    Layer(
        key="command.camera", title=_("视频监控"), stage="sense", rows=_rows, inspect=_inspect, permission="sensing.station.view",
        properties={"name": "name", "accuracy_m": "accuracy_m"}, symbol="视", shape="circle", label=lambda t: t.name, detail=_detail,
        link=lambda t: video_of(t) or t.get_absolute_url(), shown=False, order=14,
    )
)  # fmt: skip
