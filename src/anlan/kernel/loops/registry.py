"""Which loops exist, and which model keeps the records of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .declaration import Loop

if TYPE_CHECKING:
    from .record import LoopRecord

_LOOPS: dict[str, Loop] = {}
_MODELS: dict[str, type[Any]] = {}


def register(loop: Loop, model: type[LoopRecord]) -> None:
    """Called once per concrete record model, when Django builds it."""
    known = _MODELS.get(loop.key)
    if known is not None and known.__qualname__ != model.__qualname__:
        raise ValueError(f"loop {loop.key} is kept by {known.__name__} already")
    _LOOPS[loop.key], _MODELS[loop.key] = loop, model


def loops() -> dict[str, Loop]:
    return dict(sorted(_LOOPS.items()))


def loop_of(key: str) -> Loop:
    return _LOOPS[key]


def model_of(key: str) -> type[Any]:
    return _MODELS[key]
