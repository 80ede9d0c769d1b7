"""Plans: the shipped ones kept in the database, a region's own brought into force."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from anlan.kernel import auditing, clock
from anlan.kernel.context import Context, system
from anlan.kernel.errors import BadInput
from anlan.kernel.facts import FactError
from anlan.kernel.wording import words as _
from anlan.places.queries import Region, regions_under

from ..data.response_levels import Plan, parse_plan, shipped_plan_data
from ..models import PlanVersion

#: The shipped plans hold wherever and as long as there is no other.
SHIPPED_SINCE = datetime(2000, 1, 1, tzinfo=UTC)


@transaction.atomic
def load_shipped_plans() -> int:
    """Keep the shipped plans as default plans (idempotent); a changed one becomes a new version. Returns how many were new."""
    readers = sorted(r.key for r in regions_under("", levels=["province"]))
    known = PlanVersion.objects.unscoped("the shipped plans belong to everybody").filter(region=None)
    latest: dict[str, PlanVersion] = {}
    for row in known.order_by("version"):
        latest[row.key] = row
    fresh = 0
    for data in shipped_plan_data():
        before = latest.get(data["id"])
        if before is not None and before.content == data:
            if before.shared_with != readers:
                before.shared_with = readers
                before.save(update_fields=["shared_with"])
            continue
        plan = parse_plan(data)
        version = before.version + 1 if before else 1
        row = _keep(system("decision"), plan, dict(data), None, version, shared_with=readers)
        fresh += row is not None
    return fresh


@transaction.atomic
def adopt_plan(ctx: Context, *, region: Region, content: dict[str, Any]) -> PlanVersion:
    """Bring a region's own plan into force from now on. Raises BadInput naming the place of whatever is not machine-readable."""
    ctx.require("decision.plan.change", region.path)
    try:
        plan = parse_plan(content)
    except FactError as wrong:
        raise BadInput(
            _("预案在 %(path)s 处有误：%(what)s") % {"path": wrong.path, "what": wrong.what}, field="content",
            mend=_("改正后重新提交；可先用 anlan plan check 核对"),
        ) from None  # fmt: skip
    rows = PlanVersion.objects.unscoped("versions are counted per region").filter(region=region, key=plan.id)
    last = rows.select_for_update().order_by("-version").first()
    return _keep(ctx, plan, content, region, last.version + 1 if last else 1, shared_with=[region.key])


def _keep(
    ctx: Context, plan: Plan, content: dict[str, Any], region: Region | None, version: int, *, shared_with: list[str]
) -> PlanVersion:
    since = clock.real_now() if region is not None else SHIPPED_SINCE
    row = PlanVersion(
        key=plan.id, version=version, hazard=plan.hazard, title=plan.zh, region=region, content=content,
        shipped=region is None, in_force_from=since, scope=region.path if region else "", shared_with=shared_with,
    )  # fmt: skip
    row.save(force_insert=True)
    auditing.record(
        ctx, action="decision.plan.adopted", label=_("预案启用"), object_type="decision.plan", object_id=row.pk,
        scope=row.scope, data={"key": row.key, "version": version, "shipped": row.shipped},
    )  # fmt: skip
    return row
