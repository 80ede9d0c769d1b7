"""Signals of regions: a share of the area, or several stations together, reach a level."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction

from anlan.kernel.conditions import AllOf, AnyOf, Condition, Leaf, Result, Unless, evaluate
from anlan.kernel.context import Context
from anlan.kernel.wording import words as _
from anlan.places.models import Region
from anlan.places.queries import region_at
from anlan.sensing.models import Thing

from ..criteria import Criterion, CriterionLevel, response_criteria, warning_criteria
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
    """Triggers that ask for a share of the area, by the region's figures at `at`; a level is left when the newest figures
    have known it not to be reached so many times in a row as the criterion says."""
    criteria = [(c, levels) for c in response_criteria() if (levels := _areal_levels(c))]
    longest = max((c.clear_after for c, _levels in criteria), default=1)
    rows = RegionFigures.objects.in_world(ctx).filter(region=region, at__lte=at, figures__has_key="rain_24h_mm")
    newest = list(rows.order_by("-at")[:longest])
    if not newest or newest[0].at != at:
        return []
    facts = [_facts(row.figures) for row in newest]
    changes = []
    for criterion, levels in criteria:
        judged = [(level, [evaluate(level.when, one) for one in facts[: criterion.clear_after]]) for level in levels]
        reached = [level for level, results in judged if results[0].value is True]
        left = [
            level
            for level, results in judged
            if len(results) >= criterion.clear_after and all(r.value is False for r in results)
        ]
        top = reached[-1] if reached else None
        above = levels[levels.index(top) + 1 :] if top else levels
        settled = all(level in left for level in above)
        said = _areal_words(region, criterion, top, dict(judged)[top][0], at) if top else {}
        name = top.name if top else ""
        changes.append(PlaceChange(region_place(region), criterion, at, name, said, settled))
    return follow_places(ctx, changes)


def judge_several(ctx: Context, *, event: SignalEvent) -> list[Signal]:
    """Several stations of a county that stand at a level together are a signal of the county."""
    region = region_at(event.scope)
    rules = [s for s in shipped_several() if s.of == event.hazard]
    criteria = {c.id: c for c in warning_criteria()}
    if region is None or event.scheme != "warning":
        return []
    with transaction.atomic():
        changes = [
            c for rule in rules if rule.of in criteria for c in [_several(ctx, event, region, rule, criteria[rule.of])]
        ]
        return follow_places(ctx, changes)


def _several(ctx: Context, event: SignalEvent, region: Region, rule: Several, of: Criterion) -> PlaceChange:
    standing = list(
        Signal.objects.in_world(ctx).open().filter(event=event, criterion=rule.of, station__isnull=False)
        .select_related("station").defer("trace", "verification").order_by("-rank", "place_key")
    )  # fmt: skip
    measuring = Thing.objects.in_world(ctx).filter(
        scope__startswith=region.path, retired=False, datastreams__property=rule.property
    )
    of_all = max(measuring.count(), len(standing))
    needed = max(rule.stations, -(-of_all * rule.share_pct // 100))
    top = next((level for level in reversed(of.levels) if len(_at(standing, level.name)) >= needed), None)
    at = max((s.at for s in standing), default=event.changed_at)
    criterion = replace(of, id=rule.id, zh=rule.zh, levels=(), provenance=rule.provenance, hold_off_min=0.0)
    said = _several_words(region, rule, of, top, _at(standing, top.name), of_all, needed) if top else {}
    return PlaceChange(region_place(region), criterion, at, top.name if top else "", said)


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
