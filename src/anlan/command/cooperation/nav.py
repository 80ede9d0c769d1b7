"""Cooperation on the rail."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context
from anlan.kernel.web.nav import NavItem, add_nav

from .queries import requests


def _open(ctx: Context) -> Any:
    return requests(ctx).open()


add_nav(NavItem("command.cooperation", "command", _("协同"), "cooperation", order=35, rows=_open))
