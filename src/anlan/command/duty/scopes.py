"""Paths above a path."""

from __future__ import annotations


def above(path: str) -> list[str]:
    """A path and all above it: what is said of a city holds in its districts."""
    return [path[: i + 1] for i, letter in enumerate(path) if letter == "/"]
