"""The guide of one water work: levels, who decides, and the evacuation plan with what does not add up."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from anlan.kernel.context import Context
from anlan.places.queries import Person, Post, holders_of_posts
from anlan.registry.models import EvacuationArea, Shelter, WaterWork
from anlan.registry.queries import evacuation_areas, water_work, water_works

from ..data.water_guides import Danger, WaterState, water_guide


@dataclass(frozen=True, slots=True)
class LevelState:
    """`metres` of the work's own level, None where nobody has entered it (or a danger seen tells, not a level)."""

    state: WaterState
    metres: Decimal | None
    leaving: list[EvacuationArea]

    @property
    def unknown(self) -> bool:
        return self.metres is None and self.state.level != "danger"


@dataclass(frozen=True, slots=True)
class Place:
    """A shelter of the evacuation plan: who comes there, and whether it holds them."""

    shelter: Shelter
    people: int
    partly: bool

    @property
    def too_small(self) -> bool:
        return self.shelter.capacity is not None and self.people > self.shelter.capacity

    @property
    def unusable(self) -> bool:
        return self.shelter.status != Shelter.Status.NORMAL or self.shelter.retired_at is not None


@dataclass(frozen=True, slots=True)
class Guide:
    """`holders`: who holds the posts named, by post code; `people`: sum over the areas whose number is known."""

    work: WaterWork
    states: list[LevelState]
    dangers: tuple[Danger, ...]
    areas: list[EvacuationArea]
    places: list[Place]
    holders: dict[str, list[Person]]

    @property
    def people(self) -> int:
        return sum(a.people or 0 for a in self.areas)

    @property
    def uncounted(self) -> int:
        return sum(1 for a in self.areas if a.people is None)

    def held(self, post: Post | None) -> str:
        """The post with who holds it now."""
        if post is None:
            return ""
        names = "、".join(p.name for p in self.holders.get(post.code, ()))
        return f"{post.name} {names}".strip()

    @property
    def responsible(self) -> list[tuple[str, str]]:
        """The three who answer for it, with the words of the registry; empty where nobody is named."""
        names = ("head", "technical", "patrol")
        return [(_named(WaterWork, n), self.held(getattr(self.work, n))) for n in names]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The evacuation plan as rows: who leaves when, by which way, where to, who answers; `lacks` names what nobody has entered."""
        return [
            {
                "area": a, "head": self.held(a.head),
                "lacks": [
                    _named(EvacuationArea, n)
                    for n in ("people", "route", "shelter", "head") if getattr(a, n) in (None, "")
                ],
            }
            for a in self.areas
        ]  # fmt: skip


def works(ctx: Context) -> list[dict[str, Any]]:
    """Every water work with the number of areas and people of its evacuation plan, in two queries."""
    areas: dict[Any, list[EvacuationArea]] = defaultdict(list)
    for area in evacuation_areas(ctx):
        areas[area.water_work_id].append(area)
    return [
        {"work": w, "areas": len(areas[w.pk]), "people": sum(a.people or 0 for a in areas[w.pk])}
        for w in water_works(ctx)
    ]


def guide_of(ctx: Context, pk: Any) -> Guide:
    """Raises NotFound."""
    work = water_work(ctx, pk)
    areas = list(evacuation_areas(ctx).filter(water_work=work))
    known = water_guide().of(work.kind)
    posts = [p for p in (work.head, work.technical, work.patrol, *(a.head for a in areas)) if p is not None]
    states = [
        LevelState(s, getattr(work, s.level, None), [a for a in areas if a.leaves_at == _leaving(s.level)])
        for s in known.states
    ]
    return Guide(work, states, known.dangers, areas, _places(areas), holders_of_posts({p.code for p in posts}))


def work_of_station(ctx: Context, code: str) -> WaterWork | None:
    """The water work that a gauge measures."""
    return water_works(ctx).filter(station__code=code, station__retired_at=None).first() if code else None


def _named(model: Any, field: str) -> str:
    """What the registry calls one of its fields."""
    return str(model._meta.get_field(field).verbose_name)


def _leaving(level: str) -> str:
    return {"warn_m": "warn", "guarantee_m": "guarantee", "danger": "danger"}.get(level, "")


def _places(areas: list[EvacuationArea]) -> list[Place]:
    """Shelters in the order in which areas name them; `partly` when the number of somebody who comes there is not known."""
    coming: dict[Any, list[EvacuationArea]] = {}
    for area in areas:
        if area.shelter is not None:
            coming.setdefault(area.shelter.pk, []).append(area)
    return [
        Place(rows[0].shelter, sum(a.people or 0 for a in rows), any(a.people is None for a in rows))
        for rows in coming.values() if rows[0].shelter is not None
    ]  # fmt: skip
