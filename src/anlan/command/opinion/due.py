"""What public opinion owes at the desk beside its topics: verifications that units have not answered."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from anlan.command.due import Due, as_room, page_button, register
from anlan.command.models import OpinionCheck
from anlan.kernel.asking import ask
from anlan.kernel.context import Context

from .loops import DUTY

MOST = 60


@register("opinion.checks", title=_lazy("舆情"), url="/opinion/")
def checks(ctx: Context) -> list[Due]:
    """Open verifications of the duty room's own topics: whom to press for the result, and until when. The own one comes by itself."""
    now = ctx.now()
    return [
        Due(
            id=f"chase-{check.pk}", text=_("催要核实结果：%(title)s") % {"title": check.topic.title}, where=str(check.organisation),
            url=check.topic.get_absolute_url(), due_at=check.due_at, late=check.is_late(now),
            matter=str(check.topic.incident_id or ""), button=page_button(_("去催"), check.topic.get_absolute_url()),
        )
        for check in ask(as_room(ctx), _others)
        if any(ctx.holds(role, check.topic.scope) for role in DUTY)
    ]  # fmt: skip


def _others(room: Context) -> QuerySet[OpinionCheck]:
    rows = OpinionCheck.objects.visible_to(room).open().exclude(owner_keys__overlap=sorted(room.keys))
    return rows.select_related("topic", "organisation").order_by("due_at", "id")[:MOST]
