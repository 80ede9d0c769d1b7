"""Signals of regions: a share of the area, or several stations together, reach a level."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.timezone import localtime

from anlan.kernel.conditions import AllOf, AnyOf, Condition, Leaf, Result, Unless, evaluate
from anlan.kernel.context import Context
from anlan.kernel.facts import Provenance
from anlan.kernel.wording import words as _
from anlan.places.models import Region
from anlan.places.queries import region_at
from anlan.sensing.models import Thing

from ..book.in_force import book_moment, criteria_of_region, maintained_at
from ..criteria import Criterion, CriterionLevel, warning_criteria
from ..data.several_stations import Several, shipped_several
from ..following import Place, PlaceChange
from ..judging import label_of, threshold_of
from ..levels import rank_of
from ..models import RegionFigures, Signal, SignalEvent
from ..numerics.rain import WINDOWS_H
from .signals import follow_places

#: So many stations are named in a sentence; the proof holds all of them.
NAMED = 4


def region_place(region: Region) -> Place:
    return Place(f"region:{region.short_code}", region.name, region.path, (region.key,))


def judge_region(ctx: Context, *, region: Region, at: datetime) -> list[Signal]:
    """Triggers that ask for a share of the area, by the region's figures at `at`: those of the book in force there.

    A level is left when the newest figures have known it not to be reached (less its margin) so many times in a row as the
    criterion says; out of season, or when the trigger holds there no more, at once.
    """
    day = localtime(at).date()
    judged_here = [(c, levels) for c in _criteria(ctx, region) if (levels := _areal_levels(c))]
    criteria = [(c, levels) for c, levels in judged_here if c.in_season(day)]
    changes = _ended(ctx, region, at, {c.id for c, _levels in criteria})
    longest = max((c.clear_after for c, _levels in criteria), default=1)
    rows = RegionFigures.objects.in_world(ctx).filter(region=region, at__lte=at, figures__has_key="rain_24h_mm")
    newest = list(rows.order_by("-at")[:longest])
    if not newest or newest[0].at != at:
        return []
    facts = [_facts(row.figures) for row in newest]
    for criterion, levels in criteria:
        judged = [(level, evaluate(level.when, facts[0])) for level in levels]
        recent = facts[: criterion.clear_after]
        left = [
            level
            for level in levels
            if len(recent) >= criterion.clear_after and all(evaluate(level.stay, one).value is False for one in recent)
        ]
        reached = [level for level, result in judged if result.value is True]
        top = reached[-1] if reached else None
        above = levels[levels.index(top) + 1 :] if top else levels
        settled = all(level in left for level in above)
        said = _areal_words(region, criterion, top, dict(judged)[top], at) if top else {}
        name = top.name if top else ""
        changes.append(PlaceChange(region_place(region), criterion, at, name, said, settled))
    return follow_places(ctx, changes)


def _criteria(ctx: Context, region: Region) -> tuple[Criterion, ...]:
    """What the book in force says of the region itself."""
    return criteria_of_region(book_moment(ctx.world), region.path)


def _ended(ctx: Context, region: Region, at: datetime, judged: Collection[str]) -> list[PlaceChange]:
    """Signals by the share of the area that stand open and that no trigger judges any more."""
    place = region_place(region)
    rows = (
        Signal.objects.in_world(ctx).open().filter(place_key=place.key, scheme="response").exclude(criterion__in=judged)
    )
    return [
        PlaceChange(place, Criterion(s.criterion, s.criterion_zh, s.scheme, s.hazard, (), Provenance(s.clause, "high")), at, "")
        for s in rows.defer("trace", "proof", "verification")
    ]  # fmt: skip


def judge_several(ctx: Context, *, event: SignalEvent) -> list[Signal]:
    """Several stations of a county that stand at a level together are a signal of the county, at the levels of the book in force
    there. A station that is worked on is not counted among them; what stood before does not end because of it."""
    region = region_at(event.scope)
    rules = [s for s in shipped_several() if s.of == event.hazard]
    if region is None or event.scheme != "warning" or not rules:
        return []
    in_force = {c.id: c for c in _criteria(ctx, region)}
    shipped = {c.id: c for c in warning_criteria()}
    with transaction.atomic():
        # Where the criterion is switched off no station stands at it any more: the county's signal ends with theirs.
        found = [(rule, in_force.get(rule.of) or shipped.get(rule.of)) for rule in rules]
        return follow_places(ctx, [_several(ctx, event, region, rule, of) for rule, of in found if of is not None])


def _several(ctx: Context, event: SignalEvent, region: Region, rule: Several, of: Criterion) -> PlaceChange:
    resting = maintained_at(ctx.now())
    standing = list(
        Signal.objects.in_world(ctx).open().filter(event=event, criterion=rule.of, station__isnull=False)
        .annotate(rests=Exists(resting.filter(station=OuterRef("station"))))
        .select_related("station").defer("trace", "verification").order_by("-rank", "place_key")
    )  # fmt: skip
    measuring = Thing.objects.in_world(ctx).filter(
        scope__startswith=region.path, retired=False, datastreams__property=rule.property
    )
    counted = [s for s in standing if not s.rests]
    of_all = max(measuring.exclude(pk__in=resting).count(), len(counted))
    needed = max(rule.stations, -(-of_all * rule.share_pct // 100))
    place = region_place(region)
    rank = 0
    if len(counted) < len(standing):
        present = Signal.objects.in_world(ctx).open().filter(place_key=place.key, criterion=rule.id).first()
        rank = present.rank if present is not None else 0

    def reached(level: CriterionLevel) -> bool:
        # Up to the level that stands already those at rest still hold it.
        own = standing if rank and rank_of(level.name) <= rank else counted
        return len(_at(own, level.name)) >= needed

    top = next((level for level in reversed(of.levels) if reached(level)), None)
    at = max((s.at for s in standing), default=event.changed_at)
    criterion = replace(of, id=rule.id, zh=rule.zh, levels=(), provenance=rule.provenance, hold_off_min=0.0)
    shown = _at(standing if rank else counted, top.name) if top else []
    said = _several_words(region, rule, of, top, shown, max(of_all, len(shown)), needed) if top else {}
    return PlaceChange(place, criterion, at, top.name if top else "", said)


def _at(standing: list[Signal], level: str) -> list[Signal]:
    return [s for s in standing if s.rank >= rank_of(level)]


def _several_words(
    region: Region,
    rule: Several,
    of: Criterion,
    level: CriterionLevel,
    stations: list[Signal],
    of_all: int,
    needed: float,
) -> dict[str, Any]:
    names = "、".join(s.place_name for s in stations[:NAMED]) + ("…" if len(stations) > NAMED else "")
    words = str(_("%(zh)s：多站%(words)s") % {"zh": rule.zh, "words": level.words})
    text = _("%(region)s%(words)s（%(n)d/%(m)d 站：%(names)s）") % {
        "region": region.name, "words": words, "n": len(stations), "m": of_all, "names": names,
    }  # fmt: skip
    line = {
        "label": str(_("达到该级及以上的测站")), "threshold": f"≥{needed:g} ", "fact": f"{len(stations)}", "unit": str(_("站")),
        "result": "true",
    }  # fmt: skip
    proof = {
        "stations": [[s.station_id, s.place_name, s.level, s.value, s.unit] for s in stations], "of": of_all,
        "needed": needed, "criterion": of.id,
    }  # fmt: skip
    return {
        "words": words[:80], "text": str(text)[:200], "value": float(len(stations)), "unit": str(_("站")), "trace": [line],
        "proof": proof,
    }  # fmt: skip


def _areal_levels(criterion: Criterion) -> list[CriterionLevel]:
    """The levels as far as a region alone decides them: by the share of its area."""
    found = [(level, _areal(level.when)) for level in criterion.levels]
    return [replace(level, when=when) for level, when in found if when is not None]


def _areal(condition: Condition) -> Condition | None:
    match condition:
        case Leaf():
            return condition if condition.area_pct is not None else None
        case AnyOf(parts):
            kept = tuple(p for p in map(_areal, parts) if p is not None)
            return AnyOf(kept) if kept else None
        case AllOf(parts):
            found = [part if isinstance(part, Unless) else _areal(part) for part in parts]
            return condition if None not in found else None
    return None


def _facts(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Regional figures under the names that conditions ask for: ``rain_mm@24h`` is the profile of ``rain_24h_mm``."""
    return {
        f"rain_mm@{w}h": figures[f"rain_{w}h_mm"]["profile"]
        for w in WINDOWS_H
        if (figures.get(f"rain_{w}h_mm") or {}).get("profile")
    }


def _areal_words(
    region: Region, criterion: Criterion, level: CriterionLevel, result: Result, at: datetime
) -> dict[str, Any]:
    trace = [
        {
            "label": str(_("%(figure)s（占面积 %(pct)g%% 以上）") % {"figure": label_of(t.leaf), "pct": t.leaf.area_pct}),
            "threshold": threshold_of(t.leaf),
            "fact": None if t.share_pct is None else str(_("%(pct)g%% 面积") % {"pct": round(t.share_pct, 1)}),
            "unit": t.leaf.unit or "",
            "result": {True: "true", False: "false", None: "unknown"}[t.result],
        }
        for t in result.trace
    ]  # fmt: skip
    proving = next(t for t in result.trace if t.result is True)
    share = round(proving.share_pct or 0.0, 1)
    text = _("%(region)s%(words)s：%(pct)g%% 的面积%(figure)s%(threshold)s%(unit)s") % {
        "region": region.name, "words": level.words, "pct": share, "figure": label_of(proving.leaf),
        "threshold": threshold_of(proving.leaf), "unit": proving.leaf.unit or "",
    }  # fmt: skip
    proof = {
        "region": region.short_code, "figure": proving.leaf.key, "area_pct": proving.leaf.area_pct, "share_pct": share,
        "threshold": proving.leaf.threshold, "until": at.isoformat(), "profile": proving.figure.shown(),
    }  # fmt: skip
    return {
        "words": level.words, "text": str(text)[:200], "value": share, "unit": "%", "trace": trace, "proof": proof,
    }  # fmt: skip
