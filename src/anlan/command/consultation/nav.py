"""Consultations on the rail."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context
from anlan.kernel.web.nav import NavItem, add_nav

from .queries import consultations


def _open(ctx: Context) -> Any:
    return consultations(ctx).open()


add_nav(NavItem("command.consultations", "command", _("会商"), "consultations", order=32, rows=_open))
