"""What the watchdog last knew, in a file: it can be read when the database, the bus and the engine are gone.

``var/watchdog/state.json``::

    {"at": ISO time of writing, "pid", "state": "starting" | "ok" | "stuck" | "maintenance", "stage": where a probe is stuck,
     "since": ISO, "text": {language: what is wrong}, "mend": {language: what to do}, "last_passed": ISO, "upkeep": {…} or null,
     "stages": {stage: seconds of the last probe that passed}, "sent", "passed", "stuck": numbers since the watchdog started,
     "rooms": {room: announcements that it has not taken yet}, "database", "bus", "live": whether each answers}
"""

from __future__ import annotations

import json
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

#: A state older than this says that the watchdog itself stands still (s).
STALE_S = 15.0


def state_file(var: Path | str) -> Path:
    return Path(var) / "watchdog" / "state.json"


def read_state(var: Path | str) -> dict[str, Any] | None:
    """The last state, None where there is none that can be read."""
    try:
        found = json.loads(state_file(var).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def write_state(var: Path | str, state: dict[str, Any]) -> None:
    """Replace the state in one step. It is written every second and need not survive a power cut."""
    file = state_file(var)
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".state.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(state, stream, ensure_ascii=False)
        os.replace(name, file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def age_s(state: dict[str, Any], now: datetime | None = None) -> float:
    """Seconds since the state was written; infinite when it does not say."""
    try:
        return ((now or datetime.now(UTC)) - datetime.fromisoformat(state["at"])).total_seconds()
    except (KeyError, TypeError, ValueError):
        return float("inf")
