"""Pages of the command room on the rail."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context
from anlan.kernel.web.nav import NavItem, add_nav

from .incoming import waiting
from .queries.incidents import open_incidents


def _waiting(ctx: Context) -> int:
    return waiting(ctx).count()


def _open(ctx: Context) -> int:
    return open_incidents(ctx).count()


add_nav(
    NavItem(
        "command.desk", "command", _("值班台"), "desk", permission="command.incident.open", order=10, count=_waiting
    ),
    NavItem(
        "command.incidents",
        "command",
        _("事件"),
        "incidents",
        permission="command.incident.view",
        order=20,
        count=_open,
    ),
)
if find_spec("anlan.command.responses.nav") is not None:
    import_module("anlan.command.responses.nav")
