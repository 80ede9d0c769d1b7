"""What a station has of its own: its levels, and the times in which it is worked on."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from anlan.kernel import auditing
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput
from anlan.kernel.texts import whole
from anlan.kernel.wording import words as _
from anlan.sensing.models import Thing

from ..data.criteria_files import own_levels
from ..models import Maintenance, StationLevel
from .criteria import only_in_reality

LONGEST_MAINTENANCE_DAYS = 90


def set_station_level(
    ctx: Context, *, station: Thing, name: str, value: float | None, source: str
) -> StationLevel | None:
    """Give a station a level of its own (``warning_m``), or take it away with None. Raises BadInput."""
    ctx.require("analysis.criteria.change", station.scope)
    only_in_reality(ctx)
    if name not in own_levels():
        raise BadInput(_("没有“%(name)s”这种特征值") % {"name": name[:30]}, field="name", mend=_("请从清单里选"))
    if value is not None and name.endswith("_mm") and not 0 < value <= 2000:
        raise BadInput(_("雨量阈值应大于 0、不超过 2000 mm"), field="value", mend=_("阈值作除数用，不能是 0"))
    if value is not None and not -500 <= value <= 9000:
        raise BadInput(_("水位应在 -500 到 9000 m 之间"), field="value", mend=_("请核对基准面和单位"))
    if value is not None and not source.strip():
        raise BadInput(_("没有写依据"), field="source", mend=_("例如：水利局某年核定的特征水位"))
    with transaction.atomic():
        rows = StationLevel.objects.unscoped("the station was looked up by whoever asked").filter(
            station=station, name=name
        )
        if value is None:
            rows.delete()
            row = None
        else:
            row, _made = StationLevel.everything.update_or_create(
                station=station, name=name,
                defaults={
                    "value": value, "source": whole(source, 200, "source"), "set_at": ctx.now(), "set_by": ctx.actor.name,
                    "scope": station.scope, "shared_with": list(station.shared_with),
                },
            )  # fmt: skip
        auditing.record(
            ctx, action="analysis.station_level.set", label=_("测站特征值"), object_type="sensing.thing",
            object_id=station.pk, scope=station.scope, data={"name": name, "value": value, "source": source[:200]},
        )  # fmt: skip
    return row


def set_maintenance(ctx: Context, *, station: Thing, since: datetime, until: datetime, why: str) -> Maintenance:
    """Say that a station is worked on from `since` to `until`: it neither raises nor clears signals then. Raises BadInput."""
    ctx.require("analysis.maintenance.change", station.scope)
    only_in_reality(ctx)
    if since >= until:
        raise BadInput(_("维护的结束时间不晚于开始时间"), field="until", mend=_("请核对起止时间"))
    if (until - since).days > LONGEST_MAINTENANCE_DAYS:
        raise BadInput(
            _("维护最长 %(n)d 天") % {"n": LONGEST_MAINTENANCE_DAYS},
            field="until",
            mend=_("更久不用的测站请在基础库里停用"),
        )
    if not why.strip():
        raise BadInput(_("没有写维护事由"), field="why", mend=_("例如：更换翻斗、通信改造"))
    with transaction.atomic():
        row: Maintenance = Maintenance.objects.create(
            station=station, since=since, until=until, why=whole(why, 200, "why"), by=ctx.actor.name, set_at=ctx.now(),
            scope=station.scope, shared_with=list(station.shared_with),
        )  # fmt: skip
        _audit_maintenance(ctx, row, "set")
    return row


def end_maintenance(ctx: Context, *, row: Maintenance) -> Maintenance:
    """The work is done (or was never begun): from now on the station counts again."""
    ctx.require("analysis.maintenance.change", row.scope)
    now = ctx.now()
    with transaction.atomic():
        if row.since >= now:
            _audit_maintenance(ctx, row, "dropped")
            row.delete()
        elif row.until > now:
            row.until, row.set_at = now, now
            row.save(update_fields=["until", "set_at"])
            _audit_maintenance(ctx, row, "ended")
    return row


def _audit_maintenance(ctx: Context, row: Maintenance, what: str) -> None:
    auditing.record(
        ctx, action=f"analysis.maintenance.{what}", label=_("测站维护"), object_type="sensing.thing", object_id=row.station_id,
        scope=row.scope, data={"since": row.since.isoformat(), "until": row.until.isoformat(), "why": row.why},
    )  # fmt: skip
