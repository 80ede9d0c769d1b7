"""Names of regions, ready for searching a text; what several places bear is told apart by the street they lie in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from . import place_grammar as words

LEVELS = {"province": 1, "city": 2, "county": 3, "township": 4, "village": 5}
ALIAS_SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Place:
    """One gazetteer entry. ``code`` 12 digits, ``level`` province…village, position WGS84 degrees or None."""

    name: str
    code: str
    level: str
    lon: float | None = None
    lat: float | None = None
    aliases: tuple[str, ...] = ()

    @classmethod
    def of(cls, entry: Place | Sequence[object]) -> Place:
        """From a ``Place`` or a row (name, aliases, code, level, lon, lat)."""
        if isinstance(entry, Place):
            return entry
        name, aliases, code, level, lon, lat = entry
        return cls(str(name), str(code), str(level), lon, lat, tuple(aliases or ()))  # type: ignore[arg-type]


class Gazetteer:
    """Names → places, ready for searching a text; build it once and keep it."""

    def __init__(self, entries: Iterable[Place | Sequence[object]]) -> None:
        self.full: dict[str, list[Place]] = {}
        self.short: dict[str, list[Place]] = {}
        for entry in entries:
            place = Place.of(entry)
            self.full.setdefault(place.name, []).append(place)
            plain = words.DIVISION_ENDING.sub("", place.name)
            names = {*place.aliases, f"{plain}社区" if place.level == "village" else f"{plain}地区"}
            if not words.ROAD_LIKE.search(plain):
                # 古城西路社区 is not called 古城西路: that is the road
                names.add(plain)
            for name in names - {place.name}:
                if len(name) >= ALIAS_SHORTEST:
                    self.short.setdefault(name, []).append(place)
        self.names = {place.code: place.name for places in self.full.values() for place in places}
        self.longest = max(map(len, [*self.full, *self.short]), default=0)

    def find(self, text: str) -> Iterator[tuple[int, int, tuple[Place, ...], bool]]:
        """(start, end, places, whether the full name) of names in ``text``, left to right, the longest at each spot."""
        at = 0
        while at < len(text):
            for length in range(min(self.longest, len(text) - at), ALIAS_SHORTEST - 1, -1):
                name = text[at : at + length]
                if name in self.full or name in self.short:
                    yield at, at + length, tuple(self.full.get(name) or self.short[name]), name in self.full
                    at += length
                    break
            else:
                at += 1

    def within(self, place: Place) -> str:
        """The name of the street that contains a community, of the district that contains a street; "" when unknown."""
        digits = {"village": 9, "township": 6, "county": 4, "city": 2}.get(place.level, 0)
        return self.names.get(place.code[:digits].ljust(len(place.code), "0"), "") if digits else ""
