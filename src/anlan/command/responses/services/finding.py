"""What a response that has ended showed to be wrong with its plan, in an exercise or in earnest."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from anlan.decision import services as decision
from anlan.kernel.context import Context
from anlan.kernel.errors import Conflict
from anlan.kernel.wording import words as _

from ...models import Response

FINDING = "decision.plan_finding.record"


def record_plan_finding(
    ctx: Context, *, response: Response, place: str, text: str, mend: str, request: UUID | None = None
) -> Any:
    """Keep a finding (PlanFinding of decision) about the plan of a response that has ended; the plan goes into revision by itself, in
    reality, never in the exercise. Raises BadInput naming the field, NotAllowed, Conflict (the response goes on)."""
    if response.is_open:
        raise Conflict(_("响应还没有终止"), mend=_("终止后再总结问题；现在发现的可先记入值班日志"))
    return decision.record_finding(
        ctx, region=response.region, hazard=response.hazard, about=str(response), about_id=response.pk,
        about_url=response.get_absolute_url(), place=place, text=text, mend=mend, request=request,
    )  # fmt: skip
