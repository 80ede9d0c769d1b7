"""The page of circulars on the rail."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anlan.kernel.web.nav import NavItem, add_nav

from .queries import my_receipts

add_nav(
    NavItem(
        "command.circulars",
        "command",
        _("通知通报"),
        "circulars",
        permission="command.circular.read",
        order=62,
        group="duty",
        rows=my_receipts,
    )
)
