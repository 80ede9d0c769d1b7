"""What command does when others announce. Loading this also says which service stands behind each button."""

from __future__ import annotations

from . import services  # noqa: F401 (registers the services of steps)
from .duty import reactions as duty  # noqa: F401 (services of its steps, pages, who is on duty)
from .responses import reactions as responses  # noqa: F401 (carries out approved proposals)
