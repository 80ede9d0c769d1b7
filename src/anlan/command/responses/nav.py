"""Pages of responses and tasks on the rail."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context
from anlan.kernel.web.nav import NavItem, add_nav

from .queries import my_tasks, responses


def _active(ctx: Context) -> int:
    return responses(ctx, only_active=True).count()


def _mine(ctx: Context) -> int:
    return len(my_tasks(ctx))


add_nav(
    NavItem("command.responses", "command", _("响应"), "responses", order=30, count=_active),
    NavItem("command.tasks", "act", _("任务"), "tasks", order=10, count=_mine),
)
