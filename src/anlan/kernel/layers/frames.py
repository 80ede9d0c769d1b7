"""Layers that are computed for an instant, one answer a step: what a player on the map's time slider runs through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from anlan.kernel.context import Context
from anlan.kernel.errors import NotFound
from anlan.kernel.web.nav import STAGES

from .declaration import BadLayer


@dataclass(frozen=True, eq=False)
class Frames:
    """A layer whose picture is made whole for one instant. `key` is ``room.noun``; `stage` a key of the rail's stages.

    `frame(ctx, at, choice)` gives what `ctx` may see at `at` (None: the newest there is) as one answer: ``{"at": ISO 8601,
    "note": text, "refused"?: text, "unit", "bounds": [lower bounds of the ramp], "areas", "lines", "points": GeoJSON feature
    collections, "lacking"?: [text]}``; areas and lines bear ``value`` (the lower bound), points ``name``, ``value``, ``words``
    and ``url``. `choices`: (value, label) of what may be shown, the first is shown at first. `step_s` lies between two
    frames, `hours` is how far the player goes back. `instead_of`: the layer whose things the points show in its place.
    """

    key: str
    title: Any
    stage: str
    permission: str
    frame: Callable[[Context, datetime | None, str], dict[str, Any]]
    choices: tuple[tuple[str, Any], ...]
    step_s: int = 3600
    hours: int = 24
    instead_of: str = ""
    live: str = ""
    shown: bool = False
    order: int = 50

    def __post_init__(self) -> None:
        if self.stage not in STAGES:
            raise BadLayer(f"frames {self.key}: there is no stage {self.stage!r}")
        if not self.choices:
            raise BadLayer(f"frames {self.key}: nothing to choose")


_FRAMES: dict[str, Frames] = {}


def add_frames(declared: Frames) -> None:
    """Called from a room's `layers.py`."""
    if declared.key in _FRAMES:
        raise BadLayer(f"frames {declared.key} are declared twice")
    _FRAMES[declared.key] = declared


def frames_for(ctx: Context) -> list[Frames]:
    """Those of which the person may see something, in order."""
    found = [one for one in _FRAMES.values() if ctx.paths(one.permission)]
    return sorted(found, key=lambda one: (one.order, one.key))


def frame_of(ctx: Context, key: str, at: datetime | None, choice: str) -> dict[str, Any]:
    """One frame. A choice that is not offered becomes the first. Raises NotFound for foreign or unknown frames."""
    declared = next((one for one in frames_for(ctx) if one.key == key), None)
    if declared is None:
        raise NotFound()
    offered = [value for value, _label in declared.choices]
    return declared.frame(ctx, at, choice if choice in offered else offered[0])
