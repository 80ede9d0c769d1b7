"""决策: what the machine proposed and what a named person decided."""

from __future__ import annotations

from typing import Any, ClassVar

from .base import Event, contract


@contract
class ProposalMade(Event):
    """The facts satisfy a plan's trigger. `kind`: start, raise, lower, end. Nothing starts until somebody approves."""

    subject: ClassVar[str] = "decision.proposal.made"
    proposal: str
    plan: str
    hazard: str
    kind: str
    level: str
    level_number: int
    region: str
    approve_role: str

    def live(self) -> dict[str, Any]:
        return {"proposal": self.proposal, "kind": self.kind, "level": self.level}


@contract
class ProposalApproved(Event):
    """A person with the power approved: command starts, raises, lowers or ends the response.

    `tasks` are the plan's task cards of that level: ``{"id","role","text","t0","within_min"}``; `order` carries the four
    elements of the order (matter, level, expected duration, measures).
    """

    subject: ClassVar[str] = "decision.proposal.approved"
    proposal: str
    plan: str
    plan_version: int
    hazard: str
    kind: str
    level: str
    level_number: int
    region: str
    approve_role: str
    report_every_min: int | None
    made_at: str
    approved_at: str
    approved_by: str
    tasks: list[dict[str, Any]]
    order: dict[str, Any]

    def live(self) -> dict[str, Any]:
        return {"proposal": self.proposal, "kind": self.kind, "level": self.level}
