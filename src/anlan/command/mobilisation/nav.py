"""Appeals on the rail."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context
from anlan.kernel.web.nav import NavItem, add_nav

from .queries import appeals


def _open(ctx: Context) -> Any:
    return appeals(ctx).open()


add_nav(NavItem("command.appeals", "command", _("社会动员"), "appeals", order=36, rows=_open))
