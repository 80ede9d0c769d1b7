"""Map layers: what rooms show on the one map (一张图), as vector tiles cut from scoped queries."""

from .declaration import BadLayer, Layer, Total
from .registry import add_layer, layer_of, layers, layers_for
from .tiles import tile
from .within import Area, within

__all__ = ["Area", "BadLayer", "Layer", "Total", "add_layer", "layer_of", "layers", "layers_for", "tile", "within"]
