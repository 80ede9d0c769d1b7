"""Opening a proposal: what is put before the person who decides, kept as it was at that moment."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from anlan.events.decision import ProposalMade
from anlan.kernel.announcing import announce
from anlan.kernel.context import Context
from anlan.kernel.loops import open_record
from anlan.places.queries import Region, posts_with_role

from ..data.response_levels import ResponseLevel
from ..data.variables import words
from ..models import Proposal

if TYPE_CHECKING:
    from .evaluating import Judgement

SIGN_CARD = "t_sign"


def open_proposal(
    ctx: Context, *, region: Region, judgement: Judgement, kind: str, number: int, reason: str = "",
    since: datetime | None = None, approve_number: int | None = None,
) -> Proposal:  # fmt: skip
    """Open a proposal for the level `number` and announce it. `since`: from when the figures lie below (lowering, ending).

    Who decides: for starting and raising the role of that level; for lowering and ending the role by which the level in force
    was signed (`approve_number`, by default the level named).
    """
    plan, row = judgement.plan, judgement.row
    level = _level(judgement, number)
    signer = _level(judgement, approve_number or number)
    result = next(r for lv, r in judgement.judged.results if lv is level)
    trace = [_with_origin(t.as_dict(), judgement.known) for t in result.trace]
    posts = signing_posts(signer.approve.role, region)
    proposal = open_record(
        ctx, Proposal,
        scope=region.path, kind=kind, region=region, plan=row, hazard=row.hazard, level=level.level, level_number=level.number,
        approve_role=signer.approve.role, approve_name=signer.approve.zh, owner_keys=[p.key for p in posts],
        shared_with=[p.key for p in posts], sign_within_min=_sign_within(signer),
        trace=trace, because=[t for t in trace if t["result"] == "true"], unknown=list(judgement.judged.unknown),
        facts={k: v for k, v in judgement.known.items() if k in plan.variables or k.split("@")[0] in plan.variables},
        confidence=level.provenance.confidence, reason=reason, below_since=since,
        note={"kind": kind, "level": level.level, "why": reason or _figures_that_ask(trace)},
    )  # fmt: skip
    event = ProposalMade(
        proposal=str(proposal.pk), plan=row.key, hazard=row.hazard, kind=kind, level=level.level, level_number=level.number,
        region=region.short_code, approve_role=signer.approve.role,
    )  # fmt: skip
    announce(ctx, event, scope=proposal.scope, shared_with=proposal.shared_with)
    return proposal


def _figures_that_ask(trace: list[dict[str, Any]]) -> str:
    """What the log says of the conditions that are met, in words: each figure once."""
    return "、".join(dict.fromkeys(words().name(t["var"]) for t in trace if t["result"] == "true"))


def signing_posts(role: str, region: Region) -> list[Any]:
    """Posts of the role in the nearest region that has any."""
    posts = posts_with_role(role, region.path)
    return [p for p in posts if p.region.path == posts[0].region.path]


def _level(judgement: Judgement, number: int) -> ResponseLevel:
    return next(lv for lv in judgement.plan.levels if lv.number == number)


def _sign_within(level: ResponseLevel) -> int:
    """Minutes to sign, from the plan's own card; half an hour where a plan has none."""
    return next((t.within_min for t in level.tasks if t.id == SIGN_CARD), 30)


def _with_origin(leaf: dict[str, Any], known: dict[str, dict[str, Any]]) -> dict[str, Any]:
    entry = known.get(leaf["var"]) or known.get(leaf["var"].split("@")[0]) or {}
    return {**leaf, "at": entry.get("at"), "source": entry.get("source", "")}
