"""Loading this says which service stands behind each button of places."""

from __future__ import annotations

from .directory import services  # noqa: F401 (registers the services of steps)
