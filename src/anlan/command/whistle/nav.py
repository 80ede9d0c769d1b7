"""Whistles on the rail."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context
from anlan.kernel.web.nav import NavItem, add_nav

from .queries import whistles


def _open(ctx: Context) -> Any:
    return whistles(ctx).open()


add_nav(NavItem("command.whistles", "command", _("吹哨报到"), "whistles", order=34, rows=_open))
