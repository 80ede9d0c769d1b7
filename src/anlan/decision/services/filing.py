"""An enterprise hands in its plan; the bureau files it or says at once what is missing."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils.timezone import localdate

from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, NotAllowed, Refused
from anlan.kernel.loops import open_record, transition
from anlan.kernel.loops.stepping import step_service
from anlan.kernel.services.attachments import attachments_of
from anlan.kernel.texts import whole
from anlan.kernel.wording import words as _
from anlan.places.queries import Organisation, posts_with_role

from ..data.plan_filing import filing_rules
from ..models import PlanFiling
from .learning import county_above
from .revising import months_after

CHECKER = "hq_office"


def own_enterprises(ctx: Context) -> list[Organisation]:
    """The enterprises for which the person acts."""
    codes = [key.removeprefix("org:") for key in ctx.keys if key.startswith("org:")]
    return list(Organisation.objects.filter(pk__in=codes, kind="enterprise", retired_at__isnull=True).order_by("code"))


def hand_in(
    ctx: Context, *, organisation: Organisation, title: str, kind: str, published_on: date | None, materials: list[str],
) -> PlanFiling:  # fmt: skip
    """Hand a plan in for filing. Files are attached to the record afterwards. Raises NotAllowed for somebody else's enterprise."""
    if ctx.is_exercise:
        raise Refused(_("演练中不能办理备案"), mend=_("请退出演练后办理"))
    if organisation.pk not in {o.pk for o in own_enterprises(ctx)}:
        raise NotAllowed()
    if not title.strip():
        raise BadInput(_("请填写预案名称"), field="title")
    if kind not in PlanFiling.Kind.values:
        raise BadInput(_("请选择预案种类"), field="kind")
    if published_on is None or published_on > localdate(ctx.now()):
        raise BadInput(_("请填写公布日期，不晚于今天"), field="published_on")
    known = {m.id for m in filing_rules().materials}
    region = organisation.region
    keys = _checkers(organisation)
    made: PlanFiling = open_record(
        ctx, PlanFiling, scope=region.path, shared_with=sorted({organisation.key, *keys}), owner_keys=keys, organisation=organisation,
        title=whole(title, 160, "title"), kind=kind, published_on=published_on, materials=[m for m in materials if m in known],
        handed_in_by=ctx.actor.signature[:160],
    )  # fmt: skip
    return made


@step_service("decision.plan_filing", "accept")
def accept_filing(ctx: Context, filing: PlanFiling, evidence: dict[str, Any]) -> PlanFiling:
    """File it. What is required has to be there, and at least one file."""
    if not attachments_of(ctx, object_type=filing.loop.key, object_id=filing.pk):
        raise BadInput(_("还没有收到预案文件"), mend=_("请退回并说明要补的材料"))
    now = ctx.now()
    due = months_after(now, filing_rules().refile_months)
    return transition(
        ctx, filing, "accept", evidence=evidence, filing_number=str(evidence.get("filing_number") or ""), filed_at=now,
        refile_by=localdate(due), missing="",
    )  # fmt: skip


@step_service("decision.plan_filing", "return")
def return_filing(ctx: Context, filing: PlanFiling, evidence: dict[str, Any]) -> PlanFiling:
    """Back to the enterprise with everything that has to be completed, at once."""
    return transition(
        ctx, filing, "return", evidence=evidence, missing=str(evidence.get("missing") or ""), owner_keys=[filing.organisation.key]
    )  # fmt: skip


@step_service("decision.plan_filing", "complete")
def complete_filing(ctx: Context, filing: PlanFiling, evidence: dict[str, Any]) -> PlanFiling:
    """The enterprise has completed it: everything that the rules require is now said to be handed in."""
    with transaction.atomic():
        return transition(
            ctx, filing, "complete", evidence=evidence, owner_keys=_checkers(filing.organisation),
            materials=[m.id for m in filing_rules().materials],
        )  # fmt: skip


def _checkers(organisation: Organisation) -> list[str]:
    county = county_above(organisation.region) or organisation.region
    return sorted({p.key for p in posts_with_role(CHECKER, county.path) if p.region.path == county.path})
