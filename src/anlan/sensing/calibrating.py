"""From what an instrument says to what is stored. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from .store.packing import Floats, Ints, micros


def calibrated(value: Floats, time_us: Ints, calibration: Sequence[Mapping[str, Any]]) -> Floats:
    """``value * factor + offset`` by the entry in force at each reading's time; before the first one as given.

    `calibration`: ``{"from", "factor"?, "offset"?}`` with an ISO date (midnight UTC) or an instant with its offset.
    """
    done = np.array(value, float)
    for entry in sorted(calibration, key=lambda e: _begin(e["from"])):
        since = time_us >= _begin(entry["from"])
        done[since] = np.asarray(value)[since] * float(entry.get("factor", 1)) + float(entry.get("offset", 0))
    return done


def _begin(text: str) -> int:
    at = datetime.fromisoformat(text)
    return micros(at if at.tzinfo else at.replace(tzinfo=UTC))
