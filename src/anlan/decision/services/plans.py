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
from anlan.places.queries import Organisation, Region, regions_under

from ..data.response_levels import Plan, parse_plan, shipped_plan_data
from ..models import PlanRecord, PlanVersion

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
        keep_version(system("decision"), parse_plan(data), dict(data), region=None, shared_with=readers)
        fresh += 1
    return fresh


@transaction.atomic
def adopt_plan(ctx: Context, *, region: Region, content: dict[str, Any]) -> PlanVersion:
    """Bring a region's own plan into force from now on, without a round of drafting (imports, programs).

    Raises BadInput naming the place of whatever is not machine-readable.
    """
    ctx.require("decision.plan.change", region.path)
    plan = readable(content)
    return keep_version(ctx, plan, content, region=region)


def readable(content: dict[str, Any]) -> Plan:
    """The content as a plan. Raises BadInput with the place of what is wrong."""
    try:
        return parse_plan(content)
    except FactError as wrong:
        raise BadInput(
            _("预案在 %(path)s 处有误：%(what)s") % {"path": wrong.path, "what": wrong.what}, field="content",
            mend=_("改正后重新提交；可先用 anlan plan check 核对"),
        ) from None  # fmt: skip


def record_of(
    ctx: Context, *, region: Region | None, code: str, title: str, type_: str, hazard: str, owner: Organisation | None = None,
    owner_name: str = "", upper: PlanRecord | None = None, shared_with: list[str] | None = None,
) -> PlanRecord:  # fmt: skip
    """The plan of that code in the region (None: shipped), made if there is none yet; what it is called follows the newest version."""
    rows = PlanRecord.objects.unscoped("codes are counted per region").filter(region=region, code=code)
    row = rows.select_for_update(of=("self",)).first()
    if row is None:
        row = PlanRecord(
            code=code, title=title, type=type_, hazard=hazard, region=region, owner=owner, owner_name=owner_name, upper=upper,
            shipped=region is None, scope=region.path if region else "", shared_with=shared_with or [],
        )  # fmt: skip
        row.save(force_insert=True)
        auditing.record(
            ctx, action="decision.plan.entered", label=_("预案建档"), object_type="decision.plan_record", object_id=row.pk,
            scope=row.scope, data={"code": code, "type": type_},
        )  # fmt: skip
    elif (row.title, row.type, row.hazard, row.shared_with) != (title, type_, hazard, shared_with or row.shared_with):
        row.title, row.type, row.hazard, row.shared_with = title, type_, hazard, shared_with or row.shared_with
        row.save(update_fields=["title", "type", "hazard", "shared_with"])
    return row


def keep_version(
    ctx: Context, plan: Plan, content: dict[str, Any], *, region: Region | None, record: PlanRecord | None = None,
    shared_with: list[str] | None = None, approved_by: str = "",
) -> PlanVersion:  # fmt: skip
    """Keep the next version of a plan; it is in force from now on (shipped ones from the beginning)."""
    shared = shared_with or ([region.key] if region else [])
    record = record or record_of(
        ctx, region=region, code=plan.id, title=plan.zh, type_=plan.type, hazard=plan.hazard, shared_with=shared
    )
    rows = PlanVersion.objects.unscoped("versions are counted per plan").filter(region=region, key=plan.id)
    last = rows.select_for_update(of=("self",)).order_by("-version").first()
    row = PlanVersion(
        record=record, key=plan.id, version=last.version + 1 if last else 1, hazard=plan.hazard, title=plan.zh, region=region,
        content=content, shipped=region is None, in_force_from=clock.real_now() if region is not None else SHIPPED_SINCE,
        scope=region.path if region else "", shared_with=shared, approved_by=approved_by[:160],
    )  # fmt: skip
    row.save(force_insert=True)
    auditing.record(
        ctx, action="decision.plan.adopted", label=_("预案启用"), object_type="decision.plan", object_id=row.pk,
        scope=row.scope, data={"key": row.key, "version": row.version, "shipped": row.shipped},
    )  # fmt: skip
    return row
