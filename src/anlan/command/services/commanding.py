"""Who commands at the scene of an incident, from when and why; the one before is kept in the history."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.timezone import localtime

from anlan.command.intake.times import AHEAD_MINUTES
from anlan.command.models import Incident
from anlan.events.command import IncidentUpdated
from anlan.kernel import auditing
from anlan.kernel.announcing import announce
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, Conflict
from anlan.kernel.texts import whole, whole_line
from anlan.kernel.wording import words as _

from . import reports
from .incidents import KEY, _locked, _still_open

NAME_COMMANDER = "command.incident.command"


def name_commander(
    ctx: Context, incident: Incident, *, name: str, since: datetime | None = None, reason: str = ""
) -> Incident:
    """`name` (office and name, as the scene says it) commands there since `since`, now when None.

    Whoever replaces somebody says why. Raises NotAllowed, BadInput (empty name, a time ahead or before the incident or before the
    one who is replaced took over), Conflict (commands already; the incident is over).
    """
    name, reason = whole_line(name, 120, "name"), whole(reason, 200, "reason")
    with transaction.atomic():
        fresh = _locked(ctx, incident)
        ctx.require(NAME_COMMANDER, fresh.scope)
        _still_open(fresh, _("改现场指挥"))
        if not name:
            raise BadInput(_("没有写现场指挥是谁"), field="name", mend=_("写职务和姓名，如“古城街道主任”"))
        if name == fresh.commander:
            raise Conflict(_("现场指挥已是“%(name)s”") % {"name": name}, mend=_("请核对是否选错了人"))
        if fresh.commander and not reason:
            raise BadInput(_("接替现场指挥要写明原因"), field="reason", mend=_("如：响应提升，由区领导接替"))
        since = since or ctx.now()
        _check_since(ctx, fresh, since)
        before = {"commander": fresh.commander, "since": fresh.commander_since}
        fresh.commander, fresh.commander_since = name, since
        fresh.save(update_fields=["commander", "commander_since"])
        auditing.record(
            ctx, action=f"{KEY}.commander", label=_("更换现场指挥") if before["commander"] else _("明确现场指挥"), object_type=KEY,
            object_id=fresh.pk, scope=fresh.scope,
            data={"before": before, "after": {"commander": name, "since": since}, "reason": reason},
        )  # fmt: skip
        reports.refresh_drafts(ctx, fresh)
        announce(
            ctx,
            IncidentUpdated(
                incident=str(fresh.pk), region=fresh.region.short_code, grade=fresh.grade, facts=dict(fresh.facts)
            ),
            scope=fresh.scope,
            shared_with=fresh.shared_with,
        )
    incident.refresh_from_db()
    return fresh


def _check_since(ctx: Context, incident: Incident, since: datetime) -> None:
    began = incident.commander_since or incident.occurred_at or incident.received_at
    if since > ctx.now() + timedelta(minutes=AHEAD_MINUTES):
        raise BadInput(_("到任时间在将来"), field="since", mend=_("请核对时间；刚刚到任就留空"))
    if since < began:
        what = _("前任到任") if incident.commander_since else _("事发")
        raise BadInput(
            _("到任时间早于%(what)s（%(at)s）") % {"what": what, "at": f"{localtime(began):%m-%d %H:%M}"},
            field="since",
            mend=_("请核对时间"),
        )
