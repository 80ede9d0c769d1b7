"""When the next planned roll call is due. Pure: local times in, the next moment out."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta, tzinfo

_TIME = re.compile(r"([01]?\d|2[0-3])[:：]([0-5]\d)")


class BadTime(ValueError):
    """A time of day that cannot be read; the first argument is what was written."""


def read_times(text: str) -> list[str]:
    """Times of day from what a person typed (``8:30、22：00``), sorted, each once, as ``HH:MM``. Raises BadTime."""
    found = set()
    for part in re.split(r"[\s,，、;；]+", text.strip().translate(_NARROW)):
        if not part:
            continue
        match = _TIME.fullmatch(part)
        if match is None:
            raise BadTime(part)
        found.add(f"{int(match[1]):02d}:{match[2]}")
    return sorted(found)


_NARROW = {ord("０") + i: str(i) for i in range(10)}


def next_time(
    after: datetime, times: Sequence[str], *, jitter_min: int = 0, key_times: Sequence[str] = (),
    is_key: Callable[[date], bool] = lambda day: False, zone: tzinfo, chance: random.Random | None = None,
) -> datetime | None:  # fmt: skip
    """The next moment of a plan later than `after` (aware), None when the plan names no time.

    Each time of day is moved by a whole number of minutes out of ±`jitter_min`, drawn by `chance`, and never back to before
    `after`. Days of which `is_key` is true have `key_times` instead, where there are any.
    """
    chance = chance or random.SystemRandom()
    today = after.astimezone(zone).date()
    # The day before is looked at as well: a moment of yesterday may have been moved past midnight.
    for day in (today + timedelta(days=n) for n in range(-1, 400)):
        in_key = bool(key_times) and is_key(day)
        for text in key_times if in_key else times:
            planned = datetime.combine(day, time.fromisoformat(text), zone)
            # Its whole window lies ahead: what was drawn up within it is not drawn up a second time.
            if planned - timedelta(minutes=jitter_min) > after:
                return planned + timedelta(minutes=chance.randint(-jitter_min, jitter_min))
    return None
