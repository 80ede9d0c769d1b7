"""Pages of warning on the rail."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context
from anlan.kernel.web.nav import NavItem, add_nav

from .queries import in_force


def _unread(ctx: Context) -> QuerySet[Any]:
    """Warnings that the duty room has not confirmed yet."""
    return in_force(ctx).filter(state="received")


add_nav(
    NavItem(
        "warning.notices", "analyse", _("预警"), "warnings", permission="warning.notice.view", order=20, rows=_unread
    )
)
