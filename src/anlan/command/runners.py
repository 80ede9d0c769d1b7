"""What command has the engine do for as long as it runs."""

from __future__ import annotations

from . import rule_days  # noqa: F401 (local rules that begin or end today)
from .briefs import runners as briefs  # noqa: F401 (begins the brief of the day before)
from .duty import runners as duty  # noqa: F401 (shifts that ended without anybody)
from .gateways import runners as gateways  # noqa: F401 (folder and mailbox)
from .opinion import runners as opinion  # noqa: F401 (reads feeds)
