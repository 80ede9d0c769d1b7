"""Handbooks kept as versions: the shipped ones, and a region's own brought into force."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from anlan.kernel import auditing, clock
from anlan.kernel.context import Context, system
from anlan.kernel.errors import BadInput, Conflict, NotAllowed
from anlan.kernel.facts import FactError
from anlan.kernel.wording import words as _
from anlan.places.queries import Region, regions_under

from ..models import HandbookVersion
from ..services.plans import SHIPPED_SINCE
from .content import parse_handbook, shipped_handbooks

CHANGE = "decision.plan.change"
MOST_WHY = 400


@transaction.atomic
def load_shipped_handbooks() -> int:
    """Keep the shipped handbooks as versions (idempotent); a changed one becomes a new version. Returns how many were new."""
    readers = sorted(r.key for r in regions_under("", levels=["province"]))
    rows = HandbookVersion.objects.unscoped("the shipped handbooks belong to everybody").filter(region=None)
    latest = {row.industry: row for row in rows.order_by("version")}
    fresh = 0
    for industry, data in shipped_handbooks().items():
        before = latest.get(industry)
        if before is not None and before.content == data:
            if before.shared_with != readers:
                before.shared_with = readers
                before.save(update_fields=["shared_with"])
            continue
        _keep(system("decision"), data, region=None, shared_with=readers, after=before.version if before else 0)
        fresh += 1
    return fresh


def adopt_handbook(
    ctx: Context, *, region: Region, content: Mapping[str, Any], why: str, seen: int | None = None
) -> HandbookVersion:
    """Bring a region's own handbook of an industry into force from now on, instead of the shipped one or its own earlier version.

    `seen`: the number of the region's newest version when the form was opened (0: it had none); None asks nothing. Raises BadInput
    with the place of what is wrong, NotAllowed in exercises and elsewhere, Conflict when somebody was quicker.
    """
    ctx.require(CHANGE, region.path)
    if ctx.is_exercise:
        raise NotAllowed(_("演练中不能修改手册"))
    why = why.strip()
    if not why:
        raise BadInput(_("没有写修改的原因"), field="why", mend=_("例如：按本区危化企业名录补充"))
    if len(why) > MOST_WHY:
        raise BadInput(_("修改的原因最多 %(n)d 字") % {"n": MOST_WHY}, field="why")
    try:
        parse_handbook(content)
    except FactError as wrong:
        raise BadInput(
            _("手册在 %(path)s 处有误：%(what)s") % {"path": wrong.path, "what": wrong.what}, field="content"
        ) from None
    try:
        with transaction.atomic():
            last = _last(region, str(content["id"]))
            if seen is not None and seen != last:
                raise Conflict(_("别人刚保存了第 %(n)d 版") % {"n": last}, mend=_("请刷新后在新版上修改"))
            return _keep(ctx, content, region=region, shared_with=[region.key], why=why, after=last)
    except IntegrityError:
        raise Conflict(_("别人刚保存了新版"), mend=_("请刷新后在新版上修改")) from None


def _last(region: Region | None, industry: str) -> int:
    rows = HandbookVersion.objects.unscoped("versions are counted per handbook").filter(
        region=region, industry=industry
    )
    row = rows.select_for_update(of=("self",)).order_by("-version").first()
    return row.version if row else 0


def _keep(
    ctx: Context,
    content: Mapping[str, Any],
    *,
    region: Region | None,
    shared_with: list[str],
    after: int,
    why: str = "",
) -> HandbookVersion:
    """One more version after the one that the caller saw: of two who saw the same, the second fails (IntegrityError)."""
    row = HandbookVersion(
        industry=content["id"], version=after + 1, title=content["zh"], region=region,
        content=dict(content), scope=region.path if region else "", shared_with=shared_with, why=why,
        in_force_from=clock.real_now() if region else SHIPPED_SINCE, approved_by=ctx.actor.signature if region else "",
    )  # fmt: skip
    row.save(force_insert=True)
    auditing.record(
        ctx, action="decision.handbook.adopted", label=_("手册启用"), object_type="decision.handbook", object_id=row.pk,
        scope=row.scope, data={"industry": row.industry, "version": row.version, "why": why},
    )  # fmt: skip
    return row
