"""Meetings on the rail."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context
from anlan.kernel.web.nav import NavItem, add_nav

from .queries import meetings


def _open(ctx: Context) -> Any:
    return meetings(ctx).open()


add_nav(NavItem("command.meetings", "command", _("议事会议"), "meetings", order=35, rows=_open))
