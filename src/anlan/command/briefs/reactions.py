"""Loads the services behind the steps of briefs and day sheets. Imported by the room's `reactions`."""

from . import services

__all__ = ["services"]
