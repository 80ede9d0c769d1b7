"""Which layers exist, and which of them a person sees."""

from __future__ import annotations

from anlan.kernel.context import Context
from anlan.kernel.errors import NotFound
from anlan.kernel.web.nav import STAGES

from .declaration import BadLayer, Layer

_LAYERS: dict[str, Layer] = {}


def add_layer(*declared: Layer) -> None:
    """Called from a room's `layers.py`."""
    for layer in declared:
        if layer.key in _LAYERS:
            raise BadLayer(f"layer {layer.key} is declared twice")
        _LAYERS[layer.key] = layer


def layers() -> dict[str, Layer]:
    """All layers, in the order of the work chain."""
    stages = list(STAGES)
    return dict(sorted(_LAYERS.items(), key=lambda p: (stages.index(p[1].stage), p[1].order, p[0])))


def layers_for(ctx: Context, *, every: bool = False) -> list[Layer]:
    """Layers of which the person may see something: by a grant, or because something may have been shared. With `every` also
    those that the one map does not offer."""
    offered = [layer for layer in layers().values() if layer.listed or every]
    return [layer for layer in offered if ctx.paths(layer.permission) or ctx.keys]


def layer_of(key: str) -> Layer:
    """Raises NotFound."""
    try:
        return _LAYERS[key]
    except KeyError:
        raise NotFound() from None
