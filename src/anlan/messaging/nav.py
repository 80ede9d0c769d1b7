"""Pages of messaging on the rail."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context
from anlan.kernel.web.nav import NavItem, add_nav

from .queries import open_calls, unread


def _waiting(ctx: Context) -> QuerySet[Any]:
    """Calls that need this desk now: where nobody answered."""
    return open_calls(ctx).filter(state="exhausted")


add_nav(
    NavItem("messaging.inbox", "home", _("消息"), "messages", order=20, rows=unread),
    NavItem(
        "messaging.calls",
        "command",
        _("叫应"),
        "calls",
        permission="messaging.call.view",
        order=40,
        rows=_waiting,
        group="duty",
    ),
)
