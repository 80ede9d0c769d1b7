"""Verbs of action. Each runs in one transaction and tells the others what was counted."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Sum

from anlan.events.action import PeopleCounted, ShelterOpened
from anlan.kernel import auditing
from anlan.kernel.announcing import announce
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, Conflict, NotFound
from anlan.kernel.loops import open_record, transition
from anlan.kernel.texts import whole_line
from anlan.kernel.wording import words as _
from anlan.places.models import Region
from anlan.places.queries import region_at
from anlan.registry.models import Shelter

from .models import HeadCount, Relocation, ShelterUse


def open_shelter(ctx: Context, *, shelter: Shelter, people: int | None = None) -> ShelterUse:
    """Open a registered shelter. Raises Conflict when it is open already, BadInput when it is registered as unusable."""
    if shelter.status == Shelter.Status.UNUSABLE:
        raise BadInput(
            _("“%(name)s”登记为暂不可用") % {"name": shelter.name},
            field="shelter",
            mend=_("请另选场所，或先更新基础库中的状态"),
        )
    region = region_at(shelter.scope)
    if region is None:
        raise NotFound()
    owner = shelter.organisation.key if shelter.organisation else ""
    try:
        with transaction.atomic():
            use = open_record(
                ctx, ShelterUse, shelter=shelter, name=shelter.name, region=region, capacity=shelter.capacity,
                scope=shelter.scope, owner_keys=[owner] if owner else [], shared_with=[owner] if owner else [],
                opened_by_name=ctx.actor.name,
            )  # fmt: skip
            announce(
                ctx, ShelterOpened(shelter=str(shelter.pk), name=shelter.name, region=region.short_code, open=True),
                scope=use.scope, shared_with=use.shared_with,
            )  # fmt: skip
            if people is not None:
                use = count_people(ctx, use=use, people=people)
    except IntegrityError:
        raise Conflict(_("“%(name)s”已经开放") % {"name": shelter.name}, mend=_("请直接清点人数")) from None
    return use


def count_people(ctx: Context, *, use: ShelterUse, people: Any, note: str = "", photo: Any = None) -> ShelterUse:
    """Record a head count. More people than the capacity is recorded as it is, and shown as over capacity."""
    with transaction.atomic():
        evidence = {"people": people, "note": note, "photo": photo}
        fresh = transition(ctx, use, "count", evidence={k: v for k, v in evidence.items() if v not in (None, "")})
        fresh.people, fresh.counted_at = int(people), ctx.now()
        fresh.save(update_fields=["people", "counted_at"])
        HeadCount.objects.create(
            use=fresh, at=ctx.now(), people=fresh.people, note=note, by_name=ctx.actor.name, simulated=ctx.actor.simulated,
            scope=fresh.scope, shared_with=fresh.shared_with, world_id=ctx.world,
        )  # fmt: skip
        _tell_count(ctx, fresh.region, shelter=str(fresh.shelter_id), sheltered=fresh.people, scope=fresh.scope)
    use.people, use.counted_at = fresh.people, fresh.counted_at
    return fresh


def close_shelter(ctx: Context, *, use: ShelterUse, where: str) -> ShelterUse:
    """Close a shelter that is empty, saying where the people went."""
    with transaction.atomic():
        closed = transition(ctx, use, "close", evidence={"where": where})
        announce(
            ctx, ShelterOpened(shelter=str(use.shelter_id), name=use.name, region=use.region.short_code, open=False),
            scope=use.scope, shared_with=use.shared_with,
        )  # fmt: skip
    return closed


def record_relocation(
    ctx: Context,
    *,
    region: Region,
    people: int,
    from_place: str,
    to_shelter: Shelter | None = None,
    to_place: str = "",
    task: uuid.UUID | None = None,
    by_name: str = "",
    simulated: bool = False,
) -> Relocation:
    """Record that people were moved out of danger. The same `task` is counted once (the latest figure stands).

    `by_name` and `simulated` tell of whoever reported it, where that is not the actor.
    """
    ctx.require("action.relocation.record", region.path)
    if people < 0:
        raise BadInput(_("转移人数不能小于 0"), field="people", mend=_("请填实际转移人数"))
    left, reached = (
        whole_line(from_place, 200, "from_place", _("转出地点")),
        whole_line(to_place, 200, "to_place", _("转入地点")),
    )
    with transaction.atomic():
        row = Relocation.objects.in_world(ctx).select_for_update().filter(task=task).first() if task else None
        if row is None:
            row = Relocation(region=region, task=task, scope=region.path, world_id=ctx.world)
        row.at, row.people, row.to_shelter = ctx.now(), people, to_shelter
        row.from_place, row.to_place = left, reached
        row.by_name, row.simulated = by_name[:160] or ctx.actor.name, simulated or ctx.actor.simulated
        row.save()
        auditing.record(
            ctx, action="action.relocation.record", label=_("登记转移"), object_type="action.relocation", object_id=row.pk,
            scope=row.scope, data={"people": people, "from": left, "to": reached or (to_shelter.name if to_shelter else "")},
        )  # fmt: skip
        _tell_count(ctx, region, shelter="", sheltered=0, scope=row.scope)
    return row


def relocated_total(ctx: Context, path: str) -> int:
    """People moved out of danger on or below `path` in the context's world."""
    rows = Relocation.objects.in_world(ctx).filter(scope__startswith=path)
    return rows.aggregate(n=Sum("people"))["n"] or 0


def _tell_count(ctx: Context, region: Region, *, shelter: str, sheltered: int, scope: str) -> None:
    county = "/".join(region.path.split("/")[:2]) + "/" if region.path.count("/") >= 2 else region.path
    announce(
        ctx,
        PeopleCounted(
            region=region.short_code, shelter=shelter, sheltered=sheltered, relocated_total=relocated_total(ctx, county),
            at=ctx.now().isoformat(),
        ),
        scope=scope,
    )  # fmt: skip
