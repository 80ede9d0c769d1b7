"""Pages of the duty room on the rail."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from anlan.command.models import Handover
from anlan.kernel.context import Context
from anlan.kernel.web.nav import NavItem, add_nav


def _to_take(ctx: Context) -> QuerySet[Any]:
    return Handover.objects.visible_to(ctx).open().filter(state="offered")


add_nav(
    NavItem("command.duty", "command", _("值班表"), "duty", permission="command.roster.view", order=40, group="duty"),
    NavItem(
        "command.handovers",
        "command",
        _("交接班"),
        "duty-handovers",
        permission="command.handover.view",
        order=41,
        group="duty",
        rows=_to_take,
    ),
    NavItem(
        "command.duty_log",
        "command",
        _("值班日志"),
        "duty-log",
        permission="command.duty_log.view",
        order=42,
        group="duty",
    ),
    NavItem("command.duty_mine", "home", _("我的值班"), "duty-mine", order=80),
)
