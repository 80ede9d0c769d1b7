"""What command has the engine do for as long as it runs."""

from __future__ import annotations

from .gateways import runners as gateways  # noqa: F401 (folder and mailbox)
