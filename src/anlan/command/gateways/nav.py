"""The register of reports on the rail."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anlan.kernel.web.nav import NavItem, add_nav

add_nav(
    NavItem("command.incoming", "command", _("来报登记"), "incoming-list", permission="command.incoming.view", order=15)
)
