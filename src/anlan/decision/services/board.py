"""The fact board: what is known in a region now, as the plans' variables, with the time and origin of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from anlan.analysis.data.incident_kinds import shipped_kinds
from anlan.kernel.conditions import read_figure
from anlan.kernel.context import Context
from anlan.places.queries import Region

from ..data.response_levels import Plan
from ..models import Contribution, Fact

COLORS = ("none", "blue", "yellow", "orange", "red")
GRADES = ("一般", "较大", "重大", "特别重大")
#: Figures of incidents that are added up, and the plan's variable each goes into.
SUMS = {
    "deaths": "deaths",
    "serious_injuries": "serious_injuries",
    "evacuated": "evacuated",
    "poisoned": "poisoned",
    "house_rooms": "house_rooms",
}
Known = dict[str, dict[str, Any]]


def board(ctx: Context, region: Region, now: datetime) -> tuple[Known, list[Contribution]]:
    """``{variable: {"value", "at", "source"}}`` that holds for every hazard, and the contributions of incidents apart."""
    known: Known = {}
    for fact in Fact.objects.in_world(ctx).filter(region=region):
        if fact.expires_at is None or fact.expires_at > now:
            known[fact.variable] = {"value": fact.value, "at": fact.at.isoformat(), "source": fact.source}
    given = list(Contribution.objects.in_world(ctx).filter(region=region).order_by("at"))
    _add_signals(known, [c for c in given if c.kind == Contribution.Kind.WARNING])
    _add_people(known, [c for c in given if c.kind == Contribution.Kind.RELOCATION])
    _add_task_figures(known, [c for c in given if c.kind == Contribution.Kind.TASK])
    return known, [c for c in given if c.kind == Contribution.Kind.INCIDENT]


def known_facts(ctx: Context, region: Region) -> Known:
    """The board as a person may see it. Raises NotAllowed."""
    ctx.require(Fact.view_permission, region.path)
    return board(ctx, region, ctx.now())[0]


def with_incidents(known: Known, incidents: Iterable[Contribution], plan: Plan) -> Known:
    """The board as one plan sees it: only incidents that its headquarters is in charge of count for it."""
    mine = [c for c in incidents if _concerns(c, plan)]
    if not mine:
        return known
    found = dict(known)
    at, source = max(c.at for c in mine).isoformat(), f"事件 {len(mine)} 起"

    def put(variable: str, value: Any) -> None:
        if value is not None and variable not in known:
            found[variable] = {"value": value, "at": at, "source": source}

    facts = [c.data.get("facts") or {} for c in mine]
    for name, variable in SUMS.items():
        put(variable, _sum([f.get(name) for f in facts]))
    put("deaths_missing", _sum([_plus(f.get("deaths"), f.get("missing")) for f in facts]))
    depths = [f["water_depth_cm"] for f in facts if isinstance(f.get("water_depth_cm"), int | float)]
    if depths:
        _add_depths(found, known, depths, at, source)
    for name in (
        "leak",
        "fire_or_explosion",
        "within_plant",
        "toxic_gas_outside",
        "geo_disaster",
        "geo_danger",
        "threat",
    ):
        values = [f[name] for f in facts if f.get(name) is not None]
        put(name, values[-1] if values else None)
    grades = [c.data["grade"] for c in mine if c.data.get("grade") in GRADES]
    if grades:
        put("grade", max(grades, key=GRADES.index))
    if plan.hazard == "hazchem":
        put("incident", True)
    return found


def values_of(known: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {variable: entry["value"] for variable, entry in known.items()}


def _concerns(contribution: Contribution, plan: Plan) -> bool:
    kind = shipped_kinds().find(str(contribution.data.get("kind") or ""))
    if kind is None:
        return False
    return kind.hq == plan.hq or (plan.hazard == "relief" and kind.klass == "natural")


def _sum(values: list[float | None]) -> Any:
    """A sum over incidents; with one of them unknown it is a lower bound, with all unknown it is unknown."""
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    if not numbers:
        return None
    return sum(numbers) if len(numbers) == len(values) else {"at_least": sum(numbers)}


def _plus(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else a + b


def _add_signals(known: Known, warnings: list[Contribution]) -> None:
    """The highest official colour in force per hazard. A hazard of which no warning was ever received stays unknown."""
    for warning in warnings:
        name, color = f"signal.{warning.data.get('hazard')}", str(warning.data.get("color") or "")
        if color not in COLORS:
            continue
        before = known.get(name)
        if before is None or COLORS.index(color) > COLORS.index(str(before["value"])):
            known[name] = {
                "value": color,
                "at": warning.at.isoformat(),
                "source": str(warning.data.get("headline") or ""),
            }


def _add_people(known: Known, moved: list[Contribution]) -> None:
    numbers = [c.data["relocated"] for c in moved if isinstance(c.data.get("relocated"), int)]
    if numbers and "relocated" not in known:
        at = max(c.at for c in moved).isoformat()
        known["relocated"] = {"value": sum(numbers), "at": at, "source": f"{len(numbers)} 处转移安置统计"}


def _add_depths(found: Known, known: Known, depths: list[float], at: str, source: str) -> None:
    """The depths that incidents tell of. Deeper than what was measured, they count; how many points are under water, they tell
    only where nothing else does: an incident may lie at a point that is measured."""
    if "waterlog_points" not in known:
        found["waterlog_points"] = {"value": {"each": depths, "unread": None}, "at": at, "source": source}
    measured = read_figure("waterlog_depth_cm", (known.get("waterlog_depth_cm") or {}).get("value"))
    deepest = max(depths)
    if measured.kind == "unknown":
        found["waterlog_depth_cm"] = {"value": deepest, "at": at, "source": source}
    elif deepest > measured.low:
        value = deepest if measured.exact else {"at_least": deepest}
        found["waterlog_depth_cm"] = {"value": value, "at": at, "source": source}


def _add_task_figures(known: Known, tasks: list[Contribution]) -> None:
    """Waterlogging as streets and departments report it back: the places add up, the deepest counts."""
    for variable, join in (("waterlog_points", sum), ("waterlog_depth_cm", max)):
        values = [c.data[variable] for c in tasks if isinstance(c.data.get(variable), int | float)]
        if values and variable not in known:
            at = max(c.at for c in tasks).isoformat()
            known[variable] = {"value": join(values), "at": at, "source": f"任务反馈 {len(values)} 份"}
