"""What the store must know of datastreams: their property and how often they are read. Kept in memory, looked up when unknown."""

from __future__ import annotations

import threading

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from ..models import Datastream
from .packing import Ints

#: By database: datastream → (property, interval in seconds).
_known: dict[str, dict[int, tuple[str, int]]] = {}
_guard = threading.Lock()


def _facts(stream: Ints) -> dict[int, tuple[str, int]]:
    name = str(connection.settings_dict["NAME"])
    with _guard:
        known = _known.setdefault(name, {})
    missing = [pk for pk in stream.tolist() if pk not in known]
    if missing:
        rows = Datastream.objects.filter(pk__in=missing).values_list("pk", "property", "interval_s")
        known.update({pk: (prop, interval) for pk, prop, interval in rows})
    return known


def read_often(stream: Ints, seconds: int) -> NDArray[np.bool_]:
    """Whether each is expected more often than every so many seconds."""
    unique, place = np.unique(stream, return_inverse=True)
    facts = _facts(unique)
    return np.array([facts[pk][1] < seconds for pk in unique.tolist()], bool)[place]


def property_numbers(stream: Ints) -> tuple[Ints, list[str]]:
    """The number of each one's property in the list of names that comes with it."""
    unique, place = np.unique(stream, return_inverse=True)
    facts = _facts(unique)
    names = sorted({facts[pk][0] for pk in unique.tolist()})
    numbers = np.array([names.index(facts[pk][0]) for pk in unique.tolist()], np.int64)
    return (numbers[place] if len(unique) else numbers), names


def streams_of(name: str) -> Ints:
    """Datastreams of a property."""
    return np.fromiter(Datastream.objects.filter(property=name).values_list("pk", flat=True), np.int64)
