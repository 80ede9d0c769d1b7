"""The real world and its exercises. Every operational record belongs to exactly one world."""

from __future__ import annotations

import uuid

#: The world in which nothing is pretended.
REAL = uuid.UUID(int=0)
