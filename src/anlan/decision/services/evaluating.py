"""After each change: which level do the facts prove, and what follows for what is in force and what is waiting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from anlan.kernel.conditions import BadFacts
from anlan.kernel.conditions import evaluate as evaluate_condition
from anlan.kernel.context import Context
from anlan.kernel.loops import transition
from anlan.places.queries import Region

from ..data.proposing_rules import proposing_rules
from ..data.response_levels import Plan
from ..models import NONE, PlanVersion, Proposal, Standing
from ..proposing import PlanJudged, judge_plan
from ..queries import parsed, plans_in_force
from .board import board, values_of, with_incidents
from .opening import open_proposal

Kind = Proposal.Kind


@dataclass(frozen=True, slots=True)
class Judgement:
    """One plan judged by what is known now."""

    row: PlanVersion
    plan: Plan
    judged: PlanJudged
    known: dict[str, dict[str, Any]]

    @property
    def number(self) -> int:
        return self.judged.proposed.number if self.judged.proposed else NONE


def evaluate(ctx: Context, region: Region) -> list[Proposal]:
    """Judge every plan in force in the region; open, replace or withdraw proposals. Returns those opened."""
    now = ctx.now()
    known, incidents = board(ctx, region, now)
    standings = {s.hazard: s for s in Standing.objects.in_world(ctx).filter(region=region)}
    waiting = {p.hazard: p for p in Proposal.objects.in_world(ctx).filter(region=region).open().select_related("plan")}
    opened: list[Proposal] = []
    for row in plans_in_force(region):
        judgement = judge(row, with_incidents(known, incidents, parsed(row)))
        standing = standings.get(row.hazard) or Standing(
            region=region, hazard=row.hazard, since=now, scope=region.path, world_id=ctx.world
        )
        if judgement is None or (not judgement.judged.touched and not standing.in_force):
            continue
        made = _follow(ctx, region, judgement, standing, waiting.get(row.hazard), now)
        opened += [made] if made else []
    return opened


def judge(row: PlanVersion, known: dict[str, dict[str, Any]]) -> Judgement | None:
    """The plan judged; None when a fact of a wrong kind makes it impossible (the figure itself is refused elsewhere)."""
    plan = parsed(row)
    try:
        return Judgement(row, plan, judge_plan(plan, values_of(known)), known)
    except BadFacts:
        return None


def _follow(
    ctx: Context, region: Region, j: Judgement, standing: Standing, waiting: Proposal | None, now: datetime
) -> Proposal | None:
    if j.number < standing.level_number:
        _note_above(standing)
        if standing.silenced(j.number, now):
            return None
        if waiting is not None:
            if _still_good(waiting, j):
                return None
            lapse(ctx, waiting, _why_replaced(waiting, j))
        kind = Kind.RAISE if standing.in_force else Kind.START
        return open_proposal(ctx, region=region, judgement=j, kind=kind, number=j.number)
    if waiting is not None and waiting.kind in (Kind.START, Kind.RAISE):
        if not waiting.by_hand and _refuted(j, waiting):
            lapse(ctx, waiting, "条件已不再满足")
        return None
    if not standing.in_force:
        return None
    return _follow_downwards(ctx, region, j, standing, waiting, now)


def _still_good(waiting: Proposal, j: Judgement) -> bool:
    """Whether the waiting start or raise is as high as what the facts prove, and not refuted by them."""
    if waiting.kind not in (Kind.START, Kind.RAISE) or waiting.level_number > j.number:
        return False
    return waiting.level_number == j.number or waiting.by_hand or not _refuted(j, waiting)


def _follow_downwards(
    ctx: Context, region: Region, j: Judgement, standing: Standing, waiting: Proposal | None, now: datetime
) -> Proposal | None:
    """Lowering and ending: proposed once the figures have stayed below for long enough. Unknown figures are not below."""
    if j.number <= standing.level_number or not _proof_is_gone(j, standing):
        _note_above(standing)
        if waiting is not None and not waiting.by_hand and waiting.kind in (Kind.LOWER, Kind.END):
            lapse(ctx, waiting, "条件再次满足，维持现级别")
        return None
    if standing.below_since is None:
        standing.below_since = now
        standing.save(update_fields=["below_since"])
    rules = proposing_rules().hold_of(standing.hazard)
    if (
        waiting is not None
        or now - standing.below_since < rules.hold
        or (standing.calm_until and now < standing.calm_until)
    ):
        return None
    if rules.when is not None and evaluate_condition(rules.when, values_of(j.known)).value is not True:
        return None
    if j.number == NONE:
        kind, number = Kind.END, standing.level_number
    else:
        kind, number = Kind.LOWER, j.number
    return open_proposal(
        ctx, region=region, judgement=j, kind=kind, number=number, since=standing.below_since,
        approve_number=standing.level_number,
    )  # fmt: skip


def _note_above(standing: Standing) -> None:
    if standing.below_since is not None:
        standing.below_since = None
        standing.save(update_fields=["below_since"])


def _proof_is_gone(j: Judgement, standing: Standing) -> bool:
    """Whether each condition that once proved the level in force is now known to be false."""
    because = standing.proposal.because if standing.proposal else []
    return _all_false(j, standing.level_number, [b["var"] for b in because])


def _refuted(j: Judgement, waiting: Proposal) -> bool:
    return _all_false(j, waiting.level_number, [b["var"] for b in waiting.because])


def _all_false(j: Judgement, number: int, variables: list[str]) -> bool:
    result = next((r for lv, r in j.judged.results if lv.number == number), None)
    if result is None or result.value:
        return False
    leaves = {t["var"]: t["result"] for t in (leaf.as_dict() for leaf in result.trace)}
    return all(leaves.get(name) == "false" for name in variables)


def _why_replaced(waiting: Proposal, j: Judgement) -> str:
    level = j.judged.proposed.level if j.judged.proposed else ""
    if waiting.kind in (Kind.LOWER, Kind.END):
        return f"条件再次满足，改为建议{level}级"
    return f"由{level}级建议取代"


def lapse(ctx: Context, proposal: Proposal, reason: str) -> None:
    """Withdraw a proposal that nobody decided in time for the facts."""
    transition(ctx, proposal, "lapse", evidence={"reason": reason})
