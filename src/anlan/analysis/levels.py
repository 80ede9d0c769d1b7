"""How severe a level is, so that what is worst comes first whatever scheme it is of. Pure."""

from __future__ import annotations

#: Levels of device signals: nothing has come for long; less has come than should.
SILENT, PARTIAL = "silent", "partial"

_RANKS = {
    "blue": 1, "yellow": 2, "orange": 3, "red": 4,
    "IV": 1, "III": 2, "II": 3, "I": 4,
    PARTIAL: 0, SILENT: 1,
}  # fmt: skip


def rank_of(level: str) -> int:
    """4 (red, I) to 1 (blue, IV, a silent device); 0 for no level at all."""
    return _RANKS.get(level, 0)
