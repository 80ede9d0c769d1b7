"""The open signals of events, as rows: hundreds of them are looked through at each signal that is raised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from ..models import SignalEvent


@dataclass(slots=True)
class Standing:
    """What an event has to know of one of its open signals."""

    pk: Any
    event: Any
    state: str
    rank: int
    level: str
    words: str
    text: str
    scope: str
    station: str | None
    station_name: str | None


#: Asked at every signal, of hundreds: as rows, the most severe and newest first, with how many places an event has had.
_QUESTION = """SELECT e.id, p.places, s.id, s.event_id, s.state, s.rank, s.level, s.words, s.text, s.scope, s.station_id, t.name
FROM unnest(%s::uuid[]) AS e (id)
LEFT JOIN (SELECT event_id, count(DISTINCT place_key) AS places FROM analysis_signal
           WHERE event_id = ANY(%s::uuid[]) AND station_id IS NOT NULL GROUP BY event_id) p ON p.event_id = e.id
LEFT JOIN analysis_signal s ON s.event_id = e.id AND s.closed_at IS NULL
LEFT JOIN sensing_thing t ON t.code = s.station_id
ORDER BY s.rank DESC, s.at DESC, s.place_key"""


def standing_of(events: Sequence[SignalEvent]) -> tuple[dict[Any, list[Standing]], dict[Any, int]]:
    """By event (each was read in its world): the open signals, and how many places have signalled."""
    ids = [event.pk for event in events]
    found: dict[Any, list[Standing]] = {pk: [] for pk in ids}
    places = {}
    with connection.cursor() as cursor:
        cursor.execute(_QUESTION, [ids, ids])
        for event, seen, *signal in cursor.fetchall():
            places[event] = seen or 0
            if signal[0] is not None:
                found[event].append(Standing(*signal))
    return found, places
