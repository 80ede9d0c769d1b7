"""The chart of headquarters on the rail."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anlan.kernel.web.nav import NavItem, add_nav

add_nav(
    NavItem(
        "command.headquarters",
        "command",
        _("指挥机构"),
        "headquarters",
        permission="command.headquarters.view",
        order=34,
    )
)
