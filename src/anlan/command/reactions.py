"""What command does when others announce. Loading this also says which service stands behind each button."""

from __future__ import annotations

from . import services  # noqa: F401 (registers the services of steps)
from .responses import reactions as responses  # noqa: F401 (carries out approved proposals)
