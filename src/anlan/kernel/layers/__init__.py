"""Map layers: what rooms show on the one map (一张图), as vector tiles cut from scoped queries."""

from .declaration import BadLayer, Layer, Total
from .frames import Frames, add_frames, frame_of, frames_for
from .marks import Mark, add_marks, marks_between, marks_live
from .registry import add_layer, layer_of, layers, layers_for
from .tiles import tile
from .within import Area, within

__all__ = [
    "Area", "BadLayer", "Frames", "Layer", "Mark", "Total", "add_frames", "add_layer", "add_marks", "frame_of", "frames_for",
    "layer_of", "layers", "layers_for", "marks_between", "marks_live", "tile", "within",
]  # fmt: skip
