"""A task given by hand from the desk: no plan card, but an owner, a deadline and the same loop."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from anlan.command.models import Incident, Task
from anlan.command.responses.services import issue_tasks
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, Conflict
from anlan.places.queries import organisations

from .papers import district_path

MOST_MINUTES = 72 * 60


def give_task(ctx: Context, incident: Incident, *, organisation: str, text: str, minutes: int) -> Task:
    """Ask an organisation of the district for something about an incident within `minutes`. Raises BadInput, Conflict, NotAllowed."""
    if not text.strip():
        raise BadInput(_("没有写任务内容"), field="text", mend=_("请写明要做什么、在哪里"))
    if not 1 <= minutes <= MOST_MINUTES:
        raise BadInput(_("时限应在 1 分钟到 72 小时之间"), field="minutes", mend=_("请填写分钟数"))
    who = organisations(district_path(incident.scope)).filter(pk=organisation).first()
    if who is None:
        raise BadInput(_("没有这个单位"), field="organisation", mend=_("请从列出的单位中选择"))
    with transaction.atomic():
        fresh = Incident.objects.select_for_update(of=("self",)).get_visible(ctx, pk=incident.pk)
        if not fresh.is_open:
            raise Conflict(
                _("事件已%(state)s，不能再派任务") % {"state": fresh.state_label}, mend=_("请刷新后查看最新状态")
            )
        due_at = ctx.now() + timedelta(minutes=minutes)
        return issue_tasks(ctx, text=text.strip()[:1000], organisations=[who.pk], due_at=due_at, incident=fresh)[0]


def task_takers(incident: Incident) -> list[tuple[str, str]]:
    """Organisations that may be asked: the street of the place first, then bureaus, headquarters, teams and other streets."""
    rows = organisations(district_path(incident.scope)).exclude(kind__in=("committee", "enterprise"))
    return [
        (o.code, str(o))
        for o in sorted(
            rows, key=lambda o: (not incident.scope.startswith(o.region.path) or o.kind != "street", o.kind, o.code)
        )
    ]
