"""Wind force by wind speed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LOWER_MS = np.array(
    [0.0, 0.3, 1.6, 3.4, 5.5, 8.0, 10.8, 13.9, 17.2, 20.8, 24.5, 28.5, 32.7, 37.0, 41.5, 46.2, 51.0, 56.1, 61.3]
)
"""The least wind speed (m/s, two-minute or ten-minute mean at 10 m) of forces 0 to 17, and of more than 17 (given as 18).
Source: GB/T 28591-2012 风力等级."""


def beaufort(speed: Floats) -> Floats:
    """Force 0 to 18 of each wind speed (m/s), shape kept; NaN stays NaN. Speeds count to a tenth of m/s, as the table does."""
    tenths = np.round(speed, 1)
    force = np.searchsorted(LOWER_MS, np.where(np.isnan(tenths), 0.0, tenths), side="right") - 1
    return np.where(np.isnan(tenths), np.nan, np.maximum(force, 0)).astype(np.float64)
