"""From the codes and names in a warning to the divisions of this platform, and to where somebody has to act on it."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.gis.geos import MultiPolygon

from anlan.kernel.context import Context
from anlan.kernel.models import World
from anlan.kernel.scope import above
from anlan.kernel.worlds import REAL
from anlan.places.models import Region
from anlan.places.queries import posts_below, posts_with_role, regions_under

from .cap.faults import Fault, fault
from .shapes import Shape, doubts_about, drawn, touched_by

BELOW_COUNTY = ("township", "village")
OWN_AREA = ("本省", "我省", "全省", "本市", "我市", "全市", "本区", "我区", "全区", "本县", "我县", "全县")
DUTY = "duty_officer"


@dataclass(frozen=True, slots=True)
class Resolved:
    """Known divisions, each once, the widest first; and the codes or names that nobody here knows.

    `area`: what the map draws; `notes`: what has to be said about it.
    """

    regions: tuple[Region, ...]
    unknown: tuple[str, ...]
    area: MultiPolygon | None = None
    notes: tuple[Fault, ...] = ()


@cache
def _pseudo_cities() -> dict[str, str]:
    """Codes of 市辖区 and 县 of municipalities, which stand for the municipality itself."""
    file = Path(settings.BASE_DIR) / "places" / "data" / "pseudo_cities.csv"
    with file.open(encoding="utf-8", newline="") as rows:
        return {r["code"]: r["stands_for"] for r in csv.DictReader(rows)}


def by_codes(codes: Iterable[str]) -> Resolved:
    """Divisions of CPEAS codes (14 or 12 digits) or plain division codes (6, 9 or 12 digits)."""
    wanted: dict[str, str] = {}
    for written in dict.fromkeys(c.strip() for c in codes):
        code = written[:12].ljust(12, "0")
        wanted[written] = _pseudo_cities().get(code, code) if written.isdigit() else ""
    known = {r.code: r for r in Region.objects.filter(code__in=set(wanted.values()))}
    found = {known[c].code: known[c] for c in wanted.values() if c in known}
    return Resolved(_widest_first(found.values()), tuple(w for w, c in wanted.items() if c not in known))


def by_names(names: Iterable[str], issuer: str) -> Resolved:
    """Divisions that a text names; 本市 and the like, or no name at all, mean the issuer's own area."""
    own = issuer_area(issuer)
    written = list(dict.fromkeys(names))
    explicit = [n for n in written if n not in OWN_AREA]
    rows = Region.objects.filter(name__in=explicit)
    if own is not None:
        rows = rows.filter(path__startswith=own.path)
    known = {r.name: r for r in rows.order_by("-path")}
    found = [known[n] for n in explicit if n in known]
    if own is not None and (not explicit or len(explicit) < len(written)):
        found.append(own)
    return Resolved(_widest_first({r.code: r for r in found}.values()), tuple(n for n in explicit if n not in known))


def issuer_area(issuer: str) -> Region | None:
    """The division whose name the issuer bears: 石景山区 in 北京市石景山区气象台."""
    levels = ("province", "city", "county")
    named = [
        r
        for r in Region.objects.filter(level__in=levels)
        if r.name in issuer or r.name.rstrip("省市区县") in issuer[:3]
    ]
    return max(named, key=lambda r: (r.name in issuer, len(r.path)), default=None)


def duty_paths(ctx: Context, regions: Sequence[Region]) -> list[str]:
    """Paths of the places touched by `regions` that have a duty room; in an exercise, only where it is played."""
    found = {p.region.path for r in regions for p in (*posts_below(DUTY, r.path), *posts_with_role(DUTY, r.path)[:1])}
    played = world_scope(ctx)
    return sorted(p for p in found if p.startswith(played) or played.startswith(p))


def acting_scope(ctx: Context, regions: Sequence[Region]) -> str:
    """Where somebody has to act: the common path of the duty rooms concerned, else of the regions themselves."""
    return common_path(duty_paths(ctx, regions) or [r.path for r in regions])


def common_path(paths: Sequence[str]) -> str:
    parts = [p.strip("/").split("/") for p in paths]
    shared = []
    for column in zip(*parts, strict=False):
        if len(set(column)) > 1:
            break
        shared.append(column[0])
    return "".join(f"{p}/" for p in shared)


def world_scope(ctx: Context) -> str:
    """Path on which the context's exercise is played; everything in the real world."""
    if ctx.world == REAL:
        return ""
    return str(World.objects.values_list("scope", flat=True).get(pk=ctx.world))


def regions_to_call(ctx: Context, regions: Sequence[Region], levels: Sequence[str]) -> list[Region]:
    """Divisions of `levels` below the duty rooms concerned that the warning touches."""
    found: dict[str, Region] = {}
    for duty in duty_paths(ctx, regions):
        for region in regions:
            under = region.path if region.path.startswith(duty) else duty
            found |= {r.code: r for r in regions_under(under, levels=levels)}
    return [found[code] for code in sorted(found)]


def with_shape(where: Resolved, shape: Shape) -> Resolved:
    """Divisions by code stay as they are and the shape is drawn; without any, the counties that it touches are meant."""
    notes: list[Fault] = (
        [fault(f.path, "shape_left_out", why=f.message_zh) for f in shape.faults] if where.regions else []
    )
    if where.regions:
        doubts = doubts_about(shape, [r for r in with_borders(where.regions) if r.outline])
        apart = any(d.code == "area_apart" for d in doubts)
        area = None if apart else drawn(shape)
        unbordered = [] if area else [r.name for r in where.regions if not r.outline and r.level in BELOW_COUNTY]
        notes += [*doubts, *([fault("area", "area_no_border", names="、".join(unbordered))] if unbordered else [])]
        return replace(where, area=area or outline_of(where.regions), notes=tuple(notes))
    if not shape.known:
        return where
    touched = touched_by(shape)
    if not touched.regions:
        return replace(where, notes=(fault("area", "area_outside"),))
    notes.append(fault("area", "area_by_shape", names="、".join(r.name for r in touched.regions)))
    if touched.partly:
        notes.append(fault("area", "area_part", names="、".join(r.name for r in touched.partly)))
    notes += doubts_about(shape, touched.regions)
    return replace(where, regions=touched.regions, area=drawn(shape) or outline_of(touched.regions), notes=tuple(notes))


def with_borders(regions: Sequence[Region]) -> list[Region]:
    """Each division, or the nearest one above it whose border is known: sub-districts have none that is openly available."""
    found: dict[str, Region] = {}
    for region in regions:
        if region.outline is None and region.level in BELOW_COUNTY:
            county = Region.objects.filter(path__in=above(region.path), outline__isnull=False, level="county").first()
            region = county or region
        found[region.code] = region
    return list(found.values())


def outline_of(regions: Sequence[Region]) -> MultiPolygon | None:
    """The regions' outlines as one shape, where they are known; below the county, that of the county."""
    shapes = [p for r in with_borders(regions) if r.outline for p in r.outline]
    return MultiPolygon(shapes, srid=4326) if shapes else None


def _widest_first(regions: Iterable[Region]) -> tuple[Region, ...]:
    """Each place once: what lies inside another named place adds nothing."""
    kept: list[Region] = []
    for region in sorted(regions, key=lambda r: (len(r.path), r.path)):
        if not any(region.path.startswith(k.path) for k in kept):
            kept.append(region)
    return tuple(kept)
