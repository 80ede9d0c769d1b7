"""A region's own templates: which seats its duty room has, and who takes turns on them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import time
from itertools import pairwise
from typing import Any

from django.db import transaction

from anlan.command.data.duty_rules import DAYS, MOST_AT_ONCE, ROLES, Seat
from anlan.command.models import DutyTemplate
from anlan.kernel import auditing
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput
from anlan.kernel.texts import whole
from anlan.kernel.wording import words as _
from anlan.places.models import Person, Region

PLAN = "command.roster.plan"
MOST_SEATS = 12
MOST_IN_GROUP = 60
MOST_HOURS = 24


def save_template(ctx: Context, *, region: Region, kind: str, seats: Sequence[Mapping[str, Any]]) -> DutyTemplate:
    """Replace the template of a region. `seats`: those of `Seat.as_dict`; `group` names people by id, in the order of their turns.

    Rosters that are already made keep what they were made from. Raises NotAllowed, BadInput.
    """
    ctx.require(PLAN, region.path)
    if kind not in DutyTemplate.Kind.values:
        raise BadInput(_("没有这种模板"), field="kind")
    if not 1 <= len(seats) <= MOST_SEATS:
        raise BadInput(_("模板要有 1 到 %(n)d 个班位") % {"n": MOST_SEATS}, field="seats")
    read = [_seat(one) for one in seats]
    if len({s.key for s in read}) != len(read):
        raise BadInput(_("两个班位用了同一个代号"), field="seats", mend=_("请改其中一个"))
    asked = {person for seat in read for person in seat.group}
    known = {str(pk) for pk in Person.objects.filter(pk__in=asked, is_active=True).values_list("pk", flat=True)}
    if asked - known:
        raise BadInput(_("轮班名单里有已停用或不存在的人"), field="seats", mend=_("请从名单里去掉"))
    with transaction.atomic():
        rows = DutyTemplate.objects.unscoped("the region was checked").select_for_update()
        made = rows.filter(region=region, kind=kind).first()
        before = made.seats if made else []
        made = made or DutyTemplate(region=region, kind=kind, scope=region.path)
        made.seats, made.updated_at = [s.as_dict() for s in read], ctx.now()
        made.save()
        auditing.record(
            ctx, action="command.duty_template.change", object_type="command.duty_template", object_id=made.pk, scope=region.path,
            label=_("修改值班模板"), data={"before": before, "after": made.seats},
        )  # fmt: skip
    return made


def _seat(given: Mapping[str, Any]) -> Seat:
    name = whole(str(given.get("name") or ""), 20, "name")
    where = _("班位“%(name)s”") % {"name": name or "?"}
    key = str(given.get("key") or "").strip()
    if not name or not re.fullmatch(r"[a-z][a-z0-9_]{0,20}", key):
        raise BadInput(_("%(where)s：请填名称") % {"where": where}, field="name")
    role = str(given.get("role") or "")
    if role and role not in ROLES:
        raise BadInput(_("%(where)s：没有这个岗位角色") % {"where": where}, field="role")
    at = tuple(sorted({_time(where, text) for text in given.get("at") or ()}))
    hours, count = _whole(where, given, "hours", MOST_HOURS), _whole(where, given, "count", MOST_AT_ONCE)
    if not at:
        raise BadInput(_("%(where)s：请填接班时刻，如 08:30") % {"where": where}, field="at")
    if any(_minutes(b) - _minutes(a) < hours * 60 for a, b in pairwise(at)) or (
        len(at) > 1 and _minutes(at[0]) + 24 * 60 - _minutes(at[-1]) < hours * 60
    ):
        raise BadInput(
            _("%(where)s：前一班还没结束后一班就开始") % {"where": where}, field="at",
            mend=_("请改接班时刻，或缩短每班时长"),
        )  # fmt: skip
    days = str(given.get("days") or "all")
    if days not in DAYS:
        raise BadInput(_("%(where)s：请选每天或只排放假的日子") % {"where": where}, field="days")
    group = tuple(dict.fromkeys(str(p) for p in given.get("group") or ()))[:MOST_IN_GROUP]
    return Seat(key, name, role, at, hours, count, bool(given.get("desk")), bool(given.get("required")), days, group)


def _time(where: str, text: Any) -> str:
    try:
        return f"{time.fromisoformat(str(text).strip()):%H:%M}"
    except ValueError:
        raise BadInput(
            _("%(where)s：时刻“%(text)s”看不懂") % {"where": where, "text": str(text)[:10]}, field="at",
            mend=_("写成 08:30 的样子"),
        ) from None  # fmt: skip


def _minutes(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


def _whole(where: str, given: Mapping[str, Any], name: str, most: int) -> int:
    try:
        number = int(given.get(name) or 0)
    except (TypeError, ValueError):
        number = 0
    if not 1 <= number <= most:
        raise BadInput(_("%(where)s：数字应在 1 到 %(n)d 之间") % {"where": where, "n": most}, field=name)
    return number
