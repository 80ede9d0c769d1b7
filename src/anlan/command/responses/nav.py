"""Pages of responses and tasks on the rail."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context
from anlan.kernel.web.nav import NavItem, add_nav

from .queries import own_tasks, responses


def _active(ctx: Context) -> QuerySet[Any]:
    return responses(ctx, only_active=True)


add_nav(
    NavItem("command.responses", "command", _("响应"), "responses", order=30, rows=_active),
    NavItem("command.instructions", "command", _("指令"), "instructions", permission="command.task.view", order=32),
    NavItem(
        "command.one_press", "command", _("一键通"), "prepared-sets", permission="command.prepared_set.view", order=33
    ),
    NavItem("command.tasks", "act", _("任务"), "tasks", order=10, rows=own_tasks),
)
