"""The page of duty checks on the rail."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anlan.kernel.web.nav import NavItem, add_nav

from .queries import my_checks

add_nav(
    NavItem(
        "command.duty_checks",
        "command",
        _("值班抽查"),
        "duty-checks",
        permission="command.duty_check.open",
        order=64,
        group="duty",
        rows=my_checks,
    )
)
